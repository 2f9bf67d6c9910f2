#include "oplog/command.h"

#include <algorithm>
#include <iterator>

namespace mongotail::oplog {
namespace {

/// How a command's first value names its collection.
enum class Naming { relative, full, either, rename, database, nothing };

struct KnownCommand {
  std::string_view name;
  Naming naming;
  CommandDetail detail;
};

// The likely ones first: this is searched for every command.
constexpr KnownCommand known_commands[] = {
    {"create", Naming::relative, CommandDetail::options},
    {"drop", Naming::relative, CommandDetail::nothing},
    {"createIndexes", Naming::relative, CommandDetail::index},
    {"startIndexBuild", Naming::relative, CommandDetail::index_build},
    {"commitIndexBuild", Naming::relative, CommandDetail::index_build},
    {"abortIndexBuild", Naming::relative, CommandDetail::index_build},
    {"dropIndexes", Naming::relative, CommandDetail::drop_index},
    {"deleteIndexes", Naming::relative, CommandDetail::drop_index},
    {"dropIndex", Naming::relative, CommandDetail::drop_index},
    {"deleteIndex", Naming::relative, CommandDetail::drop_index},
    {"collMod", Naming::relative, CommandDetail::options},
    {"emptycapped", Naming::relative, CommandDetail::nothing},
    {"renameCollection", Naming::rename, CommandDetail::rename},
    {"dropDatabase", Naming::database, CommandDetail::nothing},
    {"applyOps", Naming::nothing, CommandDetail::unknown},
    {"commitTransaction", Naming::nothing, CommandDetail::unknown},
    {"abortTransaction", Naming::nothing, CommandDetail::unknown},
    {"dbCheck", Naming::full, CommandDetail::options},
    {"truncateRange", Naming::full, CommandDetail::options},
    {"setMultikeyMetadata", Naming::full, CommandDetail::options},
    {"upgradeDowngradeViewlessTimeseries", Naming::relative, CommandDetail::options},
    // Known by name alone.
    {"convertToCapped", Naming::either, CommandDetail::unknown},
    {"importCollection", Naming::either, CommandDetail::unknown},
    {"createGlobalIndex", Naming::either, CommandDetail::unknown},
    {"dropGlobalIndex", Naming::either, CommandDetail::unknown},
    {"modifyCollectionShardingIndexCatalog", Naming::either, CommandDetail::unknown},
    {"createDatabaseMetadata", Naming::either, CommandDetail::unknown},
    {"dropDatabaseMetadata", Naming::either, CommandDetail::unknown},
    {"updateCollectionMetadata", Naming::either, CommandDetail::unknown},
    {"invalidateCollectionMetadata", Naming::either, CommandDetail::unknown},
    {"setAllowChunkOperations", Naming::either, CommandDetail::unknown},
    {"dropIdent", Naming::either, CommandDetail::unknown},
    {"initReplicatedFastCount", Naming::either, CommandDetail::unknown},
};

constexpr KnownCommand unknown_command = {{}, Naming::either, CommandDetail::unknown};

const KnownCommand& known(std::string_view name) {
  const auto* const found = std::ranges::find(known_commands, name, &KnownCommand::name);
  return found != std::end(known_commands) ? *found : unknown_command;
}

std::string_view text_of(const std::optional<bson::Element>& value) {
  return value ? value->as_text().value_or("") : std::string_view();
}

std::string joined(NamespaceName name) {
  std::string text(name.database);
  text += '.';
  text += name.collection;
  return text;
}

}  // namespace

CommandDetail detail_of(std::string_view command) {
  return known(command).detail;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const KnownCommand& command : known_commands) names.push_back(command.name);
  return names;
}

void CommandTarget::add(NamespaceName name) {
  if (name.database.empty() || name.collection.empty() || count_ == names_.size()) return;
  names_[count_++] = name;
  kind_ = Kind::collections;
}

// A command of `admin`, or one whose value begins with its own database, is likely to name a whole
// namespace.
void CommandTarget::add_either(std::string_view name) {
  const std::string_view database = NamespaceName::split(name).database;
  const bool likely_full = database_ == "admin" || database == database_;
  if (likely_full) add_full(name);
  add_relative(name);
  if (!likely_full) add_full(name);
}

CommandTarget CommandTarget::of(const Entry& command) {
  CommandTarget target;
  target.database_ = NamespaceName::split(command.ns).database;
  const auto first = command.o.first();
  if (!first) return target;
  const std::string_view name = text_of(first);
  switch (known(first->key()).naming) {
    case Naming::relative:
      target.add_relative(name);
      break;
    case Naming::full:
      target.add_full(name);
      break;
    case Naming::either:
      target.add_either(name);
      break;
    case Naming::rename:
      target.add_full(name);
      target.add_full(text_of(command.o.find("to")));
      break;
    case Naming::database:
      target.kind_ = Kind::database;
      break;
    case Naming::nothing:
      break;
  }
  return target;
}

std::string named_namespace(const Entry& entry) {
  if (entry.is_command()) {
    const CommandTarget target = CommandTarget::of(entry);
    if (target.kind() == CommandTarget::Kind::database) return std::string(target.database());
    if (!target.names().empty()) return joined(target.names().front());
  }
  return std::string(entry.ns);
}

}  // namespace mongotail::oplog
