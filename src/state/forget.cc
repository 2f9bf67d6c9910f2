#include "state/forget.h"

#include <algorithm>
#include <span>
#include <utility>

#include "oplog/update_diff.h"

namespace mongotail::state {
namespace {

using Kind = Value::Kind;
using oplog::Change;
using oplog::PathKey;
using Path = std::span<const PathKey>;

std::vector<std::string> names_of(Path path) {
  std::vector<std::string> names;
  for (const PathKey& key : path) names.emplace_back(key.name);
  return names;
}

/// Goes through an update's changes, the last one first.
class Forgetting {
 public:
  explicit Forgetting(Value& root) : root_(root) {}

  void whole_document() { lessons_.push_back({{}, std::exchange(root_, Value()), {}}); }

  /// Of what was sent by hand nothing is taken for granted.
  void whole_field(const Change& change) { forget_at({change.path.data(), 1}); }

  void delta(const Change& change) {
    const Path path = change.path;
    const auto steps = walk(path.first(path.size() - 1));
    if (!steps) return;
    Value& parent = *steps->back();
    const PathKey& leaf = path.back();
    const bool fits = parent.is(leaf.array_index ? Kind::array : Kind::object);
    // A delta that does not fit leaves null: nothing is known of what was there.
    if (!fits) return forget_at(path.first(path.size() - 1));
    if (change.kind == Change::Kind::truncate) return forget_length(path);
    forget_at(path);
  }

  void modifier(const Change& change) {
    Path path = change.path;
    const bool sets = change.kind == Change::Kind::set;
    const auto steps = walk(path.first(path.size() - 1), sets);
    if (!steps) return;
    if (!sets) return forget_unset(path, *steps->back());
    // Parents may have been created: those that hold nothing else.
    for (std::size_t i = path.size() - 1; i > 0 && is_alone(*(*steps)[i], path[i].name); --i) {
      path = path.first(i);
    }
    forget_at(path);
  }

  std::vector<Lesson> take() { return std::move(lessons_); }

 private:
  /// The root, and what each step leads to; nullopt if nothing is known of the last of them.
  /// `creates`: elements on the way may have been added.
  std::optional<std::vector<Value*>> walk(Path path, bool creates = false) {
    std::vector<Value*> steps = {&root_};
    for (std::size_t i = 0; i < path.size(); ++i) {
      Value& at = *steps.back();
      Value* next = nullptr;
      if (at.is(Kind::object)) next = at.find(path[i].name);
      if (at.is(Kind::array)) next = element(at, path[i].name);
      const bool is_known = next != nullptr && next->is_present();
      if (!is_known && creates && at.is(Kind::array)) {
        forget_element(at, path.first(i + 1));
      } else if ((next == nullptr || next->is(Kind::absent)) && !at.is(Kind::unknown) && !at.open) {
        // What an update went through is there, or what is known of it is of no use.
        forget_at(path.first(i));
      }
      if (!is_known) return std::nullopt;
      steps.push_back(next);
    }
    return steps;
  }

  static Value* element(Value& array, std::string_view name) {
    const std::size_t index = index_of(name);
    return index < array.fields.size() ? &array.fields[index].value : nullptr;
  }

  static bool is_alone(const Value& object, std::string_view name) {
    return object.is(Kind::object) && std::ranges::none_of(object.fields, [&](const Field& field) {
             return field.name != name && field.value.is_present();
           });
  }

  /// Of what was at `path` nothing is known, not even that there was anything.
  void forget_at(Path path) {
    if (path.empty()) return whole_document();
    const auto steps = walk(path.first(path.size() - 1));
    if (!steps) return;
    Value& parent = *steps->back();
    if (parent.is(Kind::array)) return forget_element(parent, path);
    if (!parent.is(Kind::object)) return forget_at(path.first(path.size() - 1));
    forget_field(parent, path);
  }

  void forget_field(Value& object, Path path) {
    Value* const field = object.find(path.back().name);
    if (field != nullptr) {
      lesson(path, std::exchange(*field, Value()));
    } else if (!object.open) {
      lesson(path, Value::absent());
      object.add(path.back().name, {});
    }
  }

