#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bson/view.h"
#include "match/effort.h"

namespace mongotail::match {

/// A test of the values that a path leads to. nullptr: the path leads nowhere.
class ValueTest {
 public:
  virtual ~ValueTest() = default;
  virtual bool matches_value(const bson::Element* value, Effort& effort) const = 0;
};

/// A dotted path of a query, and how the server walks it: through documents by name, through arrays
/// by index where a part is a number, and by itself into every document that lies in an array on
/// the way, whose fields are looked up with the rest of the path.
class MqlPath {
 public:
  /// More parts than documents may be deep lead nowhere.
  static constexpr std::size_t max_parts = bson::max_depth;

  /// What becomes of an array at the path's end.
  enum class Leaf {
    elements_then_array,  ///< each element is tested, then the array itself
    array_only,
  };

  explicit MqlPath(std::string_view dotted);

  std::size_t size() const { return parts_.size(); }
  /// Whether any value that the path leads to passes; testing stops at the first. Names that are
  /// numbers may lead several ways through each array, so the work can double with each part.
  bool any(bson::Document document, Leaf leaf, const ValueTest& test, Effort& effort) const;

 private:
  std::vector<std::string> parts_;
};

}  // namespace mongotail::match
