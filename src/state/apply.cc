#include "state/apply.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "oplog/update_diff.h"

namespace mongotail::state {
namespace {

using Kind = Value::Kind;
using oplog::Change;
using oplog::PathKey;

// A field that was not there comes last.
void put(Value& object, std::string_view name, Value value) {
  Value* const present = object.find(name);
  if (present != nullptr && !present->is(Kind::absent)) {
    *present = std::move(value);
    return;
  }
  object.erase(name);
  object.add(name, std::move(value));
}

void take_away(Value& object, std::string_view name) {
  if (!object.open) return object.erase(name);
  Value* const present = object.find(name);
  (present != nullptr ? *present : object.add(name, {})) = Value::absent();
}

/// The changes of a `$v: 2` delta.
class Delta {
 public:
  Delta(Value& root, Trust trust) : root_(root), trust_(trust) {}

  void apply(const Change& change) {
    Value* at = &root_;
    for (std::size_t i = 0; i + 1 < change.path.size(); ++i) {
      at = step(*at, change.path[i]);
      if (at == nullptr) return;
    }
    const PathKey& leaf = change.path.back();
    switch (change.kind) {
      case Change::Kind::set:
      case Change::Kind::append:
        return set(*at, leaf, change);
      case Change::Kind::unset:
        if (enter(*at, leaf)) take_away(*at, leaf.name);
        return;
      case Change::Kind::truncate:
        if (Value* const array = step(*at, leaf)) resize(*array, change.length);
        return;
      case Change::Kind::splice:
        if (Value* const binary = step(*at, leaf)) splice(*binary, change);
        return;
    }
  }

 private:
  /// Whether `at` is now something that has such keys. What is of another type becomes null.
  bool enter(Value& at, const PathKey& key) const {
    const Kind wanted = key.array_index ? Kind::array : Kind::object;
    if (at.is(wanted)) return true;
    if (at.is(Kind::absent)) return false;
    if (!at.is(Kind::unknown)) {
      at = Value::null();
      return false;
    }
    if (trust_ == Trust::by_hand) return false;
    at = Value::of(wanted, true);
    return true;
  }

  /// What `key` leads to; nullptr if the change comes to nothing more.
  Value* step(Value& at, const PathKey& key) const {
    if (!enter(at, key)) return nullptr;
    if (key.array_index) {
      const std::size_t index = index_of(key.name);
      return index != no_index && at.grow(index + 1) ? &at.fields[index].value : nullptr;
    }
    Value* const child = at.find(key.name);
    return child != nullptr || !at.open ? child : &at.add(key.name, {});
  }

  void set(Value& at, const PathKey& key, const Change& change) const {
    if (key.array_index) {
      if (Value* const element = step(at, key)) *element = Value::of(*change.value);
      return;
    }
    if (!enter(at, key)) return;
    if (change.kind == Change::Kind::append) at.erase(key.name);
    put(at, key.name, Value::of(*change.value));
  }

  void resize(Value& array, std::int32_t length) const {
    if (array.is(Kind::absent) || (array.is(Kind::unknown) && trust_ == Trust::by_hand)) return;
    if (array.is(Kind::unknown)) array = Value::of(Kind::array, true);
    if (!array.is(Kind::array)) {
      array = Value::null();
      return;
    }
    const auto size = static_cast<std::size_t>(length);
    if (array.fields.size() > size) array.fields.resize(size);
    if (array.grow(size)) array.open = false;
  }

  static void splice(Value& binary, const Change& change) {
    constexpr std::size_t head = 5;  // the length and the subtype
    const auto kept = static_cast<std::size_t>(change.length);
    if (!binary.is(Kind::scalar) || binary.type != bson::Type::binary) return;
    if (binary.bytes.size() < head + kept) return;
    binary.bytes.resize(head + kept);
    const auto data = change.value->as_binary()->data;
    binary.bytes.insert(binary.bytes.end(), data.begin(), data.end());
    const auto length = static_cast<std::int32_t>(binary.bytes.size() - head);
    std::memcpy(binary.bytes.data(), &length, sizeof length);
  }

  Value& root_;
  Trust trust_;
};

/// The changes of `$set` and `$unset`. A component of digits is an index if the parent is an array;
/// parents that are missing are created.
class Modifiers {
 public:
  Modifiers(Value& root, Trust trust) : root_(root), trust_(trust) {}

  void apply(const Change& change) {
    const bool set = change.kind == Change::Kind::set;
    Value* at = &root_;
    for (std::size_t i = 0; i + 1 < change.path.size() && at != nullptr; ++i) {
      at = step(*at, change.path[i].name, set);
    }
    if (at == nullptr || !enter(*at, change.path.back().name, set)) return;
    const std::string_view leaf = change.path.back().name;
    if (at->is(Kind::array)) {
      if (Value* const element = step_into_array(*at, leaf, set)) {
        *element = set ? Value::of(*change.value) : Value::null();
      }
    } else if (set) {
      put(*at, leaf, Value::of(*change.value));
    } else {
      take_away(*at, leaf);
    }
  }

 private:
  /// Whether `at` is now an object or an array.
  bool enter(Value& at, std::string_view name, bool set) const {
    if (at.is(Kind::absent) && set) at = Value::of(Kind::object);
    if (at.is(Kind::unknown) && trust_ == Trust::logged && index_of(name) == no_index) {
      at = Value::of(Kind::object, true);
    }
    return at.is(Kind::object) || at.is(Kind::array);
  }

  Value* step(Value& at, std::string_view name, bool set) const {
    if (!enter(at, name, set)) return nullptr;
    if (at.is(Kind::array)) {
      const std::size_t before = at.fields.size();
      Value* const element = step_into_array(at, name, set);
      const bool is_new = element != nullptr && !at.open && at.fields.size() > before;
      if (is_new) *element = Value::absent();
      return element;
    }
    if (Value* const child = at.find(name)) return child;
    if (at.open) return &at.add(name, {});
    return set ? &at.add(name, Value::absent()) : nullptr;
  }

  static Value* step_into_array(Value& array, std::string_view name, bool set) {
    const std::size_t index = index_of(name);
    if (index == no_index) return nullptr;
    if (index >= array.fields.size() && !set && !array.open) return nullptr;
    return array.grow(index + 1) ? &array.fields[index].value : nullptr;
  }

  Value& root_;
  Trust trust_;
};

template <typename Changes>
bool apply_all(Value& document, oplog::ChangeReader& reader, Trust trust) {
  Changes changes(document, trust);
  while (reader.next()) changes.apply(reader.change());
  return !reader.error() && reader.form() != oplog::UpdateForm::unknown;
}

}  // namespace

bool apply_update(Value& document, bson::Document o, Trust trust) {
  oplog::ChangeReader reader(o);
  if (reader.form() == oplog::UpdateForm::delta) return apply_all<Delta>(document, reader, trust);
  if (reader.form() != oplog::UpdateForm::modifiers) return false;
  return apply_all<Modifiers>(document, reader, trust);
}

}  // namespace mongotail::state
