#include "tail/pump.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace mongotail::tail {
namespace {

// While more is said to come, lines may wait this long for a full block.
constexpr std::chrono::milliseconds longest_line_wait{10};

// Silence after which a cursor that has moved is saved.
constexpr std::chrono::milliseconds idle_before_save{20};

// A rollback of more lines than that is said without their exact number.
constexpr std::size_t remembered_lines = 100'000;

oplog::Operation operation_at(const oplog::Unwound& place, const oplog::Entry& entry,
                              oplog::OpTime optime, std::size_t source) {
  return {entry, optime, place.index, place.last, place.transaction, source};
}

}  // namespace

Pump::Pump(Options options, Parts parts, std::stop_token stop)
    : options_(std::move(options)),
      parts_(parts),
      stop_(std::move(stop)),
      printer_({parts.formatter, parts.helper, parts.sink, parts.checkpointer}),
      columns_(parts.format.width),
      summary_(options_.summary) {
  selectors_.emplace_back(parts_.predicate, parts_.lookup, options_.select, &parts_.reporter);
}

void Pump::add_source(const SourceFacts& source, oplog::EntryLookup& lookup) {
  if (named_ == 0) selectors_.clear();
  selectors_.emplace_back(parts_.predicate, lookup, source.select, &parts_.reporter);
  summary_.add_source(source.name);
  if (source.position) {
    at_.set(named_, *source.position);
    before_held_.set(named_, *source.position);
  }
  ++named_;
}

Status Pump::run(Input& input) {
  Status status = loop(input);
  parts_.display.end();
  // What is the last of a part is not the last of all.
  if (summarizes() || !stop_.stop_requested()) {
    if (auto released = release_held(); status && !released) status = released;
  }
  printer_.idle();
  print_summary();
  // What can't be formatted was read before whatever ended the loop.
  if (auto flushed = flush(); !flushed && (status || flushed.error().cause == Cause::damaged)) {
    status = flushed;
  }
  if (auto saved = parts_.checkpointer.save(); status && !saved) status = saved;
  return status;
}

