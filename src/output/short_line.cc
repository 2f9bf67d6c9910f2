#include "output/short_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/safe_text.h"
#include "output/change_text.h"
#include "output/command_text.h"
#include "output/display_width.h"
#include "output/operation_text.h"

namespace mongotail::output {

using Outcome = ShellWriter::Outcome;

/// A line that takes parts until its columns are used up; what follows is dropped for a `…`.
class ShortLine::Columns {
 public:
  Columns(int width, std::string& out)
      : out_(out), left_(width > 0 ? static_cast<std::size_t>(width) : ShellLimits::none) {}

  // `text` is safe for a terminal and without colours.
  void append(std::string_view text, std::string_view color = {}, std::string_view reset = {}) {
    if (full_) return;
    std::string_view shown = text;
    if (left_ != ShellLimits::none) {
      shown = cut_to_columns(text, left_);
      full_ = shown.size() < text.size();
      // The sign that something is missing takes a column too.
      if (full_) shown = cut_to_columns(text, left_ - std::min<std::size_t>(left_, 1));
      left_ -= columns_of(shown);
    }
    if (!shown.empty()) {
      out_ += color;
      out_ += shown;
      out_ += reset;
    }
    if (full_ && left_ > 0) out_ += "…";
  }

  // Bytes that are worth making of a part; the rest would be cut.
  std::size_t budget() const {
    constexpr std::size_t bytes_per_column = 4;
    return left_ == ShellLimits::none ? left_ : (left_ + 1) * bytes_per_column;
  }

 private:
  std::string& out_;
  std::size_t left_;
  bool full_ = false;
};

ShortLine::ShortLine(Options options)
    : options_(options), palette_(Palette::of(options.color)), time_(options.utc) {}

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
    case Verb::remove:
      if (entry.o.find("_id") &&
          shell_.append_document(entry.o, text, id, budget) == Outcome::whole) {
        if (text == "{}") text.clear();
        return true;
      }
      text.clear();
      break;
    case Verb::insert:
      return shell_.append_document(entry.o, text, id, budget) != Outcome::damaged;
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
  time_.append(operation, text);
  line.append(text, palette_.dim, palette_.reset);
  line.append("  ");
  if (!shard.empty()) line.append(safe_text(shard) + "  ");
  line.append(fmt::format("{:<7}", safe_text(verb_text(entry))), palette_.of(verb_of(entry)),
              palette_.reset);
  line.append("  ");
  if (operation.index >= 0) line.append(fmt::format("#{}  ", operation.index));
  if (const auto sentence = sentence_of(entry, shell_)) {
    line.append(*sentence);
    return true;
  }
  line.append(safe_text(entry.ns), palette_.strong, palette_.reset);
  text.clear();
  if (const auto id = document_id(entry)) {
    text += "  ";
    if (shell_.append_value(*id, text, line.budget()) == Outcome::damaged) return false;
    line.append(text);
    text.clear();
  }
  if (!append_summary(entry, text, line.budget())) return false;
  if (!text.empty()) line.append("  ");
  line.append(text);
  return true;
}

Status ShortLine::append(const oplog::Operation& operation, std::string_view shard,
                         std::string& out) {
  const std::size_t before = out.size();
  Columns line(options_.width, out);
  if (!append_parts(operation, shard, line)) {
    out.resize(before);
    return fail(Cause::damaged, fmt::format("the BSON of the entry at {} is damaged",
                                            oplog::to_string(operation.optime.ts)));
  }
  out += '\n';
  return {};
}

}  // namespace mongotail::output
