#include "match/id_hash.h"

#include <cstdint>
#include <functional>
#include <string_view>

#include "match/bson_compare.h"
#include "match/numbers.h"

namespace mongotail::match {
namespace {

std::size_t mix(std::size_t seed, std::size_t value) {
  // The golden ratio's bits spread what is close together.
  return seed ^ (value + 0x9e3779b97f4a7c15u + (seed << 6) + (seed >> 2));
}

std::size_t hash_of_bytes(bson::Bytes bytes) {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::size_t hash_of_id(const bson::Element& id) {
  const auto seed = static_cast<std::size_t>(canonical_type(id.type()));
  if (is_number(id.type())) {
    const auto whole = exact_int64(id);
    return whole ? mix(seed, std::hash<std::int64_t>()(*whole)) : seed;
  }
  switch (id.type()) {
    case bson::Type::string:
    case bson::Type::symbol:
      return mix(seed, std::hash<std::string_view>()(id.as_text().value_or("")));
    case bson::Type::object_id:
    case bson::Type::binary:
    case bson::Type::date:
    case bson::Type::timestamp:
    case bson::Type::boolean:
      return mix(seed, hash_of_bytes(id.value()));
    default:
      // Documents may hold numbers, which compare across types at any depth.
      return seed;
  }
}

}  // namespace mongotail::match
