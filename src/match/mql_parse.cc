#include "match/mql_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "match/mql_operand.h"

namespace mongotail::match {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;
using Node = Result<ExpressionPtr>;
using Logical = LogicalExpression;
using Compare = CompareExpression;

Result<Expressions> parse_conditions(const MqlPath& path, Document operators);
Node parse_fields(Document query);

template <typename T, typename... Args>
ExpressionPtr make(Args&&... args) {
  return std::make_unique<const T>(std::forward<Args>(args)...);
}

ExpressionPtr negate(ExpressionPtr expression) {
  Expressions children;
  children.push_back(std::move(expression));
  return make<Logical>(Logical::Kind::none, std::move(children));
}

ExpressionPtr all_of(Expressions children) {
  if (children.size() == 1) return std::move(children.front());
  return make<Logical>(Logical::Kind::all, std::move(children));
}

bool is_operator(std::string_view key) {
  return key.starts_with('$');
}

std::string_view first_key(const Element& value) {
  const auto document = value.as_document();
  const auto first = document ? document->first() : std::nullopt;
  return first ? first->key() : std::string_view();
}

tl::unexpected<Error> unsupported(std::string_view op) {
  return fail(Cause::usage, fmt::format("the query uses {}, which is not supported", op),
              "compare with $eq $ne $gt $gte $lt $lte $in $nin $exists $type $regex $mod $size "
              "$all $elemMatch and the bit tests; combine with $not $and $or $nor");
}

Node parse_equality(const MqlPath& path, const Element& operand, Compare::Kind kind) {
  if (operand.type() == Type::undefined) {
    return bad_operand(operand.key(), "can't be compared with undefined");
  }
  return make<Compare>(path, kind, operand);
}

Node parse_comparison(const MqlPath& path, const Element& operand, Compare::Kind kind) {
  if (operand.type() == Type::regex && kind != Compare::Kind::equal) {
    return bad_operand(operand.key(), "can't take a regular expression");
  }
  return parse_equality(path, operand, kind);
}

Result<Regex> compile(const Element& value) {
  const auto regex = value.as_regex();
  return Regex::compile(regex->pattern, regex->options);
}

Node regex_node(const MqlPath& path, Result<Regex> regex) {
  if (!regex) return fail(std::move(regex.error()));
  return make<RegexExpression>(path, *std::move(regex));
}

/// A value that stands where a value may: itself, or a regular expression to be searched.
Node parse_value(const MqlPath& path, const Element& value) {
  if (value.type() == Type::regex) return regex_node(path, compile(value));
  return parse_equality(path, value, Compare::Kind::equal);
}

// `$options` may come before or after `$regex`.
Node parse_regex(const MqlPath& path, Document operators, const Element& operand) {
  std::string_view pattern;
  std::string_view options;
  if (const auto regex = operand.as_regex()) {
    pattern = regex->pattern;
    options = regex->options;
  } else if (operand.type() == Type::string) {
    pattern = *operand.as_text();
  } else {
    return bad_operand("$regex", "needs a string or a regular expression");
  }
  if (const auto given = operators.find("$options")) {
    if (given->type() != Type::string) return bad_operand("$options", "needs a string");
    if (!options.empty()) return bad_operand("$options", "repeats the options in $regex");
    options = *given->as_text();
  }
  return regex_node(path, Regex::compile(pattern, options));
}

Node parse_in(const MqlPath& path, const Element& operand) {
  const auto array = operand.as_array();
  if (!array) return bad_operand(operand.key(), "needs an array");
  std::vector<Element> values;
  std::vector<std::unique_ptr<const RegexExpression>> regexes;
  for (const Element& element : *array) {
    if (is_operator_document(element)) {
      return bad_operand(operand.key(),
                         "needs values, not operators; a regular expression among them is written "
                         R"({"$regularExpression": {"pattern": "^a", "options": ""}})");
    }
    if (element.type() == Type::undefined) {
      return bad_operand(operand.key(), "can't take undefined");
    }
    if (element.type() != Type::regex) {
      values.push_back(element);
      continue;
    }
    auto regex = compile(element);
    if (!regex) return fail(std::move(regex.error()));
    regexes.push_back(std::make_unique<const RegexExpression>(path, *std::move(regex)));
  }
  return make<InExpression>(path, std::move(values), std::move(regexes));
}

Node parse_type(const MqlPath& path, const Element& operand) {
  auto types = parse_types(operand);
  if (!types) return fail(std::move(types.error()));
  return make<TypeExpression>(path, *std::move(types));
}

Node parse_mod(const MqlPath& path, const Element& operand) {
  const auto modulus = parse_modulus(operand);
  if (!modulus) return fail(modulus.error());
  return make<ModExpression>(path, modulus->divisor, modulus->remainder);
}

Node parse_array_size(const MqlPath& path, const Element& operand) {
  const auto size = parse_size(operand);
  if (!size) return fail(size.error());
  return make<SizeExpression>(path, *size);
}

Node parse_bits(const MqlPath& path, const Element& operand, BitsExpression::Kind kind) {
  auto positions = parse_bit_positions(operand);
  if (!positions) return fail(std::move(positions.error()));
  return make<BitsExpression>(path, kind, *std::move(positions));
}

bool is_pathless(std::string_view op) {
  return op == "$and" || op == "$or" || op == "$nor" || op == "$comment" || op == "$expr" ||
         op == "$where" || op == "$text" || op == "$jsonSchema" || op == "$alwaysTrue" ||
         op == "$alwaysFalse" || op == "$ref" || op == "$id" || op == "$db";
}

// Conditions on the element itself, unless the first key is a field's name or joins whole queries.
Node parse_elem_match(const MqlPath& path, const Element& operand) {
  const auto document = operand.as_document();
  if (!document) return bad_operand("$elemMatch", "needs a document");
  const std::string_view first = first_key(operand);
  if (is_operator(first) && !is_pathless(first)) {
    auto conditions = parse_conditions(path, *document);
    if (!conditions) return fail(std::move(conditions.error()));
    return make<ElemMatchExpression>(path, ElemMatchExpression::Kind::value,
                                     all_of(*std::move(conditions)));
  }
  auto query = parse_fields(*document);
  if (!query) return query;
  return make<ElemMatchExpression>(path, ElemMatchExpression::Kind::document, *std::move(query));
}

Node parse_all_elem_match(const MqlPath& path, Document array) {
  Expressions children;
  for (const Element& element : array) {
    if (first_key(element) != "$elemMatch") {
      return bad_operand("$all", "can't mix $elemMatch with values");
    }
    auto child = parse_elem_match(path, *element.as_document()->first());
    if (!child) return child;
    children.push_back(*std::move(child));
  }
  return make<Logical>(Logical::Kind::all, std::move(children));
}

Node parse_all(const MqlPath& path, const Element& operand) {
  const auto array = operand.as_array();
  if (!array) return bad_operand("$all", "needs an array");
  const auto first = array->first();
  // Of nothing: no document has it, as in the server.
  if (!first) return make<Logical>(Logical::Kind::any, Expressions());
  if (first_key(*first) == "$elemMatch") return parse_all_elem_match(path, *array);
  Expressions children;
  for (const Element& element : *array) {
    if (is_operator_document(element)) return bad_operand("$all", "needs values, not operators");
    auto child = parse_value(path, element);
    if (!child) return child;
    children.push_back(*std::move(child));
  }
  return make<Logical>(Logical::Kind::all, std::move(children));
}

Node parse_not(const MqlPath& path, const Element& operand) {
  if (operand.type() == Type::regex) {
    auto regex = parse_value(path, operand);
    if (!regex) return regex;
    return negate(*std::move(regex));
  }
  const auto operators = operand.as_document();
  if (!operators || operators->empty()) {
    return bad_operand("$not", "needs a document of operators or a regular expression");
  }
  auto conditions = parse_conditions(path, *operators);
  if (!conditions) return fail(std::move(conditions.error()));
  return negate(all_of(*std::move(conditions)));
}

Node parse_exists(const MqlPath& path, const Element& operand) {
  ExpressionPtr exists = make<ExistsExpression>(path);
  return is_true(operand) ? std::move(exists) : negate(std::move(exists));
}

Node negated(Node node) {
  if (!node) return node;
  return negate(*std::move(node));
}

/// What one operator has in the query: its operand, and the document that it is a field of.
struct Operation {
  const MqlPath& path;
  Element operand;
  Document siblings;
};

struct Operator {
  std::string_view name;
  Node (*parse)(const Operation&);
};

template <Compare::Kind kind>
Node compare(const Operation& op) {
  return parse_comparison(op.path, op.operand, kind);
}

template <BitsExpression::Kind kind>
Node bits(const Operation& op) {
  return parse_bits(op.path, op.operand, kind);
}

template <auto parse>
Node unary(const Operation& op) {
  return parse(op.path, op.operand);
}

Node not_equal(const Operation& op) {
  if (op.operand.type() == Type::regex) {
    return bad_operand("$ne", "can't take a regular expression; use $not");
  }
  return negated(parse_comparison(op.path, op.operand, Compare::Kind::equal));
}

Node not_in(const Operation& op) {
  return negated(parse_in(op.path, op.operand));
}

Node regex(const Operation& op) {
  return parse_regex(op.path, op.siblings, op.operand);
}

constexpr Operator operators[] = {
    {"$eq", compare<Compare::Kind::equal>},
    {"$ne", not_equal},
    {"$lt", compare<Compare::Kind::less>},
    {"$lte", compare<Compare::Kind::less_equal>},
    {"$gt", compare<Compare::Kind::greater>},
    {"$gte", compare<Compare::Kind::greater_equal>},
    {"$in", unary<parse_in>},
    {"$nin", not_in},
    {"$exists", unary<parse_exists>},
    {"$type", unary<parse_type>},
    {"$regex", regex},
    {"$mod", unary<parse_mod>},
    {"$size", unary<parse_array_size>},
    {"$all", unary<parse_all>},
    {"$elemMatch", unary<parse_elem_match>},
    {"$not", unary<parse_not>},
    {"$bitsAllSet", bits<BitsExpression::Kind::all_set>},
    {"$bitsAllClear", bits<BitsExpression::Kind::all_clear>},
    {"$bitsAnySet", bits<BitsExpression::Kind::any_set>},
    {"$bitsAnyClear", bits<BitsExpression::Kind::any_clear>},
};

Result<Expressions> parse_conditions(const MqlPath& path, Document conditions) {
  Expressions children;
  for (const Element& operand : conditions) {
    const std::string_view name = operand.key();
    if (name == "$options") {
      if (!conditions.find("$regex")) return bad_operand("$options", "needs a $regex beside it");
      continue;
    }
    if (!is_operator(name)) {
      return fail(Cause::usage, fmt::format("the query has the field '{}' among operators", name),
                  "use either operators or fields in one document");
    }
    const auto* const found = std::ranges::find(operators, name, &Operator::name);
    if (found == std::end(operators)) return unsupported(name);
    auto child = found->parse({path, operand, conditions});
    if (!child) return fail(std::move(child.error()));
    children.push_back(*std::move(child));
  }
  return children;
}

Node parse_logical(const Element& operand, Logical::Kind kind) {
  const auto array = operand.as_array();
  if (!array || array->empty()) {
    return bad_operand(operand.key(), "needs an array of queries that is not empty");
  }
  Expressions children;
  for (const Element& element : *array) {
    const auto query = element.as_document();
    if (!query) return bad_operand(operand.key(), "needs queries: each must be a document");
    auto child = parse_fields(*query);
    if (!child) return child;
    children.push_back(*std::move(child));
  }
  return make<Logical>(kind, std::move(children));
}

Node parse_pathless(const Element& operand) {
  const std::string_view name = operand.key();
  if (name == "$and") return parse_logical(operand, Logical::Kind::all);
  if (name == "$or") return parse_logical(operand, Logical::Kind::any);
  if (name == "$nor") return parse_logical(operand, Logical::Kind::none);
  return unsupported(name);
}

Node parse_field(const Element& field) {
  const MqlPath path(field.key());
  if (path.size() > MqlPath::max_parts) {
    return fail(Cause::usage, "the query has a path that is deeper than documents can be",
                "name a field nearer to the document's top");
  }
  if (!is_operator_document(field)) return parse_value(path, field);
  auto conditions = parse_conditions(path, *field.as_document());
  if (!conditions) return fail(std::move(conditions.error()));
  return all_of(*std::move(conditions));
}

Node parse_fields(Document query) {
  Expressions children;
  for (const Element& field : query) {
    if (field.key() == "$comment") continue;
    auto child = is_operator(field.key()) ? parse_pathless(field) : parse_field(field);
    if (!child) return child;
    children.push_back(*std::move(child));
  }
  return all_of(std::move(children));
}

bool is_dbref(Document document) {
  return document.find("$ref").has_value() && document.find("$id").has_value();
}

}  // namespace

bool is_operator_document(const Element& value) {
  return is_operator(first_key(value)) && !is_dbref(*value.as_document());
}

Result<ExpressionPtr> parse_query(Document query) {
  if (bson::validate(query)) {
    return fail(Cause::usage, "the query is nested too deeply", "write it with fewer levels");
  }
  return parse_fields(query);
}

}  // namespace mongotail::match
