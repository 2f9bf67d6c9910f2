#include "bson/builder.h"

#include <charconv>
#include <utility>

namespace mongotail::bson {

void Builder::raw(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  bytes_.insert(bytes_.end(), bytes, bytes + size);
}

void Builder::header(Type type, std::string_view key) {
  bytes_.push_back(static_cast<std::uint8_t>(type));
  raw(key.data(), key.size());
  bytes_.push_back(0);
}

void Builder::open_here() {
  open_.push_back(bytes_.size());
  bytes_.resize(bytes_.size() + 4);
}

Builder& Builder::append(std::string_view key, double value) {
  header(Type::number_double, key);
  raw(&value, sizeof value);
  return *this;
}

Builder& Builder::append(std::string_view key, std::int32_t value) {
  header(Type::int32, key);
  raw(&value, sizeof value);
  return *this;
}

Builder& Builder::append(std::string_view key, std::int64_t value) {
  header(Type::int64, key);
  raw(&value, sizeof value);
  return *this;
}

Builder& Builder::append(std::string_view key, bool value) {
  header(Type::boolean, key);
  bytes_.push_back(value ? 1 : 0);
  return *this;
}

Builder& Builder::append(std::string_view key, std::string_view value) {
  header(Type::string, key);
  const auto length = static_cast<std::int32_t>(value.size() + 1);
  raw(&length, sizeof length);
  raw(value.data(), value.size());
  bytes_.push_back(0);
  return *this;
}

Builder& Builder::append(std::string_view key, Timestamp value) {
  header(Type::timestamp, key);
  raw(&value.ordinal, 4);
  raw(&value.seconds, 4);
  return *this;
}

Builder& Builder::append_date(std::string_view key, std::int64_t millis) {
  header(Type::date, key);
  raw(&millis, sizeof millis);
  return *this;
}

Builder& Builder::append(std::string_view key, Document value) {
  if (value.bytes().empty()) return open_document(key).close();
  header(Type::document, key);
  raw(value.bytes().data(), value.bytes().size());
  return *this;
}

Builder& Builder::append_array(std::string_view key, Document value) {
  if (value.bytes().empty()) return open_array(key).close();
  header(Type::array, key);
  raw(value.bytes().data(), value.bytes().size());
  return *this;
}

Builder& Builder::append_binary(std::string_view key, std::uint8_t subtype, Bytes data) {
  header(Type::binary, key);
  const auto size = static_cast<std::int32_t>(data.size());
  raw(&size, sizeof size);
  bytes_.push_back(subtype);
  raw(data.data(), data.size());
  return *this;
}

Builder& Builder::append_regex(std::string_view key, std::string_view pattern,
                               std::string_view options) {
  header(Type::regex, key);
  raw(pattern.data(), pattern.size());
  bytes_.push_back(0);
  raw(options.data(), options.size());
  bytes_.push_back(0);
  return *this;
}

Builder& Builder::append(std::string_view key, const Element& element) {
  header(element.type(), key);
  raw(element.value().data(), element.value().size());
  return *this;
}

Builder& Builder::open_document(std::string_view key) {
  header(Type::document, key);
  open_here();
  return *this;
}

Builder& Builder::open_array(std::string_view key) {
  header(Type::array, key);
  open_here();
  return *this;
}

Builder& Builder::close() {
  const std::size_t begin = open_.back();
  open_.pop_back();
  bytes_.push_back(0);
  const auto length = static_cast<std::int32_t>(bytes_.size() - begin);
  std::memcpy(bytes_.data() + begin, &length, sizeof length);
  return *this;
}

void Builder::close_all() {
  while (!open_.empty()) close();
}

OwnedDocument Builder::take() {
  close_all();
  OwnedDocument done(std::move(bytes_));
  clear();
  return done;
}

Document Builder::finish() {
  close_all();
  return *Document::from(bytes_);
}

void Builder::clear() {
  bytes_.clear();
  open_.clear();
  open_here();
}

std::string_view array_key(std::size_t index, char (&buffer)[24]) {
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), index).ptr;
  return {buffer, static_cast<std::size_t>(end - buffer)};
}

}  // namespace mongotail::bson
