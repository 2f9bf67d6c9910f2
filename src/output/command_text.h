#pragma once

#include <optional>
#include <string>

#include "oplog/entry.h"
#include "output/shell_text.h"

namespace mongotail::output {

/// What a command did, as a sentence: `create app.users`, `createIndexes app.users { email: 1 }
/// unique`, `rename app.a → app.b`. nullopt where the command is not known or not of the form that
/// mongod 4.2 to 6.0 write; then its document says more. Safe for a terminal.
std::optional<std::string> command_sentence(const oplog::Entry& entry, const ShellWriter& shell);

/// The same for every operation: of a noop its message, of other operations nothing.
std::optional<std::string> sentence_of(const oplog::Entry& entry, const ShellWriter& shell);

}  // namespace mongotail::output
