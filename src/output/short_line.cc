#include "output/short_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/safe_text.h"
#include "output/change_text.h"
#include "output/command_text.h"
#include "output/display_width.h"
#include "output/operation_text.h"
#include "output/state_text.h"

namespace mongotail::output {

using Outcome = ShellWriter::Outcome;

/// A line in parts; what has no place in its columns is dropped for an ellipsis.
class ShortLine::Columns {
 public:
  Columns(int width, std::string_view ellipsis, const Palette& palette)
      : palette_(palette),
        width_(width > 0 ? static_cast<std::size_t>(width) : ShellLimits::none),
        ellipsis_(cut_to_columns(ellipsis, width_)) {}

  // `text` is safe for a terminal and without colours.
  void append(std::string text, std::string_view color = {}, std::string_view reset = {}) {
    add({std::move(text), color, reset, Kind::text});
  }
  // Of the shell's notation. Half an `id` would be taken for another.
  void append_value_text(std::string text) { add({std::move(text), {}, {}, Kind::value}); }
  void append_id(std::string text) { add({std::move(text), {}, {}, Kind::id}); }

  // Bytes that are worth making of a part; the rest would be cut.
  std::size_t budget() const {
    constexpr std::size_t bytes_per_column = 4;
    if (width_ == ShellLimits::none) return width_;
    return (width_ - std::min(used_, width_) + 1) * bytes_per_column;
  }

  void write(std::string& out) const {
    const bool cut = used_ > width_;
    std::size_t left = cut ? width_ - columns_of(ellipsis_) : width_;
    for (const Part& part : parts_) {
      std::string_view shown = cut ? cut_to_columns(part.text, left) : part.text;
      const bool all = shown.size() == part.text.size();
      if (!all && part.kind == Kind::id) shown = {};
      if (cut) left -= columns_of(shown);
      if (part.kind != Kind::text) {
        append_value(shown, out);
      } else if (!shown.empty()) {
        fmt::format_to(std::back_inserter(out), "{}{}{}", part.color, shown, part.reset);
      }
      if (!all) break;
    }
    if (cut) out += ellipsis_;
  }

 private:
  enum class Kind { text, value, id };
  struct Part {
    std::string text;
    std::string_view color;
    std::string_view reset;
    Kind kind;
  };

  void add(Part part) {
    if (used_ > width_) return;
    // A part that was given up at its budget has more, however few columns its characters take.
    const bool more = part.text.size() >= budget();
    if (width_ != ShellLimits::none) used_ += columns_of(part.text);
    if (more) used_ = std::max(used_, width_ + 1);
    parts_.push_back(std::move(part));
  }

  void append_value(std::string_view text, std::string& out) const {
    if (palette_.is_on()) return append_colored(text, palette_, out);
    out += text;
  }

