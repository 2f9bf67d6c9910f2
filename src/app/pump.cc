#include "app/pump.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace mongotail::app {
namespace {

// While more is said to come, lines may wait this long for a full block.
constexpr std::chrono::milliseconds longest_line_wait{10};

// Silence after which a cursor that has moved is saved.
constexpr std::chrono::milliseconds idle_before_save{20};

// A rollback of more lines than that is said without their exact number.
constexpr std::size_t remembered_lines = 100'000;

oplog::Operation operation_at(const oplog::Unwound& place, const oplog::Entry& entry,
                              oplog::OpTime optime) {
  return {entry, optime, place.index, place.last, place.transaction};
}

}  // namespace

Pump::Options pump_options(const cli::Config& config) {
  using Summarize = Pump::Options::Summarize;
  Pump::Options options;
  if (config.summary) {
    options.summarize = config.summary_as_json ? Summarize::as_json : Summarize::as_table;
  }
  options.summary = config.summary_options;
  options.limit = config.limit;
  return options;
}

Pump::Pump(Options options, Parts parts, std::stop_token stop)
    : options_(std::move(options)),
      parts_(parts),
      stop_(std::move(stop)),
      selector_(parts.predicate, parts.lookup, options_.select, &parts.reporter),
      printer_({parts.formatter, parts.helper, parts.sink, parts.checkpointer}),
      columns_(parts.format.width),
      summary_(options_.summary) {}

Status Pump::run(ReadAhead& input) {
  Status status = loop(input);
  parts_.display.end();
  // What is the last of a part is not the last of all.
  if (summarizes() || !stop_.stop_requested()) {
    if (auto released = release_held(); status && !released) status = released;
  }
  print_summary();
  // What can't be formatted was read before whatever ended the loop.
  if (auto flushed = flush(); !flushed && (status || flushed.error().cause == Cause::damaged)) {
    status = flushed;
  }
  if (auto saved = parts_.checkpointer.save(); status && !saved) status = saved;
  return status;
}

Status Pump::loop(ReadAhead& input) {
  while (!done() && !stop_.stop_requested()) {
    std::optional<std::chrono::milliseconds> patience;
    if (parts_.checkpointer.unsaved()) patience = idle_before_save;
    if (printer_.pending()) patience = longest_line_wait;
    auto item = input.next(parts_.display.patience(patience, Display::Clock::now()));
    parts_.display.refresh(summary_, Display::Clock::now());
    if (!item) {
      if (auto status = wait_was_long(); !status) return status;
      continue;
    }
    if (!*item) return fail(item->error());
    parts_.checkpointer.started();
    if (!**item) return {};
    const oplog::Batch& batch = ***item;
    if (auto status = fit_to_window(); !status) return status;
    if (auto status = take(batch); !status) return status;
    bytes_.reset();
    parts_.display.took(batch);
    if (batch.caught_up) {
      if (auto status = release_held(); !status) return status;
    }
    if (batch.caught_up && !input.ready()) {
      if (auto status = flush(); !status) return status;
    }
  }
  return {};
}

Status Pump::fit_to_window() {
  const int columns = parts_.window.columns();
  if (std::exchange(columns_, columns) == columns) return {};
  auto status = flush();
  printer_.set_width(columns);
  return status;
}

Status Pump::wait_was_long() {
  if (printer_.pending()) return flush();
  return parts_.checkpointer.save();
}

Status Pump::take(const oplog::Batch& batch) {
  bytes_ = batch.bytes;
  if (batch.rolled_back_to) {
    // So that the lines that it speaks of come before the warning.
    if (auto status = flush(); !status) return status;
    roll_back(*batch.rolled_back_to);
  }
  const auto all_taken = take_entries(batch);
  if (!all_taken) return fail(all_taken.error());
  // The watermark is past what this run has dealt with.
  if (!*all_taken) return {};
  if (batch.watermark) {
    at_ = resume::Cursor{*batch.watermark, std::nullopt};
    if (!holding()) printer_.end_transaction(*batch.watermark, std::nullopt);
  }
  if (printer_.pending() || holding() || !at_) return {};
  parts_.checkpointer.written(*at_);
  return parts_.checkpointer.save_if_due();
}

// False where the run ends among them.
Result<bool> Pump::take_entries(const oplog::Batch& batch) {
  selector_.take(batch);
  read::Step step;
  for (;;) {
    auto more = selector_.next(step);
    if (!more) return more;
    if (!*more) return true;
    if (auto status = take_step(step); !status) return fail(std::move(status.error()));
    if (done()) {
      // Where the limit ended it among an entry's operations, the place stays inside.
      selector_.leave_entry();
      return false;
    }
    if (step.kind == read::Step::Kind::entry_end && stop_.stop_requested()) return false;
  }
}

