#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "bson/types.h"

namespace mongotail::bson {

static_assert(std::endian::native == std::endian::little, "BSON is read in place");

using Bytes = std::span<const std::uint8_t>;

/// Reads a little-endian number; the caller has checked that the bytes are there.
template <typename T>
T load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

class Document;

struct Binary {
  std::uint8_t subtype = 0;
  Bytes data;
};

struct Regex {
  std::string_view pattern;
  std::string_view options;
};

/// One field of a document. It refers to the document's bytes and lives as long as they do.
/// A Reader hands out only elements whose value lies whole within the document and whose inner
/// lengths agree, so the `as_…` of the element's own type always succeeds and never looks past it;
/// that of another type is nullopt. Nested documents are checked when they are read.
class Element {
 public:
  Element() = default;
  Element(Type type, std::string_view key, Bytes value) : type_(type), key_(key), value_(value) {}

  Type type() const { return type_; }
  /// May hold any bytes but NUL; not necessarily UTF-8.
  std::string_view key() const { return key_; }
  /// key() == name.
  template <std::size_t N>
  bool is(const char (&name)[N]) const {
    return key_.size() == N - 1 && std::memcmp(key_.data(), name, N - 1) == 0;
  }
  /// The value's bytes as stored, without type and key.
  Bytes value() const { return value_; }

  std::optional<double> as_double() const { return number<double>(Type::number_double); }
  std::optional<std::int32_t> as_int32() const { return number<std::int32_t>(Type::int32); }
  std::optional<std::int64_t> as_int64() const { return number<std::int64_t>(Type::int64); }
  std::optional<bool> as_bool() const;
  /// Milliseconds since 1970.
  std::optional<std::int64_t> as_date() const { return number<std::int64_t>(Type::date); }
  std::optional<Timestamp> as_timestamp() const;
  std::optional<ObjectId> as_object_id() const;
  std::optional<Decimal128> as_decimal128() const;
  /// The text of a string, a symbol or a code; without the closing NUL.
  std::optional<std::string_view> as_text() const;
  std::optional<Binary> as_binary() const;
  std::optional<Regex> as_regex() const;
  std::optional<Document> as_document() const;
  std::optional<Document> as_array() const;
  /// A document or an array.
  std::optional<Document> as_container() const;
  /// An int32, an int64, or a double that is whole and within the range of int64.
  std::optional<std::int64_t> as_integer() const;

 private:
  template <typename T>
  std::optional<T> number(Type type) const {
    if (type_ != type) return std::nullopt;
    return load<T>(value_.data());
  }

  Type type_ = Type::null;
  std::string_view key_;
  Bytes value_;
};

/// A BSON document that lies in somebody else's memory. Copying it copies no bytes. The empty view
/// (default-constructed) has no fields.
class Document {
 public:
  Document() = default;
  /// Takes the first document in `bytes`: nullopt unless its length prefix is at least 5, within
  /// `bytes`, and the byte at its end is NUL. What lies inside is checked by whoever reads it.
  static std::optional<Document> from(Bytes bytes);

  Bytes bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  /// No fields at all.
  bool empty() const { return bytes_.size() <= 5; }

  /// The first field of that name; nullopt also where damage comes before it.
  std::optional<Element> find(std::string_view key) const;
  std::optional<Element> first() const;

  class Iterator;
  /// Iteration ends at damage as it does at the end: where that matters, use a Reader or
  /// validate().
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Reader;
  explicit Document(Bytes bytes) : bytes_(bytes) {}

  Bytes bytes_;
};

/// Walks the fields of one document (not into nested ones) and checks each against the document's
/// bounds before it hands it out.
class Reader {
 public:
  explicit Reader(Document document)
      : begin_(document.bytes_.data()),
        at_(document.bytes_.size() >= 5 ? begin_ + 4 : nullptr),
        // The closing NUL is not part of any field.
        end_(document.bytes_.size() >= 5 ? begin_ + document.bytes_.size() - 1 : nullptr) {}

  /// False at the end and at damage.
  bool next(Element& element);
  bool damaged() const { return damaged_; }
  /// Where reading stopped, in bytes from the document's begin.
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  bool fail() {
    damaged_ = true;
    return false;
  }

  const std::uint8_t* begin_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool damaged_ = false;
};

class Document::Iterator {
 public:
  using value_type = Element;
  using difference_type = std::ptrdiff_t;

  explicit Iterator(Document document) : reader_(document), more_(reader_.next(element_)) {}
  const Element& operator*() const { return element_; }
  const Element* operator->() const { return &element_; }
  Iterator& operator++() {
    more_ = reader_.next(element_);
    return *this;
  }
  /// Only a comparison with end() makes sense.
  bool operator==(const Iterator& other) const { return more_ == other.more_; }

