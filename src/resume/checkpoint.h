#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "resume/claimed_file.h"
#include "resume/cursor.h"

namespace mongotail::resume {

/// A file with a cursor in it, replaced atomically and kept by one process at a time. Two lines of
/// text, the second is the cursor, or those of several
/// sources; the first alone if there is none yet.
class CursorFile {
 public:
  /// Claims the file, which is created where it is missing. Errors as of ClaimedFile::claim().
  static Result<CursorFile> claim(std::string path);

  /// nullopt if there is no cursor yet. Cause::input: it can't be read; Cause::damaged: there is
  /// something else in it, and it is left as it is.
  Result<std::optional<Cursors>> load() const;

  /// Errors as of ClaimedFile::replace().
  Status save(const Cursors& cursors);

  /// Leaves no file where there was none and nothing was saved.
  void remove_unused() { file_.remove_unused(); }

  /// False if the file system has no locks.
  bool locked() const { return file_.locked(); }
  const std::string& path() const { return file_.path(); }

 private:
  explicit CursorFile(ClaimedFile file) : file_(std::move(file)) {}

  ClaimedFile file_;
};

}  // namespace mongotail::resume
