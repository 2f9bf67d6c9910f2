#include "plan/state_plan.h"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "mongo/current_member.h"
#include "mongo/document_read.h"
#include "mongo/live_reader.h"
#include "mongo/tail_source.h"
#include "source/document_file.h"
#include "state/history.h"
#include "state/state_source.h"
#include "state/subject.h"

namespace mongotail::plan {
namespace {

using state::Event;
using state::Value;

// A document that changes in the time of a few requests is read again.
constexpr int most_reads = 20;

// A stretch of the oplog that takes a moment to read.
constexpr std::uint32_t noticeable_seconds = 60;

// What comes of not knowing the document as it is now.
constexpr std::string_view less_known =
    "states before the first insert or replacement show only what updates set";

bool is_subject(const state::Subject& subject, bson::Document document) {
  oplog::Entry entry;
  entry.op = "i";
  entry.ns = subject.ns();
  entry.o = document;
  return subject.event_of(entry) == Event::whole;
}

Value value_of(const std::optional<bson::OwnedDocument>& document) {
  return document ? Value::of(document->view()) : Value::absent();
}

std::optional<state::Reconstruction> work_back(state::History history, Value later,
                                               const std::string& what, Reporter& reporter) {
  if (history.is_settled()) return std::nullopt;
  const bool too_long = history.overflowed();
  auto found = std::move(history).work_back(std::move(later));
  if (!found) {
    reporter.warning(fmt::format("{} {}: {}", what,
                                 too_long ? "has too many updates to be worked back through"
                                          : "doesn't follow from the updates before it",
                                 less_known));
  }
  return found;
}

/// All must outlive what is given it.
struct LiveParts {
  mongo::Connection& connection;
  const mongo::TailPlan& plan;
  oplog::EntryLookup& lookup;
  const read::SelectOptions& select;
  Reporter& reporter;
  std::stop_token stop;
};

/// Reads of a live set.
class LiveState {
 public:
  LiveState(const state::Subject& subject, LiveParts parts)
      : subject_(subject), parts_(std::move(parts)) {}

  Result<state::Tracker> run() {
    auto placed = read_placed();
    if (!placed) return fail(placed.error());
    if (!*placed) return state::Tracker();
    const bson::Timestamp last = (*placed)->from.ts;
    // What happens between that point and a start after it would be missed.
    if (mongo::start_ts(parts_.plan.start) > bson::next(last)) return state::Tracker();
    state::History history;
    auto plan = parts_.plan;
    plan.last = last;
    if (mongo::start_ts(plan.start).seconds + noticeable_seconds < last.seconds) {
      parts_.reporter.notice("first reading the updates up to now");
    }
    const auto seen = scan(plan, [&](Event event, const oplog::Operation& operation) {
      history.see(event, operation);
    });
    if (!seen) return fail(seen.error());
    return state::Tracker(work_back(std::move(history), value_of((*placed)->document),
                                    "the document as it is now", parts_.reporter));
  }

 private:
  using See = std::function<void(Event, const oplog::Operation&)>;

  Status scan(const mongo::TailPlan& plan, const See& see) {
    mongo::TailSource entries(mongo::live_set(parts_.connection), plan,
                              std::make_shared<mongo::CurrentMember>(), parts_.reporter,
                              parts_.stop);
    return state::for_each_event(entries, parts_.lookup, subject_, parts_.select, see);
  }

  /// nullopt: not to be had, which was said.
  Result<std::optional<mongo::PlacedDocument>> read_placed() {
    const auto id = subject_.id().first().value_or(bson::Element());
    for (int i = 0; i < most_reads && !parts_.stop.stop_requested(); ++i) {
      auto placed = mongo::read_document(parts_.connection, subject_.ns(), id);
      if (!placed) return give_up(placed.error());
      const auto changed = changed_in(*placed);
      if (!changed) return fail(changed.error());
      if (!*changed) return checked(*std::move(placed));
    }
    auto placed = mongo::read_snapshot(parts_.connection, subject_.ns(), id);
    if (placed) return checked(*std::move(placed));
    parts_.reporter.warning(fmt::format(
        "the document changes faster than it can be read at a point of the oplog: {}", less_known));
    return std::nullopt;
  }