 private:
  Reader reader_;
  Element element_;
  bool more_;
};

inline Document::Iterator Document::begin() const {
  return Iterator(*this);
}
inline Document::Iterator Document::end() const {
  return Iterator(Document());
}

/// How deep documents may nest. The server allows 180 levels in what it stores.
inline constexpr int max_depth = 200;

/// Where and why bytes are not a BSON document.
struct Damage {
  std::size_t offset = 0;  ///< from the document's begin
  std::string_view reason;
};

/// Reads every field at every depth. Text need not be UTF-8: the server stores other bytes too.
std::optional<Damage> validate(Document document);

namespace detail {

/// What lies inside a field's value; offsets are from the begin of `outer`, `depth` is the value's.
std::optional<Damage> validate_value(const Element& field, const std::uint8_t* outer, int depth);
std::optional<Damage> damage_at_end(const Reader& reader);

inline constexpr std::size_t bad_value = SIZE_MAX;

/// A string as BSON stores it: int32 length with the NUL, the bytes, a NUL.
inline std::size_t string_size(const std::uint8_t* at, std::size_t room) {
  if (room < 5) return bad_value;
  const auto length = load<std::int32_t>(at);
  if (length < 1 || static_cast<std::size_t>(length) > room - 4) return bad_value;
  const std::size_t size = 4 + static_cast<std::size_t>(length);
  return at[size - 1] == 0 ? size : bad_value;
}

inline std::size_t document_size(const std::uint8_t* at, std::size_t room) {
  if (room < 5) return bad_value;
  const auto length = load<std::int32_t>(at);
  if (length < 5 || static_cast<std::size_t>(length) > room) return bad_value;
  const auto size = static_cast<std::size_t>(length);
  return at[size - 1] == 0 ? size : bad_value;
}

/// As value_size, for the types that are rare.
std::size_t rare_value_size(Type type, const std::uint8_t* at, std::size_t room);

/// The size of a value of that type that starts at `at`, or bad_value where it does not fit in
/// `room` bytes, where its inner lengths disagree, or where BSON has no such type.
inline std::size_t value_size(Type type, const std::uint8_t* at, std::size_t room) {
  const auto fixed = [room](std::size_t size) { return size <= room ? size : bad_value; };
  switch (type) {
    case Type::int32:
      return fixed(4);
    case Type::number_double:
    case Type::date:
    case Type::timestamp:
    case Type::int64:
      return fixed(8);
    case Type::object_id:
      return fixed(12);
    case Type::decimal128:
      return fixed(16);
    case Type::boolean:
      return room >= 1 && *at <= 1 ? 1 : bad_value;
    case Type::undefined:
    case Type::null:
    case Type::min_key:
    case Type::max_key:
      return 0;
    case Type::string:
      return string_size(at, room);
    case Type::document:
    case Type::array:
      return document_size(at, room);
    default:
      return rare_value_size(type, at, room);
  }
}

/// The first NUL from `at` on; there is one at `last` at the latest.
inline const std::uint8_t* find_nul(const std::uint8_t* at, const std::uint8_t* last) {
  // Keys are short: eight bytes at a time are found faster than memchr() is called.
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 0xFF;
  constexpr std::uint64_t high = ones * 0x80;
  for (; last - at >= 7; at += 8) {
    const auto bytes = load<std::uint64_t>(at);
    // The lowest bit that is set is that of the first NUL.
    const std::uint64_t nuls = (bytes - ones) & ~bytes & high;
    if (nuls != 0) return at + std::countr_zero(nuls) / 8;
  }
  while (*at != 0) ++at;
  return at;
}

}  // namespace detail

inline std::optional<Document> Document::from(Bytes bytes) {
  const std::size_t size = detail::document_size(bytes.data(), bytes.size());
  if (size == detail::bad_value) return std::nullopt;
  return Document(bytes.first(size));
}

inline std::optional<Timestamp> Element::as_timestamp() const {
  if (type_ != Type::timestamp) return std::nullopt;
  return Timestamp{load<std::uint32_t>(value_.data() + 4), load<std::uint32_t>(value_.data())};
}

inline std::optional<std::string_view> Element::as_text() const {
  if (type_ != Type::string && type_ != Type::symbol && type_ != Type::code) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(value_.data() + 4),
                          static_cast<std::size_t>(load<std::int32_t>(value_.data())) - 1);
}

inline std::optional<Document> Element::as_document() const {
  return type_ == Type::document ? Document::from(value_) : std::nullopt;
}

inline std::optional<Document> Element::as_container() const {
  return type_ == Type::document || type_ == Type::array ? Document::from(value_) : std::nullopt;
}

inline bool Reader::next(Element& element) {
  if (at_ == end_ || damaged_) return false;
  const auto type = static_cast<Type>(*at_);
  const std::uint8_t* key = at_ + 1;
  const std::uint8_t* key_end = detail::find_nul(key, end_);
  if (key_end == end_) return fail();
  const std::uint8_t* value = key_end + 1;
  const std::size_t size = detail::value_size(type, value, static_cast<std::size_t>(end_ - value));
  if (size == detail::bad_value) return fail();
  element = Element(
      type,
      std::string_view(reinterpret_cast<const char*>(key), static_cast<std::size_t>(key_end - key)),
      Bytes(value, size));
  at_ = value + size;
  return true;
}

/// The same; `take` is called with each field of the top level on the way.
template <typename Take>
std::optional<Damage> validate(Document document, Take take) {
  Reader reader(document);
  Element field;
  while (reader.next(field)) {
    if (auto damage = detail::validate_value(field, document.bytes().data(), 1)) return damage;
    take(field);
  }
  return detail::damage_at_end(reader);
}

}  // namespace mongotail::bson
