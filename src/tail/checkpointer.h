#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "resume/checkpoint.h"
#include "resume/cursor.h"
#include "resume/progress.h"

namespace mongotail::tail {

/// Keeps the cursors of what has been written to stdout, one for each source, and a cursor file up
/// to date with them. The order is always: write the lines, then the cursor, so that a crash
/// repeats lines and loses none.
class Checkpointer {
 public:
  /// Without a file only position() is kept.
  void keep_in(resume::CursorFile file);

  /// Of a stream of several sources: the name of each in turn.
  void add_source(std::string name);

  /// Where the run is to start. It is saved only once it has started(): it may turn out that
  /// nothing can start there.
  void begin(const resume::Cursor& cursor, std::size_t source = 0);
  void started();
  /// All before `cursor` has been written.
  void written(const resume::Cursor& cursor, std::size_t source = 0);
  void written(const resume::Progress& progress);
  /// Saves what is new, at most once a second.
  Status save_if_due();
  /// Saves what is new.
  Status save();
  /// Nothing more will be saved: a file that was made for nothing goes.
  void end();
  bool unsaved() const { return unsaved_; }

  /// Of those sources of which one is known.
  resume::Cursors positions() const;

 private:
  std::optional<resume::CursorFile> file_;
  std::vector<std::string> names_;
  resume::Progress position_;
  bool unsaved_ = false;
  bool starting_ = false;
  std::chrono::steady_clock::time_point saved_at_;
};

}  // namespace mongotail::tail