Status Pump::loop(Input& input) {
  while (!done() && !stop_.stop_requested()) {
    std::optional<std::chrono::milliseconds> patience;
    if (parts_.checkpointer.unsaved()) patience = idle_before_save;
    if (printer_.pending()) patience = longest_line_wait;
    auto item = input.next(parts_.display.patience(patience, terminal::Display::Clock::now()));
    parts_.display.refresh(summary_, terminal::Display::Clock::now());
    if (!item) {
      if (auto status = wait_was_long(input); !status) return status;
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
      if (!input.holds_back()) printer_.idle();
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

Status Pump::wait_was_long(const Input& input) {
  if (printer_.pending()) {
    if (!input.holds_back()) printer_.idle();
    return flush();
  }
  return parts_.checkpointer.save();
}

Status Pump::take(const oplog::Batch& batch) {
  bytes_ = batch.bytes;
  if (batch.rolled_back_to) {
    // So that the lines that it speaks of come before the warning.
    if (auto status = flush(); !status) return status;
    roll_back(batch);
  }
  const auto all_taken = take_entries(batch);
  if (!all_taken) return fail(all_taken.error());
  // The watermark is past what this run has dealt with.
  if (!*all_taken) return {};
  if (batch.watermark) {
    at_.set(batch.source, {*batch.watermark, std::nullopt});
    if (!holding()) printer_.end_transaction(*batch.watermark, std::nullopt);
  }
  if (printer_.pending() || holding() || at_.empty()) return {};
  parts_.checkpointer.written(at_);
  return parts_.checkpointer.save_if_due();
}

// False if the run ends among them.
Result<bool> Pump::take_entries(const oplog::Batch& batch) {
  read::Selector& selector = selectors_[batch.source];
  selector.take(batch);
  read::Step step;
  for (;;) {
    auto more = selector.next(step);
    if (!more) return more;
    if (!*more) return true;
    step.operation.source = batch.source;
    if (auto status = take_step(step); !status) return fail(std::move(status.error()));
    if (done()) {
      // Where the limit ended it among an entry's operations, the place stays inside.
      selector.leave_entry();
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
      before_held_.set(step.operation.source, resume::cursor_after(step.operation));
      return {};
    case read::Step::Kind::unwanted:
      end_transaction(step.operation);
      return {};
    case read::Step::Kind::entry_end:
      if (step.passed) at_.set(step.operation.source, {*step.passed, std::nullopt});
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
    count_printed();
    at_.set(operation.source, resume::cursor_after(operation));
    return {};
  }
  if (auto status = printer_.print(operation, bytes_, at_); !status) return status;
  count_printed();
  at_.set(operation.source, resume::cursor_after(operation));
  if (options_.may_roll_back) {
    if (may_be_void_.size() == remembered_lines) may_be_void_.pop_front();
    may_be_void_.push_back({operation.optime, operation.source});
  }
  return {};
}

void Pump::count_printed() {
  if (printed_++ == 0 && parts_.silence != nullptr) parts_.silence->stop();
}

void Pump::hold_back(const oplog::Operation& operation) {
  if (*options_.last == 0) return;
  Held held{{},
            {},
            operation.optime,
            {operation.index, operation.last, operation.transaction},
            operation.source,
            {}};
  if (summarizes()) {
    held.sample = summary_.sample(operation);
  }
  if (!held.sample) {
    held.document = std::make_shared<const bson::OwnedDocument>(operation.entry.document);
  }
  if (held_.size() == *options_.last) {
    const Held& dropped = held_.front();
    before_held_.set(dropped.source, resume::cursor_after(operation_at(
                                         dropped.place, {}, dropped.optime, dropped.source)));
    held_.pop_front();
  }
  held_.push_back(std::move(held));
}

// An operation that is not shown may be the end of a transaction of which others are.
void Pump::end_transaction(const oplog::Operation& last) {
  if (!last.last || !last.transaction) return;
  const std::int64_t operations = std::int64_t{last.index} + 1;
  if (!holding()) {
    printer_.end_transaction(last.optime, operations);
  } else if (!held_.empty() && held_.back().optime == last.optime &&
             held_.back().source == last.source) {
    held_.back().operations = operations;
  }
}

Status Pump::release_held() {
  options_.last = std::nullopt;
  resume::Progress released = before_held_;
  for (const Held& held : std::exchange(held_, {})) {
    if (done()) {
      stay_before(held, released);
    } else {
      if (auto status = release(held, released); !status) return status;
      const oplog::Operation place = operation_at(held.place, {}, held.optime, held.source);
      released.set(held.source, resume::cursor_after(place));
    }
  }
  return {};
}

// The limit has come before it.
void Pump::stay_before(const Held& held, const resume::Progress& released) {
  const bool any = held.source < released.sources() && released.of(held.source);
  if (any) {
    at_.set(held.source, *released.of(held.source));
  } else {
    at_.unset(held.source);
  }
}

Status Pump::release(const Held& held, const resume::Progress& before) {
  oplog::Operation operation = operation_at(held.place, {}, held.optime, held.source);
  if (held.sample) {
    summary_.add(*held.sample);
  } else {
    const auto entry = oplog::Entry::parse(held.document->view());
    if (!entry) return fail(entry.error());
    operation.entry = *entry;
    if (summarizes()) {
      summary_.add(operation);
    } else if (auto status = printer_.print(operation, held.document, before); !status) {
      return status;
    }
    if (held.operations && !summarizes()) printer_.end_transaction(held.optime, held.operations);
  }
  count_printed();
  if (done()) at_.set(held.source, resume::cursor_after(operation));
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

void Pump::roll_back(const oplog::Batch& batch) {
  const oplog::OpTime common = *batch.rolled_back_to;
  oplog::OpTime first = common;
  const bool all_remembered = may_be_void_.size() < remembered_lines;
  const std::size_t count = std::erase_if(may_be_void_, [&](const Line& line) {
    if (line.source != batch.source || line.optime.ts <= common.ts) return false;
    if (first == common) first = line.optime;
    return true;
  });
  const bool all_known = all_remembered || !may_be_void_.empty();
  parts_.reporter.warning(
      count == 0
          ? fmt::format("entries after {} were rolled back; none of them was printed by this run",
                        oplog::with_time(common.ts))
          : fmt::format("{}{} printed operations are void: the set rolled them back, from {} on; "
                        "continuing after {}",
                        all_known ? "" : "at least ", count, oplog::with_time(first.ts),
                        oplog::with_time(common.ts)));
  at_.set(batch.source, {common, std::nullopt});
}

Status Pump::flush() {
  return printer_.flush(holding() ? nullptr : &at_);
}

}  // namespace mongotail::tail
