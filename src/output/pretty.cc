#include "output/pretty.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/safe_text.h"
#include "output/change_text.h"
#include "output/command_text.h"
#include "output/display_width.h"
#include "output/state_text.h"

namespace mongotail::output {
namespace {

constexpr std::size_t body_indent = 2;
constexpr std::size_t margin_columns = 2;

ShellLimits limits_for(const Pretty::Options& options) {
  ShellLimits limits;
  limits.ellipsis = Glyphs::of(options.ascii).ellipsis;
  if (options.verbose || options.width == 0) return limits;
  limits.characters = 240;
  limits.elements = 20;
  limits.bytes = 48;
  return limits;
}

// What all its parts have in common: the session's identity and the number in it; empty without.
std::string name_of_transaction(const oplog::Entry& entry) {
  const auto lsid = entry.lsid ? entry.lsid->as_document() : std::nullopt;
  const auto number = entry.txn_number ? entry.txn_number->as_integer() : std::nullopt;
  if (!lsid || !number) return "";
  std::string name = std::to_string(*number);
  for (const std::uint8_t byte : lsid->bytes()) name += static_cast<char>(byte);
  return name;
}

bool only_id(bson::Document key) {
  bson::Reader reader(key);
  bson::Element field;
  return reader.next(field) && field.key() == "_id" && !reader.next(field) && !reader.damaged();
}

}  // namespace

Pretty::Pretty(Options options)
    : options_(options),
      palette_(options.palette),
      glyphs_(Glyphs::of(options.ascii)),
      shell_(limits_for(options)),
      time_(options.utc, options.now),
      margin_(fmt::format("{}{}{} ", palette_.dim, glyphs_.frame_side, palette_.reset)) {}

void Pretty::set_width(int columns) {
  options_.width = columns;
  shell_ = ShellWriter(limits_for(options_));
}

ShellBox Pretty::box() const {
  constexpr std::size_t columns_elsewhere = 100;
  constexpr std::size_t fewest = 40;
  const std::size_t columns =
      options_.width > 0 ? static_cast<std::size_t>(options_.width) : columns_elsewhere;
  ShellBox box;
  box.margin = margin();
  box.columns = std::max(columns, fewest) - (frame_ ? margin_columns : 0);
  box.indent = body_indent;
  box.used = body_indent;
  return box;
}

Status Pretty::append(const oplog::Operation& operation, std::string_view shard, std::string& out) {
  const std::size_t before = out.size();
  const auto frame = frame_;
  if (append_whole(operation, shard, out)) return {};
  out.resize(before);
  frame_ = frame;
  return fail(Cause::damaged, fmt::format("the BSON of the entry at {} is damaged",
                                          oplog::to_string(operation.optime.ts)));
}

bool Pretty::append_whole(const oplog::Operation& operation, std::string_view shard,
                          std::string& out) {
  const bool framed = operation.transaction && operation.index >= 0;
  if (frame_ && !(framed && in_frame(operation, shard))) {
    if (!frame_->part_ended) frame_->operations = std::nullopt;
    close_frame(out);
  }
  if (framed && !frame_) open_frame(operation, shard, out);
  if (framed) begin_part(operation.optime, shard);
  if (!append_header(operation, shard, out)) return false;
  if (framed) ++frame_->shown;
  if (framed && operation.last) end_part(std::int64_t{operation.index} + 1, out);
  return true;
}

bool Pretty::in_frame(const oplog::Operation& operation, std::string_view shard) const {
  const bool same_shard = frame_->shards.back() == shard;
  if (!frame_->part_ended) return same_shard && frame_->optime == operation.optime;
  return !same_shard && !frame_->transaction.empty() &&
         frame_->transaction == name_of_transaction(operation.entry);
}

void Pretty::open_frame(const oplog::Operation& operation, std::string_view shard,
                        std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}{}{} ", palette_.dim, glyphs_.frame_begin,
                 palette_.reset);
  append_stamp(operation, shard, out);
  out += "transaction";
  if (const auto& number = operation.entry.txn_number; number && number->as_integer()) {
    fmt::format_to(std::back_inserter(out), " {}", *number->as_integer());
  }
  out += '\n';
  frame_ = Frame{shards_ ? name_of_transaction(operation.entry) : std::string(), operation.optime};
}

void Pretty::begin_part(oplog::OpTime optime, std::string_view shard) {
  Frame& frame = *frame_;
  const bool another = frame.shards.empty() || frame.shards.back() != shard;
  if (!another) return;
  frame.optime = optime;
  frame.part_ended = false;
  frame.shards.emplace_back(shard);
}