Status Pump::take_step(const read::Step& step) {
  switch (step.kind) {
    case read::Step::Kind::wanted:
      explain_time_series(step.operation);
      return emit(step.operation);
    case read::Step::Kind::skipped:
      explain_time_series(step.operation);
      return {};
    case read::Step::Kind::unwanted:
      end_transaction(step.operation);
      return {};
    case read::Step::Kind::entry_end:
      if (step.passed) at_ = resume::Cursor{*step.passed, std::nullopt};
      return {};
  }
  return {};
}

void Pump::explain_time_series(const oplog::Operation& operation) {
  if (explained_time_series_ || !parts_.predicate.matches_time_series(operation.entry)) return;
  explained_time_series_ = true;
  const auto buckets = oplog::NamespaceName::split(operation.entry.ns);
  const auto series = buckets.time_series();
  parts_.reporter.notice(fmt::format(
      "{}.{} is a time-series collection: its operations are those on its buckets, in {}",
      series.database, series.collection, operation.entry.ns));
}

Status Pump::emit(const oplog::Operation& operation) {
  if (options_.last) {
    hold_back(operation);
    return {};
  }
  if (summarizes()) {
    summary_.add(operation);
    ++printed_;
    at_ = cursor_after(operation);
    return {};
  }
  if (auto status = printer_.print(operation, bytes_); !status) return status;
  ++printed_;
  at_ = cursor_after(operation);
  if (options_.may_roll_back) {
    if (may_be_void_.size() == remembered_lines) may_be_void_.pop_front();
    may_be_void_.push_back(operation.optime);
  }
  return {};
}

void Pump::hold_back(const oplog::Operation& operation) {
  if (*options_.last == 0) return;
  Held held{{}, {}, operation.optime, {operation.index, operation.last, operation.transaction}, {}};
  if (summarizes()) {
    held.sample = summary_.sample(operation);
  }
  if (!held.sample) {
    held.document = std::make_shared<const bson::OwnedDocument>(operation.entry.document);
  }
  if (held_.size() == *options_.last) held_.pop_front();
  held_.push_back(std::move(held));
}

// An operation that is not shown may be the end of a transaction of which others are.
void Pump::end_transaction(const oplog::Operation& last) {
  if (!last.last || !last.transaction) return;
  const std::int64_t operations = std::int64_t{last.index} + 1;
  if (!holding()) {
    printer_.end_transaction(last.optime, operations);
  } else if (!held_.empty() && held_.back().optime == last.optime) {
    held_.back().operations = operations;
  }
}

Status Pump::release_held() {
  options_.last = std::nullopt;
  for (const Held& held : std::exchange(held_, {})) {
    if (done()) break;
    if (auto status = release(held); !status) return status;
  }
  return {};
}

Status Pump::release(const Held& held) {
  oplog::Operation operation = operation_at(held.place, {}, held.optime);
  if (held.sample) {
    summary_.add(*held.sample);
  } else {
    const auto entry = oplog::Entry::parse(held.document->view());
    if (!entry) return fail(entry.error());
    operation.entry = *entry;
    if (summarizes()) {
      summary_.add(operation);
    } else if (auto status = printer_.print(operation, held.document); !status) {
      return status;
    }
    if (held.operations && !summarizes()) printer_.end_transaction(held.optime, held.operations);
  }
  if (++printed_; done()) at_ = cursor_after(operation);
  return {};
}

void Pump::print_summary() {
  switch (std::exchange(options_.summarize, Options::Summarize::no)) {
    case Options::Summarize::no:
      break;
    case Options::Summarize::as_table:
      printer_.append(summary_.table());
      break;
    case Options::Summarize::as_json:
      printer_.append(summary_.json_lines(parts_.format.json_mode));
      break;
  }
}

void Pump::roll_back(oplog::OpTime common) {
  std::size_t count = 0;
  oplog::OpTime first = common;
  while (!may_be_void_.empty() && may_be_void_.back().ts > common.ts) {
    first = may_be_void_.back();
    may_be_void_.pop_back();
    ++count;
  }
  const bool all_known = !may_be_void_.empty() || count < remembered_lines;
  parts_.reporter.warning(
      count == 0
          ? fmt::format("entries after {} were rolled back; none of them was printed by this run",
                        oplog::with_time(common.ts))
          : fmt::format("{}{} printed operations are void: the set rolled them back, from {} on; "
                        "going on after {}",
                        all_known ? "" : "at least ", count, oplog::with_time(first.ts),
                        oplog::with_time(common.ts)));
  at_ = resume::Cursor{common, std::nullopt};
}

Status Pump::flush() {
  return printer_.flush(holding() ? std::nullopt : at_);
}

}  // namespace mongotail::app
