#include "match/mql_path.h"

#include <optional>
#include <string_view>

#include "base/text.h"

namespace mongotail::match {
namespace {

using bson::Document;
using bson::Element;
using bson::Type;
using Parts = std::span<const std::string>;

// The server tells by the text of the rest, so one empty name is not a name either.
bool leads_on(Parts rest) {
  return rest.size() > 1 || (rest.size() == 1 && !rest.front().empty());
}

/// One walk. Its recursion takes at least one part of the path each time.
class Walk {
 public:
  Walk(MqlPath::Leaf leaf, const ValueTest& test, Effort& effort)
      : leaf_(leaf), test_(test), effort_(effort) {}

  bool document(Document document, Parts parts) const {
    while (true) {
      const auto field = find(document, parts.front());
      if (effort_.spent()) return false;
      const Parts rest = parts.subspan(1);
      if (!field) return passes(nullptr);
      if (const auto array = field->as_array()) return at_array(*field, *array, rest);
      if (rest.empty()) return passes(&*field);
      const auto nested = field->as_document();
      if (!nested) return passes(nullptr);
      document = *nested;
      parts = rest;
    }
  }

 private:
  std::optional<Element> find(Document document, std::string_view name) const {
    for (const Element& field : document) {
      if (!effort_.spend(5 + field.key().size() / 8)) return std::nullopt;
      if (field.key() == name) return field;
    }
    return std::nullopt;
  }

  bool passes(const Element* value) const { return test_.matches_value(value, effort_); }

  bool at_array(const Element& field, Document array, Parts rest) const {
    if (leads_on(rest)) return through_array(array, rest);
    if (leaf_ == MqlPath::Leaf::elements_then_array) {
      for (const Element& element : array) {
        if (!effort_.spend(5)) return false;
        if (passes(&element)) return true;
      }
    }
    return passes(&field);
  }

  bool through_array(Document array, Parts rest) const {
    const bool index = all_digits(rest.front());
    for (const Element& element : array) {
      if (!effort_.spend(5)) return false;
      const auto nested = element.as_document();
      if (nested && document(*nested, rest)) return true;
      if (index && element.key() == rest.front() && at_index(element, rest.subspan(1))) return true;
    }
    return false;
  }

  // The element is what a numeric part of the path points at.
  bool at_index(const Element& element, Parts rest) const {
    if (rest.empty()) return passes(&element);
    if (const auto nested = element.as_document()) return document(*nested, rest);
    const auto array = element.as_array();
    return array && at_array(element, *array, rest);
  }

  MqlPath::Leaf leaf_;
  const ValueTest& test_;
  Effort& effort_;
};

}  // namespace

MqlPath::MqlPath(std::string_view dotted) {
  while (true) {
    const std::size_t dot = dotted.find('.');
    parts_.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
}

bool MqlPath::any(Document document, Leaf leaf, const ValueTest& test, Effort& effort) const {
  return Walk(leaf, test, effort).document(document, parts_);
}

}  // namespace mongotail::match
