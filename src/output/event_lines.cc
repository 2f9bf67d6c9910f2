#include "output/event_lines.h"

#include <optional>
#include <span>

#include "oplog/command.h"
#include "oplog/update_diff.h"
#include "output/bare_value.h"
#include "output/digits.h"
#include "output/operation_text.h"

namespace mongotail::output {
namespace {

using oplog::Change;

// More than that is not kept from one line to the next.
constexpr std::size_t kept = 1u << 20;

constexpr std::string_view no_changes = ",\"set\":{},\"unset\":[]";

void append_integer(std::int64_t value, Buffer& out) {
  out.end_at(put_integer(out.room(20), value));
}

void append_dotted(std::span<const oplog::PathKey> path, std::string& out) {
  bool first = true;
  for (const oplog::PathKey& key : path) {
    if (!first) out += '.';
    first = false;
    if (key.name.find_first_of(".\\") == std::string_view::npos) {
      out += key.name;
      continue;
    }
    for (const char c : key.name) {
      if (c == '.' || c == '\\') out += '\\';
      out += c;
    }
  }
}

}  // namespace

/// Writes the changes of one update; what is not `set` is set aside until then.
class EventLines::Update {
 public:
  Update(EventLines& lines, Buffer& out) : lines_(lines), out_(out) {
    for (Buffer* aside : {&lines_.unset_, &lines_.length_, &lines_.splice_}) aside->clear(kept);
  }

  Status append(const Change& change) {
    lines_.text_.clear();
    append_dotted(change.path, lines_.text_);
    switch (change.kind) {
      case Change::Kind::unset:
        begin_item(lines_.unset_);
        return {};
      case Change::Kind::truncate:
        begin_item(lines_.length_);
        lines_.length_.push_back(':');
        append_integer(change.length, lines_.length_);
        return {};
      case Change::Kind::splice:
        begin_item(lines_.splice_);
        lines_.splice_.append(":{\"from\":");
        append_integer(change.length, lines_.splice_);
        lines_.splice_.append(",\"data\":");
        if (auto status = value(change, lines_.splice_); !status) return status;
        lines_.splice_.push_back('}');
        return {};
      case Change::Kind::set:
      case Change::Kind::append:
        break;
    }
    if (any_set_) out_.push_back(',');
    any_set_ = true;
    append_json_string(lines_.text_, out_);
    out_.push_back(':');
    return value(change, out_);
  }

  void end() {
    out_.append("},\"unset\":[");
    out_.append(lines_.unset_.view());
    out_.push_back(']');
    append_object(",\"length\":{", lines_.length_);
    append_object(",\"splice\":{", lines_.splice_);
  }

 private:
  void begin_item(Buffer& aside) {
    if (aside.size() > 0) aside.push_back(',');
    append_json_string(lines_.text_, aside);
  }

  Status value(const Change& change, Buffer& out) {
    if (change.value) return lines_.writer_.append_value(*change.value, out);
    out.append("null");
    return {};
  }

  void append_object(std::string_view begin, const Buffer& items) {
    if (items.size() == 0) return;
    out_.append(begin);
    out_.append(items.view());
    out_.push_back('}');
  }

