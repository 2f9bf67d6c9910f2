#include "read/selector.h"

#include <fmt/format.h>

#include <utility>

namespace mongotail::read {

using Kind = Step::Kind;

Selector::Selector(const match::Predicate& predicate, oplog::EntryLookup& lookup,
                   SelectOptions options, Reporter* reporter)
    : predicate_(predicate),
      options_(options),
      reporter_(reporter),
      unwind_(lookup, options.kept_bytes,
              options.skip_damaged ? oplog::OnDamage::skip : oplog::OnDamage::stop) {}

void Selector::take(const oplog::Batch& batch) {
  batch_ = &batch;
  index_ = 0;
  at_ = At::begin;
  // What comes now is another history, in which the same ts can be another entry.
  if (batch.rolled_back_to) options_.resume_after = std::nullopt;
}

Result<bool> Selector::next(Step& step) {
  switch (at_) {
    case At::begin:
      return open(step);
    case At::inside:
      return next_inside(step);
    case At::end:
      break;
  }
  return end_entry(step, false);
}

Result<bool> Selector::open(Step& step) {
  if (index_ == batch_->entries.size()) return false;
  auto entry = oplog::Entry::parse(batch_->entries[index_]);
  if (!entry) return fail(std::move(entry.error()));
  optime_ = entry->optime;
  const bool unwound = !batch_->unwound.empty();
  printed_ = !unwound && entry->txn_op_index;
  if (!unwound && !printed_ && !options_.raw) {
    at_ = At::inside;
    if (auto status = unwind_.feed(*entry); !status) {
      return tolerate(std::move(status.error()), step);
    }
    return next_inside(step);
  }
  at_ = At::end;
  oplog::Unwound place;
  if (unwound) {
    place = batch_->unwound[index_];
  } else if (printed_) {
    // Whether it is the last one shows only by what comes next.
    place = {*entry->txn_op_index, false, entry->txn_number.has_value()};
  }
  step.operation = {*entry, optime_, place.index, place.last, place.transaction};
  return judge(step);
}

Result<bool> Selector::next_inside(Step& step) {
  auto more = unwind_.next(step.operation);
  if (!more) return tolerate(std::move(more.error()), step);
  if (*more) return judge(step);
  leave_entry();
  return end_entry(step, false);
}

Result<bool> Selector::judge(Step& step) {
  step.kind = Kind::unwanted;
  step.effort = {};
  const bool stored = options_.raw && batch_->unwound.empty();
  if (!stored && options_.resume_after && !is_after(step.operation, *options_.resume_after)) {
    return true;
  }
  if (options_.hide_migrated && step.operation.entry.from_migrate) return true;
  match::Effort effort(options_.longest_evaluation);
  auto wanted = stored ? predicate_.matches_stored(step.operation.entry)
                       : predicate_.matches(step.operation.entry, effort);
  if (!wanted) return wanted;
  step.effort = effort.used();
  if (!*wanted) return true;
  step.kind = options_.skip > 0 ? Kind::skipped : Kind::wanted;
  if (options_.skip > 0) --options_.skip;
  return true;
}

Result<bool> Selector::end_entry(Step& step, bool cut_short) {
  at_ = At::begin;
  ++index_;
  step.kind = Kind::entry_end;
  step.passed = batch_->unwound.empty() && !printed_ ? std::optional(optime_) : std::nullopt;
  step.cut_short = cut_short;
  return true;
}

bool is_tolerated(Cause cause, const SelectOptions& options) {
  return (cause == Cause::history_lost && options.tolerate_lost_parts) ||
         (cause == Cause::rolled_back && options.tolerate_rolled_back_parts);
}

Result<bool> Selector::tolerate(Error error, Step& step) {
  if (is_tolerated(error.cause, options_)) {
    if (reporter_ != nullptr) reporter_->warning(error.what);
    return end_entry(step, true);
  }
  if (error.cause != Cause::damaged || !batch_->origin) return fail(std::move(error));
  error.what.insert(0, place_of_entry());
  if (!options_.skip_damaged) {
    error.hint = "all before it was printed; leave it out with --skip-damaged";
    return fail(std::move(error));
  }
  if (reporter_ != nullptr) {
    reporter_->warning(error.what + "; what was not printed of it is left out");
  }
  return end_entry(step, true);
}

// Of an operation that can't be read nobody knows whether it is wanted.
void Selector::leave_entry() const {
  const oplog::LeftOut& left_out = unwind_.left_out();
  if (left_out.operations == 0 || reporter_ == nullptr) return;
  reporter_->warning(fmt::format(
      "{}{}; {}", place_of_entry(), left_out.reason,
      left_out.operations == 1 ? "one operation was left out"
                               : fmt::format("{} operations were left out", left_out.operations)));
}

// `FILE, byte N: `, where it is from a file.
std::string Selector::place_of_entry() const {
  if (!batch_->origin) return "";
  const auto& origin = *batch_->origin;
  if (!origin.offset) return origin.name + ": ";
  const auto offset = batch_->entries[index_].bytes().data() - origin.begin;
  return fmt::format("{}, byte {}: ", origin.name,
                     *origin.offset + static_cast<std::uint64_t>(offset));
}

}  // namespace mongotail::read
