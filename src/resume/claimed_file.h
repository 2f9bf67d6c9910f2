#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace mongotail::resume {

/// A small file that one process at a time keeps, replaced as a whole: whoever reads it finds the
/// old content or the new one, also after a crash of the machine. The claim is a lock on the file,
/// which the system drops when the process ends, however it ends.
class ClaimedFile {
 public:
  /// Claims the file at `path`, or at the end of the symbolic links there; it is created with
  /// `initial` where it is missing. Waits half a second for a process that is just ending.
  /// Cause::input: another process has it, it can't be read, or it is not a regular file;
  /// Cause::output: it can't be created, or its folder can't be written to.
  static Result<ClaimedFile> claim(std::string path, std::string_view initial);

  /// The file's first `longest` bytes.
  Result<std::string> read(std::size_t longest) const;

  /// Writes a temporary file beside it, with the owner and the mode of the old one as far as the
  /// system allows, syncs, renames, syncs the folder. Cause::output on failure, and where another
  /// process has claimed a new file with this name.
  Status replace(std::string_view content);

  /// Removes the file if claim() created it and it was not replaced since.
  void remove_unused();

  /// False if the file system has no locks: then another process could claim it as well.
  bool locked() const { return locked_; }
  const std::string& path() const { return path_; }

 private:
  ClaimedFile(std::string path, std::string target)
      : path_(std::move(path)), target_(std::move(target)) {}

  Status open_existing();
  Status create(std::string_view initial);
  Result<bool> lock();
  bool is_at_target() const;
  bool taken_by_another() const;
  Result<UniqueFd> write_temporary(std::string_view content, std::string& name) const;

  std::string path_;    // as it was named
  std::string target_;  // where that leads
  UniqueFd fd_;         // of the file that is there now, with the lock
  bool locked_ = false;
  bool unused_ = false;  // created, and still with its first content
};

}  // namespace mongotail::resume
