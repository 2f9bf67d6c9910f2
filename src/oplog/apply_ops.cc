#include "oplog/apply_ops.h"

namespace mongotail::oplog {
namespace {

constexpr std::string_view command = "applyOps";

// The `o` of an operation that is itself an applyOps; the empty view of any other.
bson::Document nested_command(bson::Document operation) {
  bool is_command = false;
  bson::Document o;
  for (const bson::Element& field : operation) {
    if (field.key() == "op") {
      is_command = field.as_text() == "c";
    } else if (field.key() == "o") {
      o = field.as_document().value_or(bson::Document());
    }
  }
  if (!is_command) return {};
  const auto name = o.first();
  return name && name->key() == command ? o : bson::Document();
}

}  // namespace

std::optional<bson::Document> apply_ops_array(bson::Document o) {
  const auto first = o.first();
  return first && first->key() == command ? first->as_array() : std::nullopt;
}

void ApplyOpsReader::restart(bson::Document o) {
  open_.clear();
  damage_ = {};
  const auto first = o.first();
  if (first && first->key() == command) enter(o);
}

void ApplyOpsReader::enter(bson::Document o) {
  const auto operations = apply_ops_array(o);
  if (!operations) return meet_damage("is not an array");
  if (open_.size() >= static_cast<std::size_t>(bson::max_depth)) {
    return meet_damage("is nested too deeply");
  }
  open_.emplace_back(*operations);
}

void ApplyOpsReader::meet_damage(std::string_view what) {
  if (!damaged()) damage_.first = what;
  ++damage_.operations;
  if (on_damage_ == OnDamage::stop) open_.clear();
}

bool ApplyOpsReader::next(bson::Document& operation) {
  while (!open_.empty()) {
    bson::Element element;
    if (!open_.back().next(element)) {
      const bool unreadable = open_.back().damaged();
      open_.pop_back();
      if (unreadable) meet_damage("is not readable BSON");
      continue;
    }
    const auto document = element.as_document();
    if (!document) {
      meet_damage("contains something other than a document");
      continue;
    }
    const bson::Document nested = nested_command(*document);
    if (nested.empty()) {
      operation = *document;
      return true;
    }
    enter(nested);
  }
  return false;
}

}  // namespace mongotail::oplog
