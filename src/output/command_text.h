#pragma once

#include <optional>
#include <string>

#include "bson/builder.h"
#include "oplog/entry.h"
#include "output/glyphs.h"
#include "output/shell_text.h"

namespace mongotail::output {

/// What an operation did, in words. Safe for a terminal.
struct Sentence {
  std::string subject;  ///< `create app.users`, `rename app.a → app.b`
  std::string detail;   ///< `{ email: 1 } unique`; may be empty
};

/// Of a command, and of a noop with a message, which is the subject. nullopt for all else, and for
/// a command that is not known or not of the form that mongod writes: its document says more.
std::optional<Sentence> sentence_of(const oplog::Entry& entry, const ShellWriter& shell,
                                    const Glyphs& glyphs);

/// What a command's document says beside the subject of its sentence.
bson::OwnedDocument beside_subject(const oplog::Entry& command);

}  // namespace mongotail::output
