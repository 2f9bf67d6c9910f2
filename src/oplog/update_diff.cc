#include "oplog/update_diff.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace mongotail::oplog {
namespace {

using Kind = Change::Kind;

constexpr std::int64_t max_index = std::numeric_limits<std::int32_t>::max();

UpdateForm form_of(bson::Document o) {
  if (o.bytes().empty()) return UpdateForm::unknown;
  const auto first = o.first();
  if (!first || !first->key().starts_with('$')) return UpdateForm::replacement;
  if (first->key() != "$v") return UpdateForm::modifiers;
  const auto version = first->as_integer();
  if (version == 1) return UpdateForm::modifiers;
  return version == 2 ? UpdateForm::delta : UpdateForm::unknown;
}

// A section's place in the order that the grammar demands; 0: not a section.
int section_stage(std::string_view key) {
  constexpr std::string_view order = "duib";
  const std::size_t at = key.size() == 1 ? order.find(key[0]) : std::string_view::npos;
  return at == std::string_view::npos ? 0 : static_cast<int>(at) + 1;
}

constexpr int sub_diffs_stage = 5;

Kind section_kind(int stage) {
  constexpr Kind kinds[] = {Kind::unset, Kind::set, Kind::append, Kind::splice};
  return kinds[stage - 1];
}

std::optional<std::int64_t> parse_index(std::string_view text) {
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool canonical = text.size() == 1 || !text.starts_with('0');
  if (error != std::errc() || end != text.data() + text.size() || !canonical) return std::nullopt;
  return index >= 0 && index <= max_index ? std::optional(index) : std::nullopt;
}

bool is_length(std::optional<std::int64_t> length) {
  return length && *length >= 0 && *length <= max_index;
}

}  // namespace

ChangeReader::ChangeReader(bson::Document o) : form_(form_of(o)) {
  if (form_ == UpdateForm::modifiers) enter(Level::modifiers, o);
  if (form_ == UpdateForm::delta) start_delta(o);
}

void ChangeReader::start_delta(bson::Document o) {
  const auto diff = o.find("diff");
  const auto document = diff ? diff->as_document() : std::nullopt;
  if (document) {
    enter(Level::document, *document);
  } else {
    fail("has no field 'diff'");
  }
}

void ChangeReader::enter(Level level, bson::Document document) {
  if (open_.size() >= static_cast<std::size_t>(bson::max_depth)) {
    fail("is nested too deeply");
    return;
  }
  open_.push_back({level, bson::Reader(document), change_.path.size()});
}

bool ChangeReader::fail(std::string_view what) {
  failure_ = what;
  open_.clear();
  section_.reset();
  return false;
}

bool ChangeReader::give_up() {
  form_ = UpdateForm::unknown;
  open_.clear();
  return false;
}

std::optional<Error> ChangeReader::error() const {
  if (failure_.empty()) return std::nullopt;
  return Error{
      Cause::damaged, fmt::format("an update's description of its changes {}", failure_), {}};
}

bool ChangeReader::next() {
  while (section_ || !open_.empty()) {
    if (section_) {
      if (read_section()) return true;
      continue;
    }
    Frame& frame = open_.back();
    change_.path.resize(frame.path_size);
    bson::Element field;
    if (frame.fields.next(field)) {
      if (read_field(field)) return true;
    } else if (frame.fields.damaged()) {
      fail("is damaged");
    } else {
      open_.pop_back();
    }
  }
  return false;
}

// One field of the section that is open; false at its end.
bool ChangeReader::read_section() {
  bson::Element field;
  if (!section_->next(field)) {
    if (section_->damaged()) return fail("is damaged");
    section_.reset();
    return false;
  }
  set_leaf(field.key());
  if (change_.path.size() > static_cast<std::size_t>(bson::max_depth)) {
    return fail("has a path that is too deep");
  }
  change_.value.reset();
  if (change_.kind == Kind::splice) return take_splice(field);
  if (change_.kind != Kind::unset) change_.value = field;
  return true;
}

void ChangeReader::set_leaf(std::string_view key) {
  const Frame& frame = open_.back();
  change_.path.resize(frame.path_size);
  change_.length = 0;
  if (frame.level == Level::modifiers) {
    for (std::size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
      if (change_.path.size() >= static_cast<std::size_t>(bson::max_depth)) break;
      change_.path.push_back({key.substr(0, dot), false});
      key.remove_prefix(dot + 1);
    }
  }
  change_.path.push_back({key, false});
}

