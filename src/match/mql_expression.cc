#include "match/mql_expression.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "match/bson_compare.h"
#include "match/numbers.h"

namespace mongotail::match {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;

bool is_nullish(Type type) {
  return type == Type::null || type == Type::undefined;
}

bool less(const Element& a, const Element& b) {
  return compare_values(a, b) < 0;
}

// What a comparison costs at most: it ends with the shorter value.
std::size_t steps_to_compare(std::size_t a, std::size_t b) {
  constexpr std::size_t call = 20;
  return call + std::min(a, b);
}

}  // namespace

template <typename Test>
bool LogicalExpression::combine(const Test& test) const {
  switch (kind_) {
    case Kind::all:
      return std::ranges::all_of(children_, test);
    case Kind::any:
      return std::ranges::any_of(children_, test);
    case Kind::none:
      break;
  }
  return std::ranges::none_of(children_, test);
}

bool LogicalExpression::matches(Document document, Effort& effort) const {
  return combine([document, &effort](const ExpressionPtr& child) {
    return effort.spend(1) && child->matches(document, effort);
  });
}

bool LogicalExpression::matches_value(const Element* value, Effort& effort) const {
  return combine([value, &effort](const ExpressionPtr& child) {
    return effort.spend(1) && child->matches_value(value, effort);
  });
}

bool CompareExpression::matches_value(const Element* value, Effort& effort) const {
  // What is missing has the rank of undefined.
  const int rank = canonical_type(value != nullptr ? value->type() : Type::undefined);
  if (rank != canonical_type(operand_.type())) return matches_unlike(rank);
  if (value == nullptr) return kind_ == Kind::equal;
  if (!effort.spend(steps_to_compare(value->value().size(), operand_.value().size()))) return false;
  if (kind_ != Kind::equal && is_number(value->type()) && (is_nan(*value) || is_nan(operand_))) {
    const bool or_equal = kind_ == Kind::less_equal || kind_ == Kind::greater_equal;
    return or_equal && is_nan(*value) && is_nan(operand_);
  }
  const std::partial_ordering order = compare_values(*value, operand_);
  switch (kind_) {
    case Kind::equal:
      return order == 0;
    case Kind::less:
      return order < 0;
    case Kind::less_equal:
      return order <= 0;
    case Kind::greater:
      return order > 0;
    case Kind::greater_equal:
      return order >= 0;
  }
  return false;
}

bool CompareExpression::matches_unlike(int rank) const {
  const bool or_equal = kind_ == Kind::less_equal || kind_ == Kind::greater_equal;
  switch (operand_.type()) {
    case Type::null:
      return rank == canonical_type(Type::undefined) && (or_equal || kind_ == Kind::equal);
    case Type::max_key:
      return kind_ == Kind::less || kind_ == Kind::less_equal;
    case Type::min_key:
      return kind_ == Kind::greater || kind_ == Kind::greater_equal;
    default:
      return false;
  }
}

bool RegexExpression::matches_value(const Element* value, Effort& effort) const {
  if (value == nullptr) return false;
  if (value->type() == Type::string || value->type() == Type::symbol) {
    return regex_.found_in(value->as_text().value_or(""), effort);
  }
  const auto regex = value->as_regex();
  return regex && regex->pattern == regex_.pattern() && regex->options == regex_.options();
}

InExpression::InExpression(const MqlPath& path, std::vector<Element> values,
                           std::vector<std::unique_ptr<const RegexExpression>> regexes)
    : LeafExpression(path, MqlPath::Leaf::elements_then_array),
      values_(std::move(values)),
      regexes_(std::move(regexes)) {
  std::ranges::sort(values_, less);
  for (const Element& each : values_) longest_ = std::max(longest_, each.value().size());
  has_null_ =
      std::ranges::any_of(values_, [](const Element& value) { return value.type() == Type::null; });
}

bool InExpression::matches_value(const Element* value, Effort& effort) const {
  if (has_null_ && (value == nullptr || is_nullish(value->type()))) return true;
  if (value == nullptr) return false;
  const auto comparisons = static_cast<std::size_t>(std::bit_width(values_.size())) + 1;
  const std::size_t each = steps_to_compare(value->value().size(), longest_);
  if (!effort.spend(comparisons * each)) return false;
  const auto found = std::ranges::lower_bound(values_, *value, less);
  if (found != values_.end() && compare_values(*found, *value) == 0) return true;
  return std::ranges::any_of(regexes_, [value, &effort](const auto& regex) {
    return effort.spend(1) && regex->matches_value(value, effort);
  });
}

bool TypeExpression::matches_value(const Element* value, Effort&) const {
  return value != nullptr && std::ranges::find(types_, value->type()) != types_.end();
}

bool ModExpression::matches_value(const Element* value, Effort&) const {
  const auto dividend = value != nullptr ? truncated_int64(*value) : std::nullopt;
  if (!dividend) return false;
  // The lowest int64 divided by -1 would overflow.
  const std::int64_t remainder = divisor_ == -1 ? 0 : *dividend % divisor_;
  return remainder == remainder_;
}

template <typename IsSet>
bool BitsExpression::decide(const IsSet& is_set) const {
  switch (kind_) {
    case Kind::all_set:
      return std::ranges::all_of(positions_, is_set);
    case Kind::all_clear:
      return std::ranges::none_of(positions_, is_set);
    case Kind::any_set:
      return std::ranges::any_of(positions_, is_set);
    case Kind::any_clear:
      break;
  }
  return !std::ranges::all_of(positions_, is_set);
}

bool BitsExpression::matches_value(const Element* value, Effort& effort) const {
  if (value == nullptr || !effort.spend(2 * positions_.size())) return false;
  if (const auto binary = value->as_binary()) {
    return decide([data = binary->data](std::uint32_t position) {
      return position / 8 < data.size() && (data[position / 8] >> position % 8 & 1) != 0;
    });
  }
  const auto number = exact_int64(*value);
  if (!number) return false;
  return decide([bits = static_cast<std::uint64_t>(*number)](std::uint32_t position) {
    return (bits >> std::min(position, 63U) & 1) != 0;
  });
}

bool SizeExpression::matches_value(const Element* value, Effort& effort) const {
  const auto array = value != nullptr ? value->as_array() : std::nullopt;
  if (!array || !effort.spend(array->size())) return false;
  bson::Reader reader(*array);
  Element element;
  std::int64_t size = 0;
  while (reader.next(element)) ++size;
  return !reader.damaged() && size == size_;
}

bool ElemMatchExpression::matches_value(const Element* value, Effort& effort) const {
  const auto array = value != nullptr ? value->as_array() : std::nullopt;
  if (!array) return false;
  for (const Element& element : *array) {
    if (!effort.spend(10)) return false;
    if (kind_ == Kind::value) {
      if (condition_->matches_value(&element, effort)) return true;
    } else if (const auto nested = element.as_container()) {
      if (condition_->matches(*nested, effort)) return true;
    }
  }
  return false;
}

}  // namespace mongotail::match
