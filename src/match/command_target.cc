#include "match/command_target.h"

#include <algorithm>

namespace mongotail::match {
namespace {

/// How a command's first value names its collection.
enum class Form { relative, full, either, rename, database, nothing };

struct KnownCommand {
  std::string_view name;
  Form form;
};

// The likely ones first: this is searched for every command.
constexpr KnownCommand known_commands[] = {
    {"create", Form::relative},
    {"drop", Form::relative},
    {"createIndexes", Form::relative},
    {"startIndexBuild", Form::relative},
    {"commitIndexBuild", Form::relative},
    {"abortIndexBuild", Form::relative},
    {"dropIndexes", Form::relative},
    {"deleteIndexes", Form::relative},
    {"dropIndex", Form::relative},
    {"deleteIndex", Form::relative},
    {"collMod", Form::relative},
    {"emptycapped", Form::relative},
    {"renameCollection", Form::rename},
    {"dropDatabase", Form::database},
    {"applyOps", Form::nothing},
    {"commitTransaction", Form::nothing},
    {"abortTransaction", Form::nothing},
    {"dbCheck", Form::full},
    {"truncateRange", Form::full},
    {"setMultikeyMetadata", Form::full},
    {"upgradeDowngradeViewlessTimeseries", Form::relative},
};

Form form_of(std::string_view name) {
  const auto* const found = std::ranges::find(known_commands, name, &KnownCommand::name);
  return found != std::end(known_commands) ? found->form : Form::either;
}

std::string_view text_of(const std::optional<bson::Element>& value) {
  return value ? value->as_text().value_or("") : std::string_view();
}

}  // namespace

void CommandTarget::add(NamespaceName name) {
  if (name.database.empty() || name.collection.empty() || count_ == names_.size()) return;
  names_[count_++] = name;
  kind_ = Kind::collections;
}

void CommandTarget::add_full(std::string_view ns) {
  add(NamespaceName::split(ns));
}

CommandTarget CommandTarget::of(const oplog::Entry& command) {
  CommandTarget target;
  target.database_ = NamespaceName::split(command.ns).database;
  const auto first = command.o.first();
  if (!first) return target;
  const std::string_view name = text_of(first);
  switch (form_of(first->key())) {
    case Form::relative:
      target.add_relative(name);
      break;
    case Form::full:
      target.add_full(name);
      break;
    case Form::either:
      target.add_relative(name);
      target.add_full(name);
      break;
    case Form::rename:
      target.add_full(name);
      target.add_full(text_of(command.o.find("to")));
      break;
    case Form::database:
      target.kind_ = Kind::database;
      break;
    case Form::nothing:
      break;
  }
  return target;
}

}  // namespace mongotail::match