bool ChangeReader::take_splice(const bson::Element& field) {
  const auto splice = field.as_document();
  if (!splice) return fail("has a binary change that is not a document");
  const auto offset = splice->find("o");
  const auto data = splice->find("d");
  if (!offset || !is_length(offset->as_integer()) || !data || !data->as_binary()) {
    return fail("has a binary change without offset and data");
  }
  change_.length = static_cast<std::int32_t>(*offset->as_integer());
  change_.value = *data;
  return true;
}

bool ChangeReader::read_field(const bson::Element& field) {
  switch (open_.back().level) {
    case Level::modifiers:
      return read_modifiers(field);
    case Level::document:
      return read_document_field(field);
    case Level::array:
      return read_array_field(field);
  }
  return false;
}

bool ChangeReader::read_modifiers(const bson::Element& field) {
  if (field.key() == "$v") return false;
  if (field.key() == "$set") return open_section(Kind::set, field);
  if (field.key() == "$unset") return open_section(Kind::unset, field);
  return give_up();
}

bool ChangeReader::open_section(Change::Kind kind, const bson::Element& field) {
  const auto document = field.as_document();
  if (!document) return fail("has a section that is not a document");
  change_.kind = kind;
  section_.emplace(*document);
  return false;
}

bool ChangeReader::read_document_field(const bson::Element& field) {
  Frame& frame = open_.back();
  const int section = section_stage(field.key());
  if (section == 0 && !field.key().starts_with('s')) return give_up();
  // Sections come once each and in order, sub-diffs after them.
  const int stage = section == 0 ? sub_diffs_stage : section;
  if (stage < frame.stage || (stage == frame.stage && section != 0)) {
    return fail("has its sections out of order");
  }
  frame.stage = stage;
  if (section != 0) return open_section(section_kind(section), field);
  change_.path.push_back({field.key().substr(1), false});
  enter_sub_diff(field);
  return false;
}

void ChangeReader::enter_sub_diff(const bson::Element& field) {
  const auto document = field.as_document();
  if (!document) {
    fail("has a nested part that is not a document");
    return;
  }
  const auto first = document->first();
  enter(first && first->key() == "a" ? Level::array : Level::document, *document);
}

bool ChangeReader::read_array_field(const bson::Element& field) {
  const std::string_view key = field.key();
  Frame& frame = open_.back();
  const int before = std::exchange(frame.stage, frame.stage + 1);
  if (before == 0) {
    // enter_sub_diff() has seen that this is "a".
    return field.as_bool() == true ? false : fail("marks an array with a value other than true");
  }
  if (key == "l") return before == 1 ? read_length(field) : fail("sets a length too late");
  if (key.starts_with('u') || key.starts_with('s')) return read_index(field);
  return give_up();
}

bool ChangeReader::read_length(const bson::Element& field) {
  const auto length = field.as_integer();
  if (!is_length(length)) return fail("has an invalid length");
  change_.kind = Kind::truncate;
  change_.length = static_cast<std::int32_t>(*length);
  change_.value.reset();
  return true;
}

bool ChangeReader::read_index(const bson::Element& field) {
  Frame& frame = open_.back();
  const std::string_view text = field.key().substr(1);
  const auto index = parse_index(text);
  if (!index || *index <= frame.last_index) return fail("has array indexes out of order");
  frame.last_index = *index;
  frame.stage = 2;
  change_.path.push_back({text, true});
  if (field.key().starts_with('s')) {
    enter_sub_diff(field);
    return false;
  }
  change_.kind = Kind::set;
  change_.value = field;
  change_.length = 0;
  return true;
}

Result<UpdateDescription> describe_update(bson::Document o) {
  constexpr std::size_t max_steps = 1'000'000;
  UpdateDescription description;
  std::size_t steps = 0;
  ChangeReader reader(o);
  while (reader.next()) {
    steps += reader.change().path.size() + 1;
    if (steps > max_steps) return UpdateDescription{};
    description.changes.push_back(reader.change());
  }
  if (const auto error = reader.error()) return mongotail::fail(*error);
  description.form = reader.form();
  if (description.form == UpdateForm::unknown) description.changes.clear();
  return description;
}

}  // namespace mongotail::oplog