void Pretty::end_transaction(oplog::OpTime up_to, std::optional<std::int64_t> operations,
                             std::string& out) {
  if (frame_ && !frame_->part_ended && frame_->optime <= up_to) end_part(operations, out);
}

// `operations`: how many the part has, shown or not, where that is known.
void Pretty::end_part(std::optional<std::int64_t> operations, std::string& out) {
  frame_->part_ended = true;
  if (frame_->operations && operations) {
    *frame_->operations += *operations;
  } else {
    frame_->operations = std::nullopt;
  }
  if (frame_->transaction.empty()) close_frame(out);
}

void Pretty::idle(std::string& out) {
  if (frame_ && frame_->part_ended) close_frame(out);
}

void Pretty::close_frame(std::string& out) {
  const std::int64_t shown = frame_->shown;
  const auto operations = frame_->operations;
  fmt::format_to(std::back_inserter(out), "{}{}{} end of transaction, {}", palette_.dim,
                 glyphs_.frame_end, palette_.reset, shown);
  if (operations && *operations != shown) {
    fmt::format_to(std::back_inserter(out), " of {}", *operations);
  }
  fmt::format_to(std::back_inserter(out), " operation{}{}",
                 operations.value_or(shown) == 1 ? "" : "s", operations ? "" : " shown");
  if (frame_->shards.size() > 1) {
    fmt::format_to(std::back_inserter(out), " on {} shards", frame_->shards.size());
  }
  out += '\n';
  frame_.reset();
}

void Pretty::append_stamp(const oplog::Operation& operation, std::string_view shard,
                          std::string& out) {
  out += palette_.time;
  time_.append(operation, options_.width, out);
  out += palette_.reset;
  out += "  ";
  if (shard.empty()) return;
  out += palette_.of_source(operation.source);
  append_safe_text(shard, out);
  out += palette_.reset;
  out += "  ";
}

bool Pretty::append_header(const oplog::Operation& operation, std::string_view shard,
                           std::string& out) {
  const oplog::Entry& entry = operation.entry;
  auto sentence = sentence_of(entry, shell_, glyphs_);
  // What would wrap again and again reads better as a document.
  const std::size_t most = 2 * box().columns;
  const bool in_words =
      sentence && columns_of(sentence->subject) + columns_of(sentence->detail) < most;
  if (sentence && !in_words && !entry.is_command()) sentence.reset();
  out += margin();
  append_stamp(operation, shard, out);
  const bool more = sentence || !entry.ns.empty();
  fmt::format_to(std::back_inserter(out), "{}{:<{}}{}{}", palette_.of(verb_of(entry)),
                 safe_text(verb_text(entry)), more ? 7 : 0, palette_.reset, more ? "  " : "");
  if (sentence) {
    out += sentence->subject;
    if (in_words && !sentence->detail.empty()) out.append(" ").append(sentence->detail);
  } else if (!append_subject(operation, out)) {
    return false;
  }
  append_marks(operation, out);
  out += '\n';
  if (in_words || (sentence && sentence->detail.empty())) return true;
  return sentence ? append_body_document(beside_subject(entry).view(), out)
                  : append_body(entry, out);
}

// Namespace and `_id`, or the whole key where the collection is sharded by more than that.
bool Pretty::append_subject(const oplog::Operation& operation, std::string& out) const {
  const oplog::Entry& entry = operation.entry;
  if (!entry.ns.empty()) {
    fmt::format_to(std::back_inserter(out), "{}{}{}", palette_.ns, safe_text(entry.ns),
                   palette_.reset);
  }
  const Verb verb = verb_of(entry);
  const bson::Document key = verb == Verb::update ? entry.o2.value_or(bson::Document()) : entry.o;
  const bool whole_key = verb == Verb::remove || (verb == Verb::update && entry.o2);
  if (whole_key && !key.empty() && !only_id(key)) {
    out += "  ";
    const std::size_t begin = out.size();
    const bool whole = shell_.append_document(key, out) == ShellWriter::Outcome::whole;
    color_from(begin, palette_, out);
    return whole;
  }
  const auto id = document_id(entry);
  if (!id) return true;
  out += "  _id: ";
  const std::size_t begin = out.size();
  const bool whole = shell_.append_value(*id, out) == ShellWriter::Outcome::whole;
  color_from(begin, palette_, out);
  return whole;
}

