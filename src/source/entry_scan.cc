#include "source/entry_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "oplog/optime.h"

namespace mongotail::source {
namespace {

// The server's own fields (MongoDB, src/mongo/db/repl/oplog_entry.idl); an entry starts with one.
constexpr std::array<std::string_view, 14> top_level_fields = {
    "ts", "op", "lsid", "t", "h", "v", "ns", "ui", "o", "o2", "wall", "txnNumber", "_id", "tid"};

EntryScan damage(std::size_t offset, std::string reason, std::size_t size = 0,
                 std::size_t examined = sizeof(std::int32_t)) {
  EntryScan scan;
  scan.examined = examined;
  scan.size = size;
  scan.offset = offset;
  scan.reason = std::move(reason);
  return scan;
}

EntryScan more(std::size_t size) {
  EntryScan scan;
  scan.found = EntryScan::Found::more;
  scan.size = size;
  return scan;
}

EntryScan read_entry(bson::Document document) {
  EntryScan scan;
  scan.document = document;
  bool has_op = false;
  bool has_ts = false;
  const auto bad = bson::validate(document, [&](const bson::Element& field) {
    if (field.key() == "ts") {
      const auto ts = field.as_timestamp();
      has_ts = ts.has_value();
      scan.ts = ts.value_or(bson::Timestamp{});
    } else if (field.key() == "op") {
      const auto op = field.as_text();
      has_op = op.has_value();
      scan.command = op == "c";
    } else if (field.key() == "t") {
      scan.term = field.as_integer().value_or(oplog::OpTime::no_term);
    } else if (field.key() == "txnOpIndex") {
      scan.unwound = true;
    }
  });
  const std::size_t size = document.size();
  if (bad) return damage(bad->offset, std::string(bad->reason), size, bad->offset);
  if (!has_ts) return damage(0, "it is no oplog entry: it has no timestamp 'ts'", size, size);
  if (!has_op) return damage(0, "it is no oplog entry: it has no 'op'", size, size);
  scan.found = EntryScan::Found::entry;
  return scan;
}

}  // namespace

EntryScan scan_entry(bson::Bytes bytes) {
  if (bytes.size() < 4) return more(4);
  const auto length = bson::load<std::int32_t>(bytes.data());
  if (length < 5) return damage(0, fmt::format("its length is given as {}", length));
  const auto size = static_cast<std::size_t>(length);
  if (size > max_entry_bytes) {
    return damage(0, fmt::format("its length is given as {}, which no entry has", length));
  }
  if (size > bytes.size()) return more(size);
  const auto document = bson::Document::from(bytes);
  if (!document) return damage(size - 1, "its last byte is not 0");
  return read_entry(*document);
}

bool may_start_entry(bson::Bytes bytes) {
  if (bytes.size() < 5) return false;
  const auto length = bson::load<std::int32_t>(bytes.data());
  if (length < 5 || static_cast<std::size_t>(length) > max_entry_bytes) return false;
  const auto key = bytes.subspan(5);
  const auto end = std::find(key.begin(), key.end(), 0);
  if (end == key.end()) return false;
  const std::string_view name(reinterpret_cast<const char*>(key.data()),
                              static_cast<std::size_t>(end - key.begin()));
  return std::find(top_level_fields.begin(), top_level_fields.end(), name) !=
         top_level_fields.end();
}

}  // namespace mongotail::source
