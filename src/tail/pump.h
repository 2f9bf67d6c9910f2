#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/reporter.h"
#include "match/predicate.h"
#include "oplog/namespace.h"
#include "output/byte_sink.h"
#include "output/format.h"
#include "output/summary.h"
#include "read/selector.h"
#include "resume/progress.h"
#include "tail/checkpointer.h"
#include "tail/input.h"
#include "tail/namespace_tally.h"
#include "tail/printer.h"
#include "terminal/display.h"
#include "terminal/terminal_window.h"

namespace mongotail::tail {

/// From batches of entries to bytes on stdout: select, format, write, checkpoint.
class Pump {
 public:
  struct Options {
    read::SelectOptions select;
    std::optional<std::uint64_t> limit;  ///< ends after this many were printed
    /// Only the last N of what is there at first: up to the first batch that has caught up.
    std::optional<std::uint64_t> last;
    enum class Summarize { no, as_table, as_json };
    /// Counts instead of lines, once the run ends.
    Summarize summarize = Summarize::no;
    output::SummaryOptions summary;
    /// What is printed may be rolled back: remember which lines to declare void then.
    bool may_roll_back = false;
  };

  /// One of several sources.
  struct SourceFacts {
    std::string name;
    read::SelectOptions select;
    /// Its position before its first entry, if that is known.
    std::optional<resume::Cursor> position;
  };

  /// All that is referred to must outlive the pump.
  struct Parts {
    const match::Predicate& predicate;
    oplog::EntryLookup& lookup;
    output::Formatter& formatter;
    output::Formatter* helper;  ///< for a second thread; nullptr: everything is formatted on this
    const output::FormatOptions& format;
    const terminal::TerminalWindow& window;  ///< of the sink
    output::ByteSink& sink;
    terminal::Display& display;
    Checkpointer& checkpointer;
    Reporter& reporter;
    /// Of what there was, for a run that prints nothing: stopped at the first operation. May be
    /// null.
    NamespaceTally* silence = nullptr;
  };

  Pump(Options options, Parts parts, std::stop_token stop);

  /// Of a stream of several sources, each in turn: the first takes the place of the options' own.
  void add_source(const SourceFacts& source, oplog::EntryLookup& lookup);

  /// Until the input ends, the limit is reached, or a stop is requested; whole lines are written
  /// and the cursor is saved before it returns. The first failure of the input or of the output
  /// ends it too.
  Status run(Input& input);
  /// Operations that were printed or counted, by now.
  std::uint64_t printed() const { return printed_; }

 private:
  Status loop(Input& input);
  Status fit_to_window();
  Status wait_was_long(const Input& input);
  Status take(const oplog::Batch& batch);
  Result<bool> take_entries(const oplog::Batch& batch);
  Status take_step(const read::Step& step);
  void explain_time_series(const oplog::Operation& operation);
  Status emit(const oplog::Operation& operation);
  bool summarizes() const { return options_.summarize != Options::Summarize::no; }
  void hold_back(const oplog::Operation& operation);
  void end_transaction(const oplog::Operation& last);
  Status release_held();
  void print_summary();
  /// Nothing is printed yet of what has been taken, so the cursor stays.
  bool holding() const { return options_.last || summarizes(); }
  void roll_back(const oplog::Batch& batch);
  Status flush();
  void count_printed();
  bool done() const { return options_.limit && printed_ >= *options_.limit; }

  Options options_;
  Parts parts_;
  std::stop_token stop_;
  std::deque<read::Selector> selectors_;  // one for each source
  std::size_t named_ = 0;                 // of the sources
  Printer printer_;
  std::shared_ptr<const void> bytes_;  // of the batch that is being taken
  int columns_;                        // as the formatter was told
  std::uint64_t printed_ = 0;
  bool explained_time_series_ = false;
  resume::Progress at_;           // all before has been dealt with
  resume::Progress before_held_;  // where the first that is held follows
  output::Summary summary_;
  struct Held {
    std::shared_ptr<const bson::OwnedDocument> document;
    std::optional<output::Summary::Sample> sample;  // in place of the document
    oplog::OpTime optime;
    oplog::Unwound place;
    std::size_t source;
    std::optional<std::int64_t> operations;  // of its transaction, where the last is not shown
  };
  Status release(const Held& held, const resume::Progress& before);
  void stay_before(const Held& held, const resume::Progress& released);
  std::deque<Held> held_;  // of Options::last
  struct Line {
    oplog::OpTime optime;
    std::size_t source;
  };
  std::deque<Line> may_be_void_;  // the newest
};

}  // namespace mongotail::tail
