#include "match/id_match.h"

#include <fmt/format.h>

#include "match/bson_compare.h"
#include "match/literal.h"

namespace mongotail::match {

using bson::Element;

Result<bson::OwnedDocument> parse_id(std::string_view text) {
  auto parsed = parse_literal(text);
  if (!parsed) return parsed;
  const bson::Type type = parsed->view().first()->type();
  if (type == bson::Type::array) {
    return fail(Cause::usage, fmt::format("the id '{}' is an array", text),
                "no document has an array as its _id");
  }
  if (type == bson::Type::regex) {
    return fail(Cause::usage, fmt::format("the id '{}' is a regular expression", text),
                "no document has one as its _id; a string needs quotes of its own: '\"/.../\"'");
  }
  return parsed;
}

IdMatch::IdMatch(bson::Document id) : id_(id) {}

std::optional<Element> IdMatch::id_of(const oplog::Entry& operation) {
  if (operation.is_command()) return std::nullopt;
  const auto of_o2 = operation.o2 ? operation.o2->find("_id") : std::nullopt;
  if (operation.op == "u" && of_o2) return of_o2;
  const auto of_o = operation.o.find("_id");
  return of_o ? of_o : of_o2;
}

bool IdMatch::matches(const oplog::Entry& operation) const {
  const auto id = id_of(operation);
  const auto wanted = id_.view().first();
  return id && wanted && compare_values(*id, *wanted) == 0;
}

}  // namespace mongotail::match
