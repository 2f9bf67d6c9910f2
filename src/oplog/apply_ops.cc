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
  damaged_ = false;
  const auto first = o.first();
  if (first && first->key() == command) enter(o);
}

bool ApplyOpsReader::enter(bson::Document o) {
  const auto operations = apply_ops_array(o);
  damaged_ = !operations || open_.size() >= static_cast<std::size_t>(bson::max_depth);
  if (!damaged_) open_.emplace_back(*operations);
  return !damaged_;
}

bool ApplyOpsReader::next(bson::Document& operation) {
  while (!damaged_ && !open_.empty()) {
    bson::Element element;
    if (!open_.back().next(element)) {
      damaged_ = open_.back().damaged();
      open_.pop_back();
      continue;
    }
    const auto document = element.as_document();
    if (!document) {
      damaged_ = true;
      break;
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
