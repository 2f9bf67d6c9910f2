#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "match/ns_glob.h"
#include "oplog/entry.h"

namespace mongotail::match {

/// What a command (an entry with op "c") is about. Views into the entry.
class CommandTarget {
 public:
  enum class Kind {
    none,         ///< it names nothing; its own `ns` must do
    collections,  ///< names()
    database,     ///< all of database(): dropDatabase
  };

  /// The forms of a command's first value are those that mongod 4.2 to 6.0 write; of commands that
  /// are not known the first value, if it is text, is taken as a name in the command's database,
  /// and where it holds a dot also as a whole namespace, since either may be meant.
  static CommandTarget of(const oplog::Entry& command);

  Kind kind() const { return kind_; }
  /// One, or two: both ends of a rename, or both readings of a name.
  std::span<const NamespaceName> names() const { return {names_.data(), count_}; }
  std::string_view database() const { return database_; }

 private:
  void add(NamespaceName name);
  void add_relative(std::string_view collection) { add({database_, collection}); }
  void add_full(std::string_view ns);

  Kind kind_ = Kind::none;
  std::string_view database_;
  std::array<NamespaceName, 2> names_;
  std::size_t count_ = 0;
};

}  // namespace mongotail::match
