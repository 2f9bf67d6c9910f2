#pragma once

#include <memory>
#include <string>
#include <vector>

#include "match/mql_path.h"
#include "match/regex.h"

namespace mongotail::match {

/// A node of a parsed query. Like the server's, each can be asked about a document and, inside
/// `$elemMatch` and `$not`, about one value alone. Once the effort is spent, answers mean nothing.
class Expression : public ValueTest {
 public:
  virtual bool matches(bson::Document document, Effort& effort) const = 0;
};

using ExpressionPtr = std::unique_ptr<const Expression>;
using Expressions = std::vector<ExpressionPtr>;

/// `$and`, `$or`, `$nor`, `$not`: of other expressions. `$not` is `$nor` of one.
class LogicalExpression final : public Expression {
 public:
  enum class Kind { all, any, none };

  LogicalExpression(Kind kind, Expressions children)
      : kind_(kind), children_(std::move(children)) {}

  bool matches(bson::Document document, Effort& effort) const override;
  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  template <typename Test>
  bool combine(const Test& test) const;

  Kind kind_;
  Expressions children_;
};

/// A test of the values at one path.
class LeafExpression : public Expression {
 public:
  bool matches(bson::Document document, Effort& effort) const final {
    return path_.any(document, leaf_, *this, effort);
  }

 protected:
  LeafExpression(const MqlPath& path, MqlPath::Leaf leaf) : path_(path), leaf_(leaf) {}

 private:
  MqlPath path_;
  MqlPath::Leaf leaf_;
};

/// `$eq`, `$lt`, `$lte`, `$gt`, `$gte`. Like types alone compare with each other; null also with
/// what is missing, and MinKey and MaxKey with everything.
class CompareExpression final : public LeafExpression {
 public:
  enum class Kind { equal, less, less_equal, greater, greater_equal };

  /// `operand` must outlive the expression.
  CompareExpression(const MqlPath& path, Kind kind, const bson::Element& operand)
      : LeafExpression(path, MqlPath::Leaf::elements_then_array), kind_(kind), operand_(operand) {}

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  bool matches_unlike(int rank) const;

  Kind kind_;
  bson::Element operand_;
};

class RegexExpression final : public LeafExpression {
 public:
  RegexExpression(const MqlPath& path, Regex regex)
      : LeafExpression(path, MqlPath::Leaf::elements_then_array), regex_(std::move(regex)) {}

  /// Strings and symbols in which it is found, and the same regular expression as a value.
  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  Regex regex_;
};

class InExpression final : public LeafExpression {
 public:
  /// `values` must outlive the expression; none is a regular expression.
  InExpression(const MqlPath& path, std::vector<bson::Element> values,
               std::vector<std::unique_ptr<const RegexExpression>> regexes);

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  std::vector<bson::Element> values_;  ///< sorted
  std::vector<std::unique_ptr<const RegexExpression>> regexes_;
  std::size_t longest_ = 0;  ///< bytes of the longest of them
  bool has_null_ = false;
};

class ExistsExpression final : public LeafExpression {
 public:
  explicit ExistsExpression(const MqlPath& path)
      : LeafExpression(path, MqlPath::Leaf::elements_then_array) {}

  bool matches_value(const bson::Element* value, Effort&) const override {
    return value != nullptr;
  }
};

class TypeExpression final : public LeafExpression {
 public:
  TypeExpression(const MqlPath& path, std::vector<bson::Type> types)
      : LeafExpression(path, MqlPath::Leaf::elements_then_array), types_(std::move(types)) {}

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  std::vector<bson::Type> types_;
};

class ModExpression final : public LeafExpression {
 public:
  /// `divisor` is not 0.
  ModExpression(const MqlPath& path, std::int64_t divisor, std::int64_t remainder)
      : LeafExpression(path, MqlPath::Leaf::elements_then_array),
        divisor_(divisor),
        remainder_(remainder) {}

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  std::int64_t divisor_;
  std::int64_t remainder_;
};

/// `$bitsAllSet`, `$bitsAllClear`, `$bitsAnySet`, `$bitsAnyClear`: of whole numbers, as two's
/// complement that is extended without end, and of binary data, which is extended with zeros.
class BitsExpression final : public LeafExpression {
 public:
  enum class Kind { all_set, all_clear, any_set, any_clear };

  /// `positions` are counted from the lowest bit.
  BitsExpression(const MqlPath& path, Kind kind, std::vector<std::uint32_t> positions)
      : LeafExpression(path, MqlPath::Leaf::elements_then_array),
        kind_(kind),
        positions_(std::move(positions)) {}

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  template <typename IsSet>
  bool decide(const IsSet& is_set) const;

  Kind kind_;
  std::vector<std::uint32_t> positions_;
};

class SizeExpression final : public LeafExpression {
 public:
  SizeExpression(const MqlPath& path, std::int64_t size)
      : LeafExpression(path, MqlPath::Leaf::array_only), size_(size) {}

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  std::int64_t size_;
};

/// `$elemMatch`: an array with one element that passes everything at once.
class ElemMatchExpression final : public LeafExpression {
 public:
  enum class Kind {
    value,     ///< conditions on the element: {$elemMatch: {$gt: 1, $lt: 5}}
    document,  ///< a query on the element's fields: {$elemMatch: {a: 1}}
  };

  ElemMatchExpression(const MqlPath& path, Kind kind, ExpressionPtr condition)
      : LeafExpression(path, MqlPath::Leaf::array_only),
        kind_(kind),
        condition_(std::move(condition)) {}

  bool matches_value(const bson::Element* value, Effort& effort) const override;

 private:
  Kind kind_;
  ExpressionPtr condition_;
};

}  // namespace mongotail::match
