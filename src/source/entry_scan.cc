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

/// What is taken of an entry's top level.
class TopLevel {
 public:
  explicit TopLevel(EntryScan& scan) : scan_(scan) {}

  void take(const bson::Element& field) {
    if (field.is("ts")) {
      const auto ts = field.as_timestamp();
      has_ts_ = ts.has_value();
      scan_.ts = ts.value_or(bson::Timestamp{});
    } else if (field.is("op")) {
      const auto op = field.as_text();
      has_op_ = op.has_value();
      scan_.op = op.value_or("");
    } else if (field.is("ns")) {
      scan_.ns = field.as_text().value_or("");
    } else if (field.is("t")) {
      scan_.term = field.as_integer().value_or(oplog::OpTime::no_term);
    } else if (field.is("txnOpIndex")) {
      scan_.unwound = true;
    }
  }
  bool has_ts() const { return has_ts_; }
  bool has_op() const { return has_op_; }

 private:
  EntryScan& scan_;
  bool has_ts_ = false;
  bool has_op_ = false;
};

EntryScan read_entry(bson::Document document) {
  EntryScan scan;
  scan.document = document;
  TopLevel top(scan);
  const auto bad =
      bson::validate(document, [&top](const bson::Element& field) { top.take(field); });
  const std::size_t size = document.size();
  if (bad) return damage(bad->offset, std::string(bad->reason), size, bad->offset);
  if (!top.has_ts())
    return damage(0, "it is not an oplog entry: it has no timestamp 'ts'", size, size);
  if (!top.has_op()) return damage(0, "it is not an oplog entry: it has no 'op'", size, size);
  scan.found = EntryScan::Found::entry;
  return scan;
}

// As read_entry() for what is intact; anything else is left to that.
std::optional<EntryScan> read_top_level(bson::Document document) {
  EntryScan scan;
  scan.document = document;
  TopLevel top(scan);
  bson::Reader reader(document);
  bson::Element field;
  while (reader.next(field)) top.take(field);
  if (reader.damaged() || !top.has_ts() || !top.has_op()) return std::nullopt;
  scan.found = EntryScan::Found::entry;
  return scan;
}

}  // namespace

EntryScan scan_entry(bson::Bytes bytes, const EntryFilter& skipped) {
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
  if (skipped) {
    if (auto scan = read_top_level(*document);
        scan && scan->op != "c" && skipped(scan->op, scan->ns)) {
      scan->skipped = true;
      return *std::move(scan);
    }
  }
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
