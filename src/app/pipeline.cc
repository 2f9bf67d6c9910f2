#include "app/pipeline.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "app/checkpointer.h"
#include "app/file_run.h"
#include "app/live_run.h"
#include "app/pump.h"
#include "app/read_ahead.h"
#include "app/remote_run.h"
#include "base/cores.h"
#include "match/predicate.h"
#include "mongo/connection.h"
#include "mongo/driver.h"
#include "output/format.h"
#include "resume/checkpoint.h"
#include "resume/cursor.h"

namespace mongotail::app {
namespace {

using Finished = std::function<void(Status)>;

/// What every run prints with, wherever its entries come from.
struct Printing {
  const match::Predicate& predicate;
  output::Formatter& formatter;
  output::Formatter* helper;  // of saved files
};

class Run {
 public:
  Run(const cli::Config& config, const Outlets& outlets, std::stop_token stop,
      const Finished& finished)
      : config_(config),
        outlets_(outlets),
        reporter_(outlets.reporter),
        stop_(std::move(stop)),
        finished_(finished) {}

  void run(const Printing& printing) {
    const auto resume_after = resume_cursor();
    if (!resume_after) return end(fail(resume_after.error()));
    if (config_.connect) return remote(printing, *resume_after);
    return config_.files.empty() ? live(printing, *resume_after) : saved(printing, *resume_after);
  }

 private:
  void live(const Printing& printing, std::optional<resume::Cursor> resume_after) {
    mongo::Driver driver(reporter_);
    const auto connection = mongo::Connection::open(config_.connection, driver);
    if (!connection) return end(fail(connection.error()));
    LiveRun run(config_, resume_after, **connection, reporter_, stop_);
    const Status planned = run.plan(printing.predicate, checkpointer_, {});
    if (!planned || stop_.stop_requested()) return finish(planned);
    // A server sends more slowly than one thread formats.
    print({printing.predicate, printing.formatter, nullptr}, run.open_source(), run.lookup(),
          run.pump_options(), run.window());
  }

  void saved(const Printing& printing, std::optional<resume::Cursor> resume_after) {
    FileRun run(config_, resume_after, reporter_, stop_);
    auto source = run.open_source();
    if (!source) return end(fail(source.error()));
    oplog::EntryLookup& lookup = **source;
    print(printing, *std::move(source), lookup, run.pump_options(), run.window());
  }

  void remote(const Printing& printing, std::optional<resume::Cursor> resume_after) {
    RemoteRun run(config_, resume_after, reporter_, stop_);
    auto source = run.open_source();
    if (!source) return end(fail(source.error()));
    if (resume_after) checkpointer_.begin(*resume_after);
    print({printing.predicate, printing.formatter, nullptr}, *std::move(source), run,
          run.pump_options(), CatchUpWindow{});
  }

  void print(const Printing& printing, std::unique_ptr<oplog::Source> source,
             oplog::EntryLookup& lookup, const Pump::Options& options,
             const CatchUpWindow& window) {
    Display display(outlets_.display, window, config_.format.utc, outlets_.status);
    outlets_.printing = true;
    ReadAhead input(std::move(source), stop_);
    Pump pump(options,
              {printing.predicate, lookup, printing.formatter, printing.helper, config_.format,
               outlets_.window, outlets_.sink, display, checkpointer_, reporter_},
              stop_);
    finish(pump.run(input));
  }

  void finish(const Status& outcome) {
    if (config_.show_cursor && checkpointer_.position()) {
      reporter_.requested(fmt::format("-- cursor: {}", to_string(*checkpointer_.position())));
    }
    end(outcome);
  }

  void end(const Status& outcome) {
    checkpointer_.end();
    finished_(outcome);
  }

  // Where an earlier run has got to, if there was one.
  Result<std::optional<resume::Cursor>> resume_cursor() {
    if (!config_.cursor_file) return config_.after_cursor;
    auto file = resume::CursorFile::claim(*config_.cursor_file);
    if (!file) return fail(std::move(file.error()));
    if (!file->locked()) {
      reporter_.warning(fmt::format("the file system has no locks for the cursor file {}; see that "
                                    "no other mongotail uses it",
                                    file->path()));
    }
    auto saved = file->load();
    if (!saved) return saved;
    checkpointer_.keep_in(*std::move(file));
    return *saved ? *saved : config_.after_cursor;
  }

  const cli::Config& config_;
  const Outlets& outlets_;
  Reporter& reporter_;
  std::stop_token stop_;
  const Finished& finished_;
  Checkpointer checkpointer_;
};

}  // namespace

void run_pipeline(const cli::Config& config, const Outlets& outlets, std::stop_token stop,
                  const Finished& finished) {
  const auto predicate = match::Predicate::make(config.selection);
  if (!predicate) return finished(fail(predicate.error()));
  auto formatter = output::Formatter::make(config.format);
  if (!formatter) return finished(fail(formatter.error()));
  const bool shared = formatter->lines_are_independent() && usable_cores() > 1;
  auto helper = output::Formatter::make(config.format);
  Run(config, outlets, std::move(stop), finished)
      .run({*predicate, *formatter, shared && helper ? &*helper : nullptr});
}

}  // namespace mongotail::app
