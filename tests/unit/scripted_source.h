#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/reporter.h"
#include "bson/extended_json.h"
#include "oplog/source.h"
#include "output/byte_sink.h"

/// Stand-ins that obey a script and record what they are asked.
namespace mongotail {

inline oplog::Batch batch_of(std::initializer_list<std::string_view> entries,
                             bool caught_up = true) {
  auto bytes = std::make_shared<std::vector<bson::OwnedDocument>>();
  for (const std::string_view json : entries) bytes->push_back(*bson::parse_document(json));
  oplog::Batch batch;
  for (const bson::OwnedDocument& document : *bytes) batch.entries.push_back(document.view());
  batch.bytes = bytes;
  batch.caught_up = caught_up;
  return batch;
}

/// Hands out its items in turn, then the end.
class ScriptedSource final : public oplog::Source {
 public:
  using Item = Result<std::optional<oplog::Batch>>;

  explicit ScriptedSource(std::deque<Item> items) : items_(std::move(items)) {}

  Item next() override {
    if (items_.empty()) return std::nullopt;
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::deque<Item> items_;
};

template <typename... Items>
std::unique_ptr<ScriptedSource> script(Items... items) {
  std::deque<ScriptedSource::Item> queue;
  (queue.push_back(std::move(items)), ...);
  return std::make_unique<ScriptedSource>(std::move(queue));
}

class NoLookup final : public oplog::EntryLookup {
 public:
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime) override {
    return std::nullopt;
  }
};

class RolledBackLookup final : public oplog::EntryLookup {
 public:
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime) override {
    return fail(Cause::rolled_back, "the set has gone on without it");
  }
};

class RecordingSink final : public output::ByteSink {
 public:
  Status write(std::string_view bytes) override {
    if (failure) return fail(*failure);
    text += bytes;
    ++writes;
    return {};
  }

  std::string text;
  int writes = 0;
  std::optional<Error> failure;
};

class RecordingReporter final : public Reporter {
 public:
  void detail(std::string_view) override {}
  void notice(std::string_view) override {}
  void requested(std::string_view) override {}
  void warning(std::string_view what) override { warnings.emplace_back(what); }
  void error(const Error&) override {}

  std::vector<std::string> warnings;
};

}  // namespace mongotail
