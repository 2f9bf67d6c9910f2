#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "resume/cursor.h"

namespace mongotail::resume {

/// A file that holds a cursor, replaced atomically: whoever reads it finds the old cursor or the
/// new one, also after a crash of the machine. Two lines of text, the second is the cursor.
class CursorFile {
 public:
  explicit CursorFile(std::string path);

  /// nullopt where there is no such file. Cause::input: it can't be read; Cause::damaged: it holds
  /// something else than a cursor, and is left as it is.
  Result<std::optional<Cursor>> load() const;

  /// Writes a temporary file beside it, syncs, renames, syncs the folder. Cause::output on failure.
  Status save(const Cursor& cursor) const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace mongotail::resume