  const Palette& palette_;
  std::size_t width_;
  std::string_view ellipsis_;
  std::size_t used_ = 0;
  std::vector<Part> parts_;
};

ShortLine::ShortLine(Options options)
    : options_(options),
      palette_(options.palette),
      glyphs_(Glyphs::of(options.ascii)),
      time_(options.utc, options.now) {}

bool ShortLine::append_update(const oplog::Entry& entry, std::string& text,
                              std::size_t budget) const {
  const std::size_t before = text.size();
  const auto left = [&] { return budget - std::min(text.size() - before, budget); };
  oplog::ChangeReader reader(entry.o);
  while (reader.next() && left() > 0) {
    const oplog::Change& change = reader.change();
    if (text.size() > before) text += ", ";
    append_change_head(change, Palette(), text);
    const bool has_value = change.value && change.kind != oplog::Change::Kind::unset &&
                           change.kind != oplog::Change::Kind::truncate;
    if (has_value && shell_.append_value(*change.value, text, left()) == Outcome::damaged) {
      return false;
    }
  }
  if (left() == 0) return true;
  const bool replaced = reader.form() == oplog::UpdateForm::replacement;
  if (!replaced && !reader.error() && reader.form() != oplog::UpdateForm::unknown) return true;
  text.resize(before);
  if (replaced) text += "replace ";
  return shell_.append_document(entry.o, text, {}, left()) != Outcome::damaged;
}

bool ShortLine::append_summary(const oplog::Entry& entry, std::string& text,
                               std::size_t budget) const {
  const std::string_view id[] = {"_id"};
  switch (verb_of(entry)) {
    case Verb::update:
      return append_update(entry, text, budget);
    case Verb::insert:
    case Verb::remove:
      if (shell_.append_document(entry.o, text, id, budget) == Outcome::damaged) return false;
      if (text == "{}") text.clear();
      return true;
    case Verb::command:
    case Verb::noop:
    case Verb::other:
      break;
  }
  return shell_.append_document(entry.o, text, {}, budget) != Outcome::damaged;
}

bool ShortLine::append_parts(const oplog::Operation& operation, std::string_view shard,
                             Columns& line) {
  const oplog::Entry& entry = operation.entry;
  std::string text;
  time_.append(operation, options_.width, text);
  line.append(text, palette_.time, palette_.reset);
  line.append("  ");
  if (!shard.empty()) {
    line.append(safe_text(shard), palette_.of_source(operation.source), palette_.reset);
    line.append("  ");
  }
  line.append(fmt::format("{:<7}", safe_text(verb_text(entry))), palette_.of(verb_of(entry)),
              palette_.reset);
  if (operation.index >= 0) line.append(fmt::format("  #{}", operation.index));
  const std::string_view user =
      options_.users ? options_.users->name_of(entry) : std::string_view();
  if (!user.empty()) line.append("  by " + safe_text(user), palette_.dim, palette_.reset);
  if (const auto sentence = sentence_of(entry, shell_, glyphs_)) {
    line.append("  " + sentence->subject);
    if (!sentence->detail.empty()) line.append(' ' + sentence->detail);
    return true;
  }
  if (!entry.ns.empty()) {
    line.append("  ");
    line.append(safe_text(entry.ns), palette_.ns, palette_.reset);
  }
  text.clear();
  if (const auto id = document_id(entry)) {
    if (shell_.append_value(*id, text, line.budget()) == Outcome::damaged) return false;
    line.append("  ");
    line.append_id(text);
    text.clear();
  }
  if (!append_summary(entry, text, line.budget())) return false;
  if (!text.empty()) line.append("  ");
  line.append_value_text(text);
  return !options_.state || append_state(entry, line);
}

bool ShortLine::append_state(const oplog::Entry& entry, Columns& line) const {
  const auto state = state_of(entry);
  if (!state) return true;
  std::string text = "  = ";
  if (shell_.append_document(state->document, text, {}, line.budget()) == Outcome::damaged) {
    return false;
  }
  line.append_value_text(text);
  text = " ";
  append_unknown(*state, text);
  if (text.size() > 1) line.append(text, palette_.dim, palette_.reset);
  return true;
}

bool ShortLine::append_change(const oplog::Entry& entry, std::string& out) const {
  if (const auto sentence = sentence_of(entry, shell_, glyphs_)) {
    out += sentence->subject;
    if (!sentence->detail.empty()) out += ' ' + sentence->detail;
    return true;
  }
  std::string text;
  if (!append_summary(entry, text, ShellLimits::none)) return false;
  out += text;
  return true;
}

Status ShortLine::append(const oplog::Operation& operation, std::string_view shard,
                         std::string& out) {
  Columns line(options_.width, glyphs_.ellipsis, palette_);
  if (!append_parts(operation, shard, line)) {
    return fail(Cause::damaged, fmt::format("the BSON of the entry at {} is damaged",
                                            oplog::to_string(operation.optime.ts)));
  }
  line.write(out);
  out += '\n';
  return {};
}

}  // namespace mongotail::output
