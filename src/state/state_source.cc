#include "state/state_source.h"

#include <utility>

#include "bson/builder.h"

namespace mongotail::state {
namespace {

using state::Event;

// What is handed out together, in bytes: each operation comes with a whole document.
constexpr std::size_t batch_bytes = 1u << 20;

oplog::Operation whole_entry(const oplog::Entry& entry) {
  oplog::Operation operation;
  operation.entry = entry;
  operation.optime = entry.optime;
  return operation;
}

}  // namespace

StateSource::StateSource(std::unique_ptr<oplog::Source> entries, oplog::EntryLookup& lookup,
                         state::Subject subject, state::Tracker tracker,
                         read::SelectOptions options, Reporter& reporter)
    : source_(std::move(entries)),
      subject_(std::move(subject)),
      tracker_(std::move(tracker)),
      options_(std::move(options)),
      reporter_(reporter),
      unwind_(lookup) {}

Result<std::optional<oplog::Batch>> StateSource::next() {
  if (!batch_) {
    auto batch = source_->next();
    if (!batch || !*batch) return batch;
    batch_ = **std::move(batch);
    taken_ = 0;
    if (batch_->rolled_back_to) {
      tracker_.forget();
      options_.resume_after.reset();
    }
  }
  oplog::Batch out;
  const auto documents = std::make_shared<Documents>();
  out.bytes = documents;
  out.rolled_back_to = std::exchange(batch_->rolled_back_to, std::nullopt);
  bytes_ = 0;
  if (auto status = take(out, *documents); !status) return fail(status.error());
  if (inside_ || taken_ < batch_->entries.size()) return out;
  out.caught_up = batch_->caught_up;
  out.watermark = batch_->watermark;
  batch_.reset();
  return out;
}

// Up to the batch's end, or until there is enough to be handed out.
Status StateSource::take(oplog::Batch& out, Documents& documents) {
  while ((inside_ || taken_ < batch_->entries.size()) && bytes_ < batch_bytes) {
    if (!inside_) {
      auto entry = oplog::Entry::parse(batch_->entries[taken_++]);
      if (!entry) return fail(std::move(entry.error()));
      entry_ = *entry;
      if (auto fed = unwind_.feed(entry_); !fed) {
        if (auto status = tolerate(fed.error()); !status) return status;
        continue;
      }
    }
    oplog::Operation operation;
    const auto more = unwind_.next(operation);
    inside_ = more && *more;
    if (!more) {
      if (auto status = tolerate(more.error()); !status) return status;
    }
    if (!inside_) continue;
    const Event event = subject_.event_of(operation.entry);
    tracker_.see(event, operation);
    const bool dealt_with = options_.resume_after && !is_after(operation, *options_.resume_after);
    if (dealt_with) continue;
    const bool is_its_own = event != Event::none && !operation.entry.is_command();
    // A transaction's end is told even if another document's operation is the last.
    if (is_its_own || (operation.transaction && operation.last)) {
      hand_out(operation, is_its_own, out, documents);
    }
  }
  return {};
}

Status StateSource::tolerate(const Error& error) {
  if (!read::is_tolerated(error.cause, options_)) return fail(error);
  reporter_.warning(error.what);
  tracker_.see(Event::renewed, whole_entry(entry_));
  return {};
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
  const state::Value& document = tracker_.document();
  if (document.is(state::Value::Kind::absent)) {
    builder.append("state", bson::Element());
    return builder.take();
  }
  const auto nothing = state::Value::of(state::Value::Kind::object, true);
  const bool exists = document.is(state::Value::Kind::object);
  const state::Description described = describe(exists ? document : nothing);
  builder.append("state", described.document.view());
  if (described.unknown.empty()) return builder.take();
  builder.open_array("stateUnknown");
  char buffer[24];
  for (std::size_t i = 0; i < described.unknown.size(); ++i) {
    builder.append(bson::array_key(i, buffer), described.unknown[i]);
  }
  return builder.take();
}

Status for_each_event(oplog::Source& entries, oplog::EntryLookup& lookup,
                      const state::Subject& subject, const read::SelectOptions& options,
                      const std::function<void(Event, const oplog::Operation&)>& see) {
  oplog::TxnUnwind unwind(lookup);
  for (;;) {
    const auto batch = entries.next();
    if (!batch) return fail(batch.error());
    if (!*batch) return {};
    for (const bson::Document document : (*batch)->entries) {
      const auto entry = oplog::Entry::parse(document);
      if (!entry) return fail(entry.error());
      oplog::Operation operation;
      Status fed = unwind.feed(*entry);
      while (fed) {
        const auto more = unwind.next(operation);
        if (!more) fed = fail(more.error());
        if (!more || !*more) break;
        see(subject.event_of(operation.entry), operation);
      }
      if (fed) continue;
      if (!read::is_tolerated(fed.error().cause, options)) return fed;
      see(Event::renewed, whole_entry(*entry));
    }
  }
}

}  // namespace mongotail::state
