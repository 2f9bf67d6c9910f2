#include "app/pump.h"

#include <chrono>
#include <utility>

namespace mongotail::app {
namespace {

// A write of this size costs little beside what it carries, and fits the caches.
constexpr std::size_t block_size = 64u << 10;

// While more is said to come, lines may wait this long for a full block.
constexpr std::chrono::milliseconds longest_wait{10};

}  // namespace

Pump::Pump(Options options, const match::Predicate& predicate, oplog::EntryLookup& lookup,
           output::Formatter& formatter, output::ByteSink& sink, Reporter& reporter,
           std::stop_token stop)
    : options_(options),
      predicate_(predicate),
      unwind_(lookup),
      formatter_(formatter),
      sink_(sink),
      reporter_(reporter),
      stop_(std::move(stop)) {}

Status Pump::run(ReadAhead& input) {
  while (!done() && !stop_.stop_requested()) {
    auto item = input.next(buffer_.empty() ? std::nullopt : std::optional(longest_wait));
    if (!item) {
      if (auto status = flush(); !status) return status;
      continue;
    }
    if (!*item) {
      if (auto status = flush(); !status) return status;
      return fail(item->error());
    }
    if (!**item) break;
    const oplog::Batch& batch = ***item;
    if (auto status = take(batch); !status) {
      if (auto flushed = flush(); !flushed) return flushed;
      return status;
    }
    if (batch.caught_up && !input.ready()) {
      if (auto status = flush(); !status) return status;
    }
  }
  return flush();
}

Status Pump::take(const oplog::Batch& batch) {
  for (const bson::Document& document : batch.entries) {
    if (done() || stop_.stop_requested()) break;
    if (auto status = take_entry(document); !status) return status;
  }
  return {};
}

Status Pump::take_entry(bson::Document document) {
  auto entry = oplog::Entry::parse(document);
  if (!entry) return fail(std::move(entry.error()));
  if (!options_.raw) return unwind(*entry);
  if (!predicate_.matches_stored(*entry)) return {};
  oplog::Operation operation;
  operation.optime = entry->optime;
  operation.entry = *std::move(entry);
  return emit(operation);
}

Status Pump::unwind(const oplog::Entry& entry) {
  if (auto status = unwind_.feed(entry); !status) return tolerate(status.error());
  oplog::Operation operation;
  while (!done()) {
    const auto more = unwind_.next(operation);
    if (!more) return tolerate(more.error());
    if (!*more) break;
    if (!predicate_.matches(operation.entry)) continue;
    if (auto status = emit(operation); !status) return status;
  }
  return {};
}

Status Pump::tolerate(const Error& error) {
  if (error.cause != Cause::history_lost || !options_.tolerate_lost_parts) return fail(error);
  reporter_.warning(error.what);
  return {};
}

Status Pump::emit(const oplog::Operation& operation) {
  if (options_.skip > 0) {
    --options_.skip;
    return {};
  }
  if (auto status = formatter_.append(operation, {}, buffer_); !status) return status;
  ++printed_;
  return buffer_.size() >= block_size ? flush() : Status();
}

Status Pump::flush() {
  if (buffer_.empty()) return {};
  auto status = sink_.write(buffer_);
  buffer_.clear();
  return status;
}

}  // namespace mongotail::app
