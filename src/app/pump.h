#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/checkpointer.h"
#include "app/display.h"
#include "app/printer.h"
#include "app/read_ahead.h"
#include "app/terminal_window.h"
#include "base/reporter.h"
#include "cli/config.h"
#include "match/predicate.h"
#include "oplog/namespace.h"
#include "oplog/txn_unwind.h"
#include "output/byte_sink.h"
#include "output/format.h"
#include "output/summary.h"

namespace mongotail::app {

/// From batches of entries to bytes on stdout: unwind, match, format, write, checkpoint.
class Pump {
 public:
  struct Options {
    bool raw = false;                    ///< entries as stored
    std::uint64_t skip = 0;              ///< matches that are not printed, before all others
    std::optional<std::uint64_t> limit;  ///< ends after so many were printed
    /// Only the last so many of what is there at first: up to the first batch that has caught up.
    std::optional<std::uint64_t> last;
    enum class Summarize { no, as_table, as_json };
    /// Counts instead of lines, once the run ends.
    Summarize summarize = Summarize::no;
    output::SummaryOptions summary;
    /// Operations up to here were dealt with by an earlier run, should they come again.
    std::optional<resume::Cursor> resume_after;
    /// A transaction whose earlier parts are gone is a warning, not the end.
    bool tolerate_lost_parts = false;
    /// What is damaged inside an entry is a warning, not the end.
    bool skip_damaged = false;
    /// What is printed may be rolled back: remember which lines to declare void then.
    bool may_roll_back = false;
  };

  /// All that is referred to must outlive the pump.
  struct Parts {
    const match::Predicate& predicate;
    oplog::EntryLookup& lookup;
    output::Formatter& formatter;
    output::Formatter* helper;  ///< for a second thread; nullptr: everything is formatted on this
    const output::FormatOptions& format;
    const TerminalWindow& window;  ///< of the sink
    output::ByteSink& sink;
    Display& display;
    Checkpointer& checkpointer;
    Reporter& reporter;
  };

  Pump(Options options, Parts parts, std::stop_token stop);

  /// Until the input ends, the limit is reached, or a stop is requested; whole lines are written
  /// and the cursor is saved before it returns. The first failure of the input or of the output
  /// ends it too.
  Status run(ReadAhead& input);
  /// Operations that were printed or counted, by now.
  std::uint64_t printed() const { return printed_; }

 private:
  Status loop(ReadAhead& input);
  Status fit_to_window();
  Status wait_was_long();
  Status take(const oplog::Batch& batch);
  Status take_entry(bson::Document document);
  Status take_unwound(bson::Document document, const oplog::Unwound& place);
  Status take_raw(const oplog::Entry& entry);
  Status unwind(const oplog::Entry& entry);
  bool dealt_with(const oplog::Operation& operation) const;
  void explain_time_series(const oplog::Operation& operation);
  Status emit(const oplog::Operation& operation);
  bool summarizes() const { return options_.summarize != Options::Summarize::no; }
  void hold_back(const oplog::Operation& operation);
  void end_transaction(const oplog::Operation& last);
  Status release_held();
  void print_summary();
  /// Nothing is printed yet of what has been taken, so the cursor stays.
  bool holding() const { return options_.last || summarizes(); }
  Status tolerate(Error error, const oplog::Entry& entry);
  void report_left_out(const oplog::Entry& entry);
  std::string place_of(const oplog::Entry& entry) const;
  void roll_back(oplog::OpTime common);
  Status flush();
  bool done() const { return options_.limit && printed_ >= *options_.limit; }

  Options options_;
  Parts parts_;
  std::stop_token stop_;
  oplog::TxnUnwind unwind_;
  Printer printer_;
  std::shared_ptr<const void> bytes_;    // of the batch that is being taken
  std::optional<oplog::Origin> origin_;  // of the same
  int columns_;                        // as the formatter was told
  std::uint64_t printed_ = 0;
  bool explained_time_series_ = false;
  std::optional<resume::Cursor> at_;  // all before has been dealt with
  output::Summary summary_;
  struct Held {
    std::shared_ptr<const bson::OwnedDocument> document;
    std::optional<output::Summary::Sample> sample;  // in place of the document
    oplog::OpTime optime;
    oplog::Unwound place;
    std::optional<std::int64_t> operations;  // of its transaction, where the last is not shown
  };
  Status release(const Held& held);
  std::deque<Held> held_;                  // of Options::last
  std::deque<oplog::OpTime> may_be_void_;  // of the newest lines
};

/// What the flags say of it.
Pump::Options::Summarize summarize_of(const cli::Config& config);

}  // namespace mongotail::app