  // An element that is the last may have been added; elements before it that are null, too.
  void forget_element(Value& array, Path path) {
    const std::size_t index = index_of(path.back().name);
    if (index == no_index || (index >= array.fields.size() && !array.open)) {
      return forget_at(path.first(path.size() - 1));
    }
    if (index + 1 < array.fields.size()) {
      lesson(path, std::exchange(array.fields[index].value, Value()));
      return;
    }
    forget_length_of(array, path.first(path.size() - 1));
    if (index < array.fields.size()) forget_last(array, path);
    while (!array.fields.empty()) {
      const Value& last = array.fields.back().value;
      if (!last.is_null() && !last.is(Kind::unknown)) break;
      forget_last(array, path);
    }
  }

  void forget_last(Value& array, Path path) {
    auto names = names_of(path);
    names.back() = std::to_string(array.fields.size() - 1);
    Value& last = array.fields.back().value;
    if (!last.is(Kind::unknown)) lessons_.push_back({std::move(names), std::move(last), {}});
    array.fields.pop_back();
  }

  // Arrays are only ever cut, so what is left was there.
  void forget_length(Path path) {
    const auto steps = walk(path);
    if (!steps) return;
    Value& array = *steps->back();
    if (!array.is(Kind::array)) return forget_at(path);
    forget_length_of(array, path);
  }

  void forget_length_of(Value& array, Path path) {
    if (std::exchange(array.open, true)) return;
    lessons_.push_back({names_of(path), {}, array.fields.size()});
  }

  // A field is gone, of an element null is left: something was there.
  void forget_unset(Path path, Value& parent) {
    Value* const left = parent.is(Kind::array) ? element(parent, path.back().name) : nullptr;
    if (left == nullptr) return forget_at(path);
    lesson(path, std::exchange(*left, Value()));
  }

  void lesson(Path path, Value value) {
    if (!value.is(Kind::unknown)) lessons_.push_back({names_of(path), std::move(value), {}});
  }

  Value& root_;
  std::vector<Lesson> lessons_;
};

/// What is at the lesson's path; nullptr if nothing can be said of it.
Value* place_of(Value& document, const Lesson& lesson, bool& fits) {
  Value* at = &document;
  for (const std::string& name : lesson.path) {
    if (at->is(Kind::unknown)) return nullptr;
    Value* next = nullptr;
    if (at->is(Kind::object)) {
      next = at->find(name);
      if (next == nullptr && at->open) next = &at->add(name, {});
    } else if (at->is(Kind::array)) {
      const std::size_t index = index_of(name);
      const bool reachable = index != no_index && (index < at->fields.size() || at->open);
      if (reachable && at->grow(index + 1)) next = &at->fields[index].value;
    }
    if (next == nullptr) {
      fits = !lesson.value.is_present() && !lesson.length;
      return nullptr;
    }
    at = next;
  }
  return at;
}

bool learn_length(Value& value, std::size_t length) {
  if (value.is(Kind::unknown)) return true;
  if (!value.is(Kind::array) || value.fields.size() > length) return false;
  if (!value.open) return value.fields.size() == length;
  value.open = !value.grow(length);
  return true;
}

}  // namespace

std::vector<Lesson> forget_update(Value& document, bson::Document o, Trust trust) {
  Forgetting forgetting(document);
  const auto update = oplog::describe_update(o);
  const bool understood = update && (update->form == oplog::UpdateForm::delta ||
                                     update->form == oplog::UpdateForm::modifiers);
  if (!understood) {
    forgetting.whole_document();
    return forgetting.take();
  }
  for (auto change = update->changes.rbegin(); change != update->changes.rend(); ++change) {
    if (trust == Trust::by_hand) {
      forgetting.whole_field(*change);
    } else if (update->form == oplog::UpdateForm::delta) {
      forgetting.delta(*change);
    } else {
      forgetting.modifier(*change);
    }
  }
  return forgetting.take();
}

bool learn_lessons(Value& document, std::vector<Lesson> lessons) {
  for (auto lesson = lessons.rbegin(); lesson != lessons.rend(); ++lesson) {
    bool fits = true;
    Value* const place = place_of(document, *lesson, fits);
    if (place != nullptr) {
      fits = lesson->length ? learn_length(*place, *lesson->length)
                            : learn(*place, std::move(lesson->value));
    }
    if (!fits) return false;
  }
  return true;
}

}  // namespace mongotail::state