  // A collection's collation may find another one.
  std::optional<mongo::PlacedDocument> checked(mongo::PlacedDocument placed) const {
    if (placed.document && !is_subject(subject_, placed.document->view())) {
      placed.document.reset();
    }
    return placed;
  }

  /// Whether anything happened to the document around the read.
  Result<bool> changed_in(const mongo::PlacedDocument& placed) {
    if (placed.from.ts == placed.to.ts) return false;
    mongo::TailPlan plan = parts_.plan;
    plan.start = mongo::FromTimestamp{bson::next(placed.from.ts)};
    plan.last = placed.to.ts;
    plan.read_concern = ReadConcern::majority;
    bool changed = false;
    const auto seen = scan(plan, [&](Event event, const oplog::Operation&) {
      changed = changed || event != Event::none;
    });
    if (!seen) return fail(seen.error());
    return changed;
  }

  Result<std::optional<mongo::PlacedDocument>> give_up(const Error& error) const {
    switch (error.cause) {
      case Cause::unauthorized:
        parts_.reporter.warning(
            fmt::format("not allowed to read {}: {}; the role read on its database shows more",
                        subject_.ns(), less_known));
        return std::nullopt;
      case Cause::no_majority:
      case Cause::server:
        parts_.reporter.warning(
            fmt::format("can't read the document as it is now ({}): {}", error.what, less_known));
        return std::nullopt;
      default:
        return fail(error);
    }
  }

  const state::Subject& subject_;
  LiveParts parts_;
};

Result<state::Tracker> saved_tracker(const state::Subject& subject, const std::string& base,
                                     FileRun& run, const read::SelectOptions& select,
                                     Reporter& reporter) {
  const auto later = source::find_in_file(
      base, [&](bson::Document document) { return is_subject(subject, document); }, &run.stopped());
  if (!later) return fail(later.error());
  const auto entries = run.open_to_end();
  if (!entries) return fail(entries.error());
  state::History history;
  const auto seen = state::for_each_event(
      **entries, **entries, subject, select,
      [&](Event event, const oplog::Operation& operation) { history.see(event, operation); });
  if (!seen) return fail(seen.error());
  return state::Tracker(
      work_back(std::move(history), value_of(*later), "the document in --base", reporter));
}

state::Subject subject_of(const cli::Config& config) {
  return {config.state->ns, config.state->subject.id->view()};
}

}  // namespace

Result<std::unique_ptr<oplog::Source>> with_states(std::unique_ptr<oplog::Source> entries,
                                                   const cli::Config& config,
                                                   const read::ReadPlan& plan,
                                                   oplog::EntryLookup& lookup,
                                                   mongo::Connection& connection,
                                                   Reporter& reporter, std::stop_token stop) {
  const state::Subject subject = subject_of(config);
  auto tracker =
      LiveState(subject, {connection, plan.tail, lookup, plan.select, reporter, std::move(stop)})
          .run();
  if (!tracker) return fail(std::move(tracker.error()));
  return std::make_unique<state::StateSource>(std::move(entries), lookup, subject,
                                              *std::move(tracker), plan.select, reporter);
}

Result<std::unique_ptr<oplog::Source>> with_states(std::unique_ptr<oplog::Source> entries,
                                                   const cli::Config& config, FileRun& run,
                                                   oplog::EntryLookup& lookup, Reporter& reporter) {
  const state::Subject subject = subject_of(config);
  const read::SelectOptions select = run.pump_options().select;
  Result<state::Tracker> tracker;
  if (config.state->base) {
    tracker = saved_tracker(subject, *config.state->base, run, select, reporter);
    if (!tracker) return fail(std::move(tracker.error()));
  }
  return std::make_unique<state::StateSource>(std::move(entries), lookup, subject,
                                              *std::move(tracker), select, reporter);
}

}  // namespace mongotail::plan
