#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bson/builder.h"
#include "bson/view.h"

namespace mongotail::state {

struct Field;

/// What is known of a value in a document: all of it, or only parts.
struct Value {
  enum class Kind : std::uint8_t {
    unknown,  ///< any value, or none
    absent,   ///< no such field, or no such document
    scalar,   ///< `type` and `bytes`
    object,   ///< `fields`, and others too if `open`
    array,    ///< `fields`, which have no names; more elements may follow if `open`
  };

  Kind kind = Kind::unknown;
  bool open = false;
  bson::Type type = bson::Type::null;
  std::vector<std::uint8_t> bytes;  ///< as bson::Element::value()
  std::vector<Field> fields;

  static Value absent();
  static Value null();
  static Value of(Kind kind, bool open = false);
  static Value of(bson::Document document);
  static Value of(const bson::Element& element);

  bool is(Kind other) const { return kind == other; }
  /// A value that surely is there.
  bool is_present() const { return kind != Kind::unknown && kind != Kind::absent; }
  bool is_null() const { return kind == Kind::scalar && type == bson::Type::null; }

  /// Of an object; nullptr if it is not listed.
  Value* find(std::string_view name);
  Value& add(std::string_view name, Value value);
  void erase(std::string_view name);
  /// Of an array: at least `size` elements. New ones are null, or unknown if the array is open.
  /// False if that is more than a server allows; the value is then unknown.
  bool grow(std::size_t size);
};

struct Field {
  std::string name;
  Value value;
};

// After Field, for a Value is made of some.
inline Value Value::absent() {
  return of(Kind::absent);
}
inline Value Value::null() {
  return of(Kind::scalar);
}

/// Adds to `known` what `more` knows of the same value. False if they contradict each other;
/// `known` is then only partly changed.
bool learn(Value& known, Value more);

inline constexpr std::size_t no_index = SIZE_MAX;

/// An index as a path spells it: digits, without leading zeros. no_index if it is not one, or
/// larger than any array's.
std::size_t index_of(std::string_view name);

/// A value as it can be shown.
struct Description {
  bson::OwnedDocument document;      ///< what is known; an unknown array element is null
  std::vector<std::string> unknown;  ///< dotted paths; `a.*`: a may have more fields or elements
};

/// `object` is of that kind.
Description describe(const Value& object);

}  // namespace mongotail::state
