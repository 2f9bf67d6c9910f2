#include "state/state_source.h"

#include <utility>

#include "bson/builder.h"

namespace mongotail::state {
namespace {

// What is handed out together, in bytes: each operation comes with a whole document.
constexpr std::size_t batch_bytes = 1u << 20;

/// Selects every operation: an event can be a command, or lie in a database that goes.
match::Predicate everything() {
  match::Selection selection;
  selection.ops.noop = selection.internal = true;
  return *match::Predicate::make(selection);
}

/// What was dealt with counts for the state too, and nothing is skipped of what makes it.
read::SelectOptions of_all(read::SelectOptions options) {
  options.resume_after = std::nullopt;
  options.skip = 0;
  options.raw = false;
  return options;
}

/// Of an entry that lost operations: any of them may have been the document's.
oplog::Operation any_of(const read::Step& entry_end) {
  oplog::Operation operation;
  operation.optime = entry_end.passed.value_or(oplog::OpTime());
  return operation;
}

}  // namespace

StateSource::StateSource(std::unique_ptr<oplog::Source> entries, oplog::EntryLookup& lookup,
                         Subject subject, Tracker tracker, const read::SelectOptions& options,
                         Reporter& reporter)
    : source_(std::move(entries)),
      subject_(std::move(subject)),
      tracker_(std::move(tracker)),
      resume_after_(options.resume_after),
      everything_(everything()),
      selector_(everything_, lookup, of_all(options), &reporter) {}

Result<std::optional<oplog::Batch>> StateSource::next() {
  if (!batch_) {
    auto batch = source_->next();
    if (!batch || !*batch) return batch;
    batch_ = **std::move(batch);
    selector_.take(*batch_);
    if (batch_->rolled_back_to) {
      tracker_.forget();
      resume_after_.reset();
    }
  }
  oplog::Batch out;
  const auto documents = std::make_shared<Documents>();
  out.bytes = documents;
  out.rolled_back_to = std::exchange(batch_->rolled_back_to, std::nullopt);
  const auto all = take(out, *documents);
  if (!all) return fail(all.error());
  if (!*all) return out;
  out.caught_up = batch_->caught_up;
  out.watermark = batch_->watermark;
  batch_.reset();
  return out;
}

// True at the batch's end; else there is enough to be handed out.
Result<bool> StateSource::take(oplog::Batch& out, Documents& documents) {
  bytes_ = 0;
  read::Step step;
  while (bytes_ < batch_bytes) {
    const auto more = selector_.next(step);
    if (!more) return fail(more.error());
    if (!*more) return true;
    if (step.kind != read::Step::Kind::entry_end) {
      take_operation(step.operation, out, documents);
    } else if (step.cut_short) {
      tracker_.see(Event::renewed, any_of(step));
    }
  }
  return false;
}

void StateSource::take_operation(const oplog::Operation& operation, oplog::Batch& out,
                                 Documents& documents) {
  const Event event = subject_.event_of(operation.entry);
  tracker_.see(event, operation);
  if (resume_after_ && !is_after(operation, *resume_after_)) return;
  const bool is_its_own = event != Event::none && !operation.entry.is_command();
  // A transaction's end is told even if another document's operation is the last.
  if (is_its_own || (operation.transaction && operation.last)) {
    hand_out(operation, is_its_own, out, documents);
  }
}

void StateSource::hand_out(const oplog::Operation& operation, bool with_state, oplog::Batch& out,
                           Documents& documents) {
  const bson::Document document = operation.entry.document;
  documents.push_back(with_state ? this->with_state(document) : bson::OwnedDocument(document));
  out.entries.push_back(documents.back().view());
  out.unwound.push_back({operation.index, operation.last, operation.transaction});
  bytes_ += out.entries.back().size();
}

bson::OwnedDocument StateSource::with_state(bson::Document operation) const {
  bson::Builder builder;
  for (const bson::Element& field : operation) builder.append(field);
  const Value& document = tracker_.document();
  if (document.is(Value::Kind::absent)) {
    builder.append("state", bson::Element());
    return builder.take();
  }
  const auto nothing = Value::of(Value::Kind::object, true);
  const bool exists = document.is(Value::Kind::object);
  const Description described = describe(exists ? document : nothing);
  builder.append("state", described.document.view());
  if (described.unknown.empty()) return builder.take();
  builder.open_array("stateUnknown");
  char buffer[24];
  for (std::size_t i = 0; i < described.unknown.size(); ++i) {
    builder.append(bson::array_key(i, buffer), described.unknown[i]);
  }
  return builder.take();
}

Status for_each_event(oplog::Source& entries, oplog::EntryLookup& lookup, const Subject& subject,
                      const read::SelectOptions& options,
                      const std::function<void(Event, const oplog::Operation&)>& see) {
  const match::Predicate all = everything();
  read::Selector selector(all, lookup, of_all(options));
  read::Step step;
  for (;;) {
    const auto batch = entries.next();
    if (!batch) return fail(batch.error());
    if (!*batch) return {};
    selector.take(**batch);
    for (;;) {
      const auto more = selector.next(step);
      if (!more) return fail(more.error());
      if (!*more) break;
      if (step.kind != read::Step::Kind::entry_end) {
        see(subject.event_of(step.operation.entry), step.operation);
      } else if (step.cut_short) {
        see(Event::renewed, any_of(step));
      }
    }
  }
}

}  // namespace mongotail::state
