#include "output/operation_text.h"

namespace mongotail::output {

Verb verb_of(std::string_view op) {
  if (op.size() != 1) return Verb::other;
  switch (op.front()) {
    case 'i':
      return Verb::insert;
    case 'u':
      return Verb::update;
    case 'd':
      return Verb::remove;
    case 'c':
      return Verb::command;
    case 'n':
      return Verb::noop;
    default:
      return Verb::other;
  }
}

std::string_view verb_text(std::string_view op) {
  switch (verb_of(op)) {
    case Verb::insert:
      return "insert";
    case Verb::update:
      return "update";
    case Verb::remove:
      return "delete";
    case Verb::command:
      return "command";
    case Verb::noop:
      return "noop";
    case Verb::other:
      break;
  }
  return op;
}

std::optional<bson::Element> document_id(const oplog::Entry& entry) {
  switch (verb_of(entry)) {
    case Verb::insert:
    case Verb::remove:
      return entry.o.find("_id");
    case Verb::update:
      return entry.o2 ? entry.o2->find("_id") : entry.o.find("_id");
    default:
      return std::nullopt;
  }
}

}  // namespace mongotail::output
