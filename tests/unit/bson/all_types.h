#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bson/builder.h"

namespace mongotail::bson {

/// An element whose value is given as bytes; for types that Builder does not write.
inline Builder& append_raw(Builder& builder, Type type, std::string_view key,
                           const std::vector<std::uint8_t>& value) {
  return builder.append(Element(type, key, value));
}

/// A document with a field of every type that BSON has, nested ones included.
inline OwnedDocument document_of_all_types() {
  Builder b;
  b.append("double", 1.5).append("string", "text").append("int", 7).append("long", std::int64_t{8});
  b.append("true", true).append("ts", Timestamp{9, 10});
  b.open_document("doc").append("x", 1).open_document("deep").close().close();
  b.open_array("array").append("0", "first").append("1", 2.0).close();
  b.append_regex("regex", "^a.*", "im");
  append_raw(b, Type::binary, "bin", {3, 0, 0, 0, 5, 'a', 'b', 'c'});
  append_raw(b, Type::undefined, "undefined", {});
  append_raw(b, Type::object_id, "oid", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  append_raw(b, Type::date, "date", {1, 0, 0, 0, 0, 0, 0, 0});
  append_raw(b, Type::null, "null", {});
  append_raw(b, Type::db_pointer, "pointer",
             {2, 0, 0, 0, 'c', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  append_raw(b, Type::code, "code", {3, 0, 0, 0, 'x', ';', 0});
  append_raw(b, Type::symbol, "symbol", {2, 0, 0, 0, 's', 0});
  append_raw(b, Type::code_with_scope, "scoped",
             {22, 0, 0, 0, 2, 0, 0, 0, 'f', 0, 12, 0, 0, 0, 16, 'v', 0, 1, 0, 0, 0, 0});
  append_raw(b, Type::decimal128, "decimal",
             {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x30});
  append_raw(b, Type::min_key, "min", {});
  append_raw(b, Type::max_key, "max", {});
  return b.take();
}

}  // namespace mongotail::bson
