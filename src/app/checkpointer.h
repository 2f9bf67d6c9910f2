#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"
#include "resume/checkpoint.h"
#include "resume/cursor.h"

namespace mongotail::app {

/// Keeps the cursor of what has been written to stdout, and a cursor file up to date with it. The
/// order is always: write the lines, then the cursor, so that a crash repeats lines and loses none.
class Checkpointer {
 public:
  /// Without a file only position() is kept.
  void keep_in(resume::CursorFile file);

  /// Where the run is to start. It is saved only once it has started(): it may turn out that
  /// nothing can start there.
  void begin(const resume::Cursor& cursor);
  void started();
  /// All before `cursor` has been written.
  void written(const resume::Cursor& cursor);
  /// Saves what is new, at most once a second.
  Status save_if_due();
  /// Saves what is new.
  Status save();
  /// Nothing more will be saved: a file that was made for nothing goes.
  void end();
  bool unsaved() const { return unsaved_; }

  const std::optional<resume::Cursor>& position() const { return position_; }

 private:
  std::optional<resume::CursorFile> file_;
  std::optional<resume::Cursor> position_;
  bool unsaved_ = false;
  bool starting_ = false;
  std::chrono::steady_clock::time_point saved_at_;
};

}  // namespace mongotail::app