void Pretty::append_marks(const oplog::Operation& operation, std::string& out) const {
  const auto mark = [&](std::string_view text) {
    fmt::format_to(std::back_inserter(out), "  {}[{}]{}", palette_.dim, text, palette_.reset);
  };
  if (operation.index >= 0) {
    mark(fmt::format("{} #{}", operation.transaction ? "txn" : "applyOps", operation.index));
  }
  const std::string_view user =
      options_.users ? options_.users->name_of(operation.entry) : std::string_view();
  if (!user.empty()) mark("by " + safe_text(user));
  if (operation.entry.from_migrate) mark("fromMigrate");
}

bool Pretty::append_body(const oplog::Entry& entry, std::string& out) const {
  switch (verb_of(entry)) {
    case Verb::update:
      return append_update(entry, out) && (!options_.state || append_state(entry, out));
    case Verb::remove:
      return true;
    case Verb::insert:
    case Verb::command:
    case Verb::noop:
    case Verb::other:
      break;
  }
  return append_body_document(entry.o, out);
}

bool Pretty::append_body_document(bson::Document document, std::string& out) const {
  out += margin();
  out.append(body_indent, ' ');
  const std::size_t begin = out.size();
  if (!shell_.append_block(document, box(), out)) return false;
  color_from(begin, palette_, out);
  out += '\n';
  return true;
}

bool Pretty::append_update(const oplog::Entry& entry, std::string& out) const {
  const std::size_t before = out.size();
  oplog::ChangeReader reader(entry.o);
  while (reader.next()) {
    if (!append_change(reader.change(), out)) return false;
  }
  // What can't be read as a change is shown as it is.
  if (reader.error() || reader.form() == oplog::UpdateForm::unknown) {
    out.resize(before);
    return append_body_document(entry.o, out);
  }
  if (reader.form() != oplog::UpdateForm::replacement) return true;
  out += margin();
  fmt::format_to(std::back_inserter(out), "{:{}}{}replace{} ", "", body_indent, palette_.changed,
                 palette_.reset);
  ShellBox place = box();
  place.indent += 2;
  place.used += std::string_view("replace ").size();
  const std::size_t begin = out.size();
  if (!shell_.append_block(entry.o, place, out)) return false;
  color_from(begin, palette_, out);
  out += '\n';
  return true;
}

bool Pretty::append_change(const oplog::Change& change, std::string& out) const {
  out += margin();
  out.append(body_indent, ' ');
  const std::size_t head = out.size();
  append_change_head(change, Palette(), out);
  ShellBox place = box();
  place.indent += 2;
  place.used += columns_of(std::string_view(out).substr(head));
  out.resize(head);
  append_change_head(change, palette_, out);
  const bool has_value = change.value && change.kind != oplog::Change::Kind::unset &&
                         change.kind != oplog::Change::Kind::truncate;
  const std::size_t begin = out.size();
  if (has_value && !shell_.append_block(*change.value, place, out)) return false;
  color_from(begin, palette_, out);
  out += '\n';
  return true;
}

bool Pretty::append_state(const oplog::Entry& entry, std::string& out) const {
  const auto state = state_of(entry);
  if (!state) return true;
  const auto changed = changed_fields(entry.o);
  const auto begin_line = [&](std::string_view color) {
    out += margin();
    out.append(body_indent, ' ');
    out += color;
  };
  begin_line(palette_.dim);
  out.append("the document is now").append(palette_.reset).append("\n");
  bson::Reader reader(state->document);
  bson::Element field;
  while (reader.next(field)) {
    if (!append_state_field(field, changed.contains(field.key()), out)) return false;
  }
  if (!state->unknown) return !reader.damaged();
  begin_line("");
  out.append("  ").append(palette_.dim);
  append_unknown(*state, out);
  out.append(palette_.reset).append("\n");
  return !reader.damaged();
}

bool Pretty::append_state_field(const bson::Element& field, bool changed, std::string& out) const {
  out += margin();
  out.append(body_indent + 2, ' ');
  if (changed) {
    out.append(palette_.changed).append("~").append(palette_.reset).append(" ");
  } else {
    out += "  ";
  }
  const std::size_t name = out.size();
  append_shell_key(field.key(), out);
  out += ": ";
  ShellBox place = box();
  place.indent += 4;
  place.used += 4 + columns_of(std::string_view(out).substr(name));
  const std::size_t begin = out.size();
  if (!shell_.append_block(field, place, out)) return false;
  color_from(begin, palette_, out);
  out += '\n';
  return true;
}

}  // namespace mongotail::output
