#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bson/builder.h"

namespace mongotail::match {

/// The classes of operations that `--op` names.
struct OpSet {
  bool insert = true;
  bool update = true;
  bool remove = true;
  bool command = true;
  bool noop = false;
  /// An `op` other than those: printed unless `--op` was given.
  bool unknown = true;
  /// While `command` is off, only the commands of these names.
  std::vector<std::string> commands = {};
};

/// What the user asked for, as values: the patterns are still text. All parts are and-ed.
struct Selection {
  std::vector<std::string> ns;          ///< patterns; or-ed; none: every namespace
  std::vector<std::string> ns_exclude;  ///< patterns; win over `ns`
  OpSet ops;
  std::optional<bson::OwnedDocument> id;     ///< the `_id` sought, as field "v"
  std::vector<std::string> changed;          ///< dotted paths; or-ed
  std::vector<std::string> users;            ///< `name@db`; or-ed; whose sessions
  std::optional<bson::OwnedDocument> query;  ///< MQL on the operation
  bool internal = false;  ///< also config.* and admin.system.* while `ns` is empty
};

}  // namespace mongotail::match