  EventLines& lines_;
  Buffer& out_;
  bool any_set_ = false;
};

void EventLines::append_time(const oplog::Entry& entry, Buffer& out) {
  const auto millis = entry.wall ? entry.wall->as_date() : std::nullopt;
  if (!millis || *millis < first_text_date || *millis > last_text_date) {
    out.append("null");
    return;
  }
  char* at = out.room(32);
  at = dates_.put(put(at, "\""), *millis, true);
  out.end_at(put(at, "\""));
}

Status EventLines::append_document(std::string_view key, bson::Document document, Buffer& out) {
  out.append(key);
  return writer_.append(document, out);
}

Status EventLines::append_update(const oplog::Entry& entry, Buffer& out) {
  const std::size_t before = out.size();
  oplog::ChangeReader reader(entry.o);
  if (reader.form() == oplog::UpdateForm::replacement) {
    out.append(no_changes);
    return append_document(",\"doc\":", entry.o, out);
  }
  out.append(",\"set\":{");
  Update update(*this, out);
  while (reader.next()) {
    if (auto status = update.append(reader.change()); !status) return status;
  }
  if (reader.form() != oplog::UpdateForm::unknown && !reader.error()) {
    update.end();
    return {};
  }
  out.cut_back(before);
  out.append(no_changes);
  return append_document(",\"o\":", entry.o, out);
}

Status EventLines::append_content(const oplog::Entry& entry, Buffer& out) {
  const Verb verb = verb_of(entry);
  if (verb == Verb::update) return append_update(entry, out);
  out.append(no_changes);
  if (verb == Verb::remove) return {};
  if (verb == Verb::insert) return append_document(",\"doc\":", entry.o, out);
  if (verb == Verb::command) {
    out.append(",\"command\":");
    append_json_string(entry.command_name(), out);
  }
  return append_document(",\"o\":", entry.o, out);
}

Status EventLines::append_state(const oplog::Entry& entry, Buffer& out) {
  for (const std::string_view name : {"state", "stateUnknown"}) {
    const auto field = entry.document.find(name);
    if (!field) continue;
    out.append(",\"");
    out.append(name);
    out.append("\":");
    if (auto status = writer_.append_value(*field, out); !status) return status;
  }
  return {};
}

void EventLines::append_transaction(const oplog::Operation& operation, Buffer& out) {
  const oplog::Entry& entry = operation.entry;
  const auto session = oplog::lsid_field(entry, "id");
  const auto number = entry.txn_number ? entry.txn_number->as_integer() : std::nullopt;
  out.append(",\"txn\":{\"session\":");
  text_.clear();
  if (session && append_bare_value(*session, dates_, text_)) {
    append_json_string(text_, out);
  } else {
    out.append("null");
  }
  out.append(",\"number\":");
  if (number) {
    append_integer(*number, out);
  } else {
    out.append("null");
  }
  out.append(",\"index\":");
  append_integer(operation.index, out);
  out.append(operation.last ? ",\"last\":true}" : ",\"last\":false}");
}

Status EventLines::append_fields(const oplog::Operation& operation, const SourceTag& tag,
                                 Buffer& out) {
  const oplog::Entry& entry = operation.entry;
  text_.clear();
  append_cursor_after(operation, tag, text_);
  out.append("{\"cursor\":");
  append_json_string(text_, out);
  out.append(",\"time\":");
  append_time(entry, out);
  out.append(",\"op\":");
  append_json_string(entry.op, out);
  out.append(",\"ns\":");
  if (entry.is_command()) {
    append_json_string(oplog::named_namespace(entry), out);
  } else {
    append_json_string(entry.ns, out);
  }
  out.append(",\"id\":");
  if (const auto id = document_id(entry)) {
    if (auto status = writer_.append_value(*id, out); !status) return status;
  } else {
    out.append("null");
  }
  if (auto status = append_content(entry, out); !status) return status;
  if (operation.transaction) append_transaction(operation, out);
  const std::string_view user = users_ ? users_->name_of(entry) : std::string_view();
  if (!user.empty()) {
    out.append(",\"user\":");
    append_json_string(user, out);
  }
  return with_state_ ? append_state(entry, out) : Status();
}

Status EventLines::append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out) {
  const std::size_t before = out.size();
  if (auto status = append_fields(operation, tag, out); !status) {
    out.cut_back(before);
    return status;
  }
  if (!tag.name.empty()) {
    out.append(",\"");
    out.append(source_field_);
    out.append("\":");
    append_json_string(tag.name, out);
  }
  out.append("}\n");
  return {};
}

}  // namespace mongotail::output
