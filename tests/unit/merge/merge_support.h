#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bson/builder.h"
#include "merge/merge.h"
#include "oplog/entry.h"

/// Scripted oplogs in virtual time.
namespace mongotail::merge {

using std::chrono::milliseconds;

inline Clock::time_point at(std::int64_t ms) {
  return Clock::time_point() + std::chrono::hours(1) + milliseconds(ms);
}

inline bson::Timestamp ts(std::uint32_t seconds) {
  return {seconds, 1};
}

/// An entry of one second, with a number that tells it from the others.
struct Scripted {
  std::uint32_t second = 0;
  std::int32_t number = 0;

  bool operator==(const Scripted&) const = default;
};

inline void PrintTo(const Scripted& entry, std::ostream* out) {
  *out << entry.second << "#" << entry.number;
}

inline oplog::Batch batch_of(std::span<const Scripted> entries,
                             std::optional<std::uint32_t> watermark = std::nullopt) {
  auto bytes = std::make_shared<std::vector<bson::OwnedDocument>>();
  for (const Scripted& entry : entries) {
    bson::Builder builder;
    builder.append("op", "i");
    builder.append("ts", ts(entry.second));
    builder.append("number", entry.number);
    bytes->push_back(builder.take());
  }
  oplog::Batch batch;
  for (const bson::OwnedDocument& document : *bytes) batch.entries.push_back(document.view());
  batch.bytes = bytes;
  if (watermark) batch.watermark = oplog::OpTime{ts(*watermark), 1};
  return batch;
}

/// Seconds; the newest is the watermark, as servers' batches have it.
inline oplog::Batch batch(std::vector<std::uint32_t> seconds) {
  std::vector<Scripted> entries;
  for (const auto second : seconds) entries.push_back({second, 0});
  return batch_of(entries, seconds.back());
}

inline oplog::Batch position(std::uint32_t watermark) {
  return batch_of({}, watermark);
}

struct Taken {
  std::size_t source = 0;
  Scripted entry;

  bool operator==(const Taken&) const = default;
};

inline void PrintTo(const Taken& taken, std::ostream* out) {
  *out << taken.source << ":";
  PrintTo(taken.entry, out);
}

inline std::vector<Taken> entries_of(const oplog::Batch& out) {
  std::vector<Taken> taken;
  for (const bson::Document& document : out.entries) {
    Taken one{out.source, {}};
    bson::Reader reader(document);
    bson::Element field;
    while (reader.next(field)) {
      if (field.key() == "ts") one.entry.second = field.as_timestamp()->seconds;
      if (field.key() == "number") {
        one.entry.number = static_cast<std::int32_t>(field.as_integer().value_or(-1));
      }
    }
    taken.push_back(one);
  }
  return taken;
}

/// All that can be taken now, as `source:second`.
inline std::vector<std::string> take_all(Merge& merge, Clock::time_point now) {
  std::vector<std::string> taken;
  oplog::Batch out;
  while (merge.take(out, now)) {
    for (const Taken& one : entries_of(out)) {
      taken.push_back(merge.name(one.source) + ":" + std::to_string(one.entry.second));
    }
  }
  return taken;
}

}  // namespace mongotail::merge
