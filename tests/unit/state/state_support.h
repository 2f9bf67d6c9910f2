#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "oplog/oplog_support.h"
#include "state/history.h"
#include "state/value.h"

namespace mongotail::state {

using oplog::doc;
using oplog::to_json;

inline std::string normal(std::string_view json) {
  const auto document = doc(json);
  return to_json(document.view());
}

/// `{…}`, and what is unknown behind it: `{ "a" : 1 } ? b, c.*`.
inline std::string text_of(const Value& value) {
  if (value.is(Value::Kind::absent)) return "absent";
  if (value.is(Value::Kind::unknown)) return "unknown";
  const Description described = describe(value);
  std::string text = to_json(described.document.view());
  for (std::size_t i = 0; i < described.unknown.size(); ++i) {
    text += (i == 0 ? " ? " : ", ") + described.unknown[i];
  }
  return text;
}

inline std::string shown(std::string_view json, std::string_view unknown = "") {
  return normal(json) + (unknown.empty() ? "" : " ? " + std::string(unknown));
}

/// Operations on the document `{_id: 1}`, at the seconds 1, 2, …
class Stream {
 public:
  const oplog::Operation& add(std::string_view op, bson::Document o, std::int32_t index = -1) {
    const auto second = static_cast<std::uint32_t>(operations_.size() + 1);
    bson::Builder entry;
    entry.append("op", op).append("ns", "db.c").append("o", o);
    entry.open_document("o2").append("_id", 1).close();
    entry.append("ts", bson::Timestamp{second, 1}).append("t", std::int64_t{1});
    oplog::Operation operation;
    operation.entry = oplog::parse_entry(documents_.emplace_back(entry.take()));
    operation.optime = operation.entry.optime;
    operation.index = index;
    return operations_.emplace_back(operation);
  }

  const std::deque<oplog::Operation>& operations() const { return operations_; }

 private:
  std::deque<bson::OwnedDocument> documents_;
  std::deque<oplog::Operation> operations_;
};

inline Event event_of(const oplog::Operation& operation) {
  if (operation.entry.op == "d") return Event::gone;
  const bool whole = operation.entry.op == "i" || operation.entry.o.find("_id");
  return whole ? Event::whole : Event::update;
}

/// The document after each operation, where it is `later` in the end.
inline std::vector<std::string> states_of(const Stream& stream, const Value& later) {
  History history;
  for (const auto& operation : stream.operations()) history.see(event_of(operation), operation);
  Tracker tracker(std::move(history).work_back(later));
  std::vector<std::string> states = {text_of(tracker.document())};
  for (const auto& operation : stream.operations()) {
    tracker.see(event_of(operation), operation);
    states.push_back(text_of(tracker.document()));
  }
  return states;
}

}  // namespace mongotail::state
