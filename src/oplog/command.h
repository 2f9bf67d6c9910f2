#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oplog/entry.h"
#include "oplog/namespace.h"

/// What is known of each command (an entry with op "c") that mongod 4.2 and later write.
namespace mongotail::oplog {

/// Which of a command's fields say what it did.
enum class CommandDetail {
  unknown,      ///< the command is not known: the whole document
  nothing,      ///< the name alone
  options,      ///< all other fields
  index,        ///< one index, described by the fields themselves
  index_build,  ///< `indexes`, and the `cause` of an abort
  drop_index,   ///< `index`, its name, and in o2 its key
  rename,       ///< `to`, and `dropTarget`
};

/// `unknown` for a name that is not in the table.
CommandDetail detail_of(std::string_view command);

/// The names in the table, the likely ones first.
std::vector<std::string_view> command_names();

/// What a command is about. Views into the entry.
class CommandTarget {
 public:
  enum class Kind {
    none,         ///< it names nothing; its own `ns` must do
    collections,  ///< names()
    database,     ///< all of database(): dropDatabase
  };

  /// Of commands that are not known the first value, if it is text, is taken as a name in the
  /// command's database and, if it has a dot, also as a whole namespace, since either may be meant.
  static CommandTarget of(const Entry& command);

  Kind kind() const { return kind_; }
  /// One, or two: both ends of a rename, or both readings of a name, the likelier first.
  std::span<const NamespaceName> names() const { return {names_.data(), count_}; }
  std::string_view database() const { return database_; }

 private:
  void add(NamespaceName name);
  void add_relative(std::string_view collection) { add({database_, collection}); }
  void add_full(std::string_view ns) { add(NamespaceName::split(ns)); }
  void add_either(std::string_view name);

  Kind kind_ = Kind::none;
  std::string_view database_;
  std::array<NamespaceName, 2> names_;
  std::size_t count_ = 0;
};

/// The namespace that an operation is about: its `ns`; for a command the collection it names, for a
/// rename the old name, for dropDatabase the database alone.
std::string named_namespace(const Entry& entry);

}  // namespace mongotail::oplog
