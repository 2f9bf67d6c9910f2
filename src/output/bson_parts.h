#pragma once

#include <string_view>

#include "bson/view.h"

namespace mongotail::output {

/// The parts of values that bson::Element has no accessor for. All take an element that a
/// bson::Reader has handed out, of the type named; the views live as long as its bytes.

struct CodeWithScope {
  std::string_view code;
  bson::Document scope;
};

struct DbPointer {
  std::string_view ns;
  bson::ObjectId id;
};

/// A BSON string (length, text, NUL) at `at`.
inline std::string_view text_at(const std::uint8_t* at) {
  return {reinterpret_cast<const char*>(at + 4),
          static_cast<std::size_t>(bson::load<std::int32_t>(at)) - 1};
}

inline CodeWithScope code_with_scope(const bson::Element& element) {
  const bson::Bytes value = element.value();
  const std::string_view code = text_at(value.data() + 4);
  return {code,
          bson::Document::from(value.subspan(4 + 4 + code.size() + 1)).value_or(bson::Document())};
}

inline DbPointer db_pointer(const bson::Element& element) {
  const bson::Bytes value = element.value();
  return {text_at(value.data()), bson::load<bson::ObjectId>(value.data() + value.size() - 12)};
}

/// The data alone. Subtype 2 (old binary) repeats its length inside (bsonspec.org); that is not
/// part of the data where it is consistent.
inline bson::Bytes binary_data(const bson::Element& element) {
  const bson::Bytes value = element.value();
  const bson::Bytes data = value.subspan(5);
  if (value[4] != 2 || data.size() < 4) return data;
  const auto inner = bson::load<std::int32_t>(data.data());
  const bool consistent = inner >= 0 && static_cast<std::size_t>(inner) == data.size() - 4;
  return consistent ? data.subspan(4) : data;
}

}  // namespace mongotail::output
