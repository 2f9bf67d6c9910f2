// BSON views over any bytes: every accessor of every element at every depth stays within them, and
// what validate() passes reads to its end, by our reader and, at its top level, by libbson's.

#include <bson/bson.h>

#include <optional>
#include <string_view>

#include "fuzz.h"

namespace mongotail {
namespace {

// Reads each byte, so that a sanitizer sees where a view reaches too far.
std::size_t touch(bson::Bytes bytes) {
  std::size_t sum = 0;
  for (const std::uint8_t byte : bytes) sum += byte;
  return sum;
}

std::size_t touch(std::string_view text) {
  return touch({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

template <typename T>
std::size_t is_there(const std::optional<T>& value) {
  return value ? 1 : 0;
}

std::size_t read_scalars(const bson::Element& element) {
  std::size_t sum = touch(element.key()) + touch(element.value());
  if (const auto text = element.as_text()) sum += touch(*text);
  if (const auto binary = element.as_binary()) sum += touch(binary->data);
  if (const auto regex = element.as_regex()) sum += touch(regex->pattern) + touch(regex->options);
  sum += is_there(element.as_double()) + is_there(element.as_int32());
  sum += is_there(element.as_int64()) + is_there(element.as_bool());
  sum += is_there(element.as_date()) + is_there(element.as_timestamp());
  sum += is_there(element.as_object_id()) + is_there(element.as_decimal128());
  sum += is_there(element.as_integer());
  return sum;
}

// Whether all of it could be read. `old_binary` tells of binaries of subtype 2: they hold a length
// of their own, which servers don't check, and libbson does.
bool walk(bson::Document document, int depth, bool& old_binary) {
  if (depth > bson::max_depth) return false;
  bson::Reader reader(document);
  bson::Element element;
  bool whole = true;
  while (reader.next(element)) {
    fuzz::check(read_scalars(element) == read_scalars(element), "a view reads the same twice");
    if (const auto inner = element.as_container()) {
      whole = walk(*inner, depth + 1, old_binary) && whole;
    }
    const auto binary = element.as_binary();
    old_binary = old_binary || (binary && binary->subtype == 2);
    // Code with scope holds a document too; validate() judges it.
  }
  fuzz::check(document.size() == 0 || reader.offset() < document.size(), "a reader stays inside");
  return whole && !reader.damaged();
}

bool libbson_iterates(bson::Document document) {
  bson_t view;
  if (!bson_init_static(&view, document.bytes().data(), document.size())) return false;
  bson_iter_t at;
  if (!bson_iter_init(&at, &view)) return false;
  while (bson_iter_next(&at)) {
  }
  return at.err_off == 0;
}

void judge(bson::Document document) {
  bool old_binary = false;
  const bool whole = walk(document, 1, old_binary);
  const auto damage = bson::validate(document);
  fuzz::check(!damage || damage->offset < document.size(), "damage lies inside");
  if (damage) return;
  fuzz::check(whole, "what validate() passes can be read");
  fuzz::check(old_binary || libbson_iterates(document), "libbson reads what validate() passes");
  for (const bson::Element& element : document) {
    fuzz::check(document.find(element.key()).has_value(), "a field that is there is found");
  }
}

}  // namespace
}  // namespace mongotail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mongotail::fuzz::each_document({data, size}, mongotail::judge);
  return 0;
}
