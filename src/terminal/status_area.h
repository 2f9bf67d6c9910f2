#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "output/byte_sink.h"

namespace mongotail::terminal {

struct TerminalSize {
  int rows = 24;
  int columns = 80;

  bool operator==(const TerminalSize&) const = default;
};

/// Lines below all that has been written to a terminal, redrawn in place and gone without a trace.
/// The cursor stays at the beginning of the first one, where whatever is written next belongs, so
/// that a terminal which breaks lines anew at a resize leaves nothing behind. Thread-safe.
///
/// A terminal that takes nothing just now (Ctrl-S) is not waited for.
class StatusArea {
 public:
  /// On the terminal `fd`, which is not owned; until then nothing is drawn.
  void open(int fd);
  /// Erased, and nothing is drawn any more; as it is where another thread can't finish its writing.
  void close();

  TerminalSize size() const;

  /// In place of what was shown before; without the last line's end. Each line must be narrower
  /// than the terminal, and all together lower.
  void show(std::string lines);

  /// Between the two something else is written to the terminal, in whole lines.
  void hide();
  void unhide();

  /// A message to `fd`, in whole lines, above the area where that is on `fd` too.
  void print(int fd, std::string_view message);

 private:
  void append_erasure(std::string& out);
  void append_lines(std::string& out);
  void draw(std::string_view what) const;

  mutable std::timed_mutex mutex_;
  int fd_ = -1;
  bool hidden_ = false;
  std::string lines_;
  bool drawn_ = false;
  TerminalSize drawn_on_;
};

/// Writes to the terminal that the area is on.
class SinkAboveStatus final : public output::ByteSink {
 public:
  /// Both must outlive the object.
  SinkAboveStatus(output::ByteSink& sink, StatusArea& area) : sink_(sink), area_(area) {}

  Status write(std::string_view bytes) override;

 private:
  output::ByteSink& sink_;
  StatusArea& area_;
};

}  // namespace mongotail::terminal
