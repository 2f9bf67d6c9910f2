#include "plan/live_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "mongo/current_member.h"
#include "mongo/entry_lookup.h"
#include "mongo/live_reader.h"
#include "mongo/reverse_source.h"
#include "mongo/tail_source.h"
#include "plan/live_window.h"

namespace mongotail::plan {
namespace {

std::string selection_name(const match::Selection& selection) {
  return selection.ns.empty() ? "all operations" : fmt::format("{}", fmt::join(selection.ns, ", "));
}

std::string start_name(const mongo::Start& start) {
  if (const auto* after = std::get_if<mongo::AfterEntry>(&start)) {
    return oplog::with_time(after->optime.ts);
  }
  const auto& from = std::get<mongo::FromTimestamp>(start);
  return from.oldest ? "the oldest entry" : oplog::with_time(from.ts);
}

/// The past of the member that the stream will read.
class LiveBackwards final : public read::Backwards {
 public:
  LiveBackwards(mongo::Connection& connection, std::shared_ptr<mongo::CurrentMember> current,
                oplog::EntryLookup& lookup)
      : connection_(connection), current_(std::move(current)), lookup_(lookup) {}

  std::unique_ptr<oplog::Source> open(mongo::ReversePlan plan) override {
    return std::make_unique<mongo::ReverseSource>(mongo::live_set(connection_), std::move(plan),
                                                  current_);
  }
  oplog::EntryLookup& lookup() override { return lookup_; }

 private:
  mongo::Connection& connection_;
  std::shared_ptr<mongo::CurrentMember> current_;
  oplog::EntryLookup& lookup_;
};

}  // namespace

LiveRun::LiveRun(read::ReadRequest request, mongo::Connection& connection, Reporter& reporter,
                 std::stop_token stop)
    : request_(std::move(request)),
      connection_(connection),
      reporter_(reporter),
      stop_(std::move(stop)) {}

Result<read::OpenRead> LiveRun::open(const match::Predicate& predicate, Measure measure) {
  auto filter = read::filter_of(request_);
  if (!filter) return fail(std::move(filter.error()));
  const auto facts = ask();
  if (!facts) return fail(facts.error());
  if (measure == Measure::oplog) measure_oplog(*filter);
  const auto current = std::make_shared<mongo::CurrentMember>();
  auto lookup =
      std::make_unique<mongo::OplogLookup>(mongo::live_set(connection_), current, reporter_, stop_);
  LiveBackwards backwards(connection_, current, *lookup);
  auto plan = read::make_plan(request_, predicate, *std::move(filter), *facts, backwards);
  if (!plan) return fail(std::move(plan.error()));
  auto source = std::make_unique<mongo::TailSource>(mongo::live_set(connection_), plan->tail,
                                                    current, reporter_, stop_);
  return read::OpenRead{*std::move(plan), std::move(lookup), std::move(source)};
}

Result<read::ServerFacts> LiveRun::ask() {
  auto info = mongo::oplog_info(connection_);
  if (!info) return fail(std::move(info.error()));
  info_ = *std::move(info);
  const read::ServerFacts facts{info_.newest, info_.majority_reads};
  if (read::read_concern_of(request_, facts) != request_.read_concern) {
    reporter_.warning(fmt::format(
        "{} runs with majority reads turned off: what is printed may be rolled back later",
        info_.address));
  }
  return facts;
}

terminal::ProgressWindow LiveRun::window(const read::ReadPlan& plan) const {
  return live_window(plan, size_, sample_);
}

// Only for the progress: what can't be learned is done without.
void LiveRun::measure_oplog(const bson::OwnedDocument& filter) {
  const auto by_time = [this](const Error& error) {
    reporter_.detail("progress goes by time, not by bytes: " + error.what);
  };
  // What is sent can then be compared with the size of the oplog.
  if (read::wants_nearly_all(request_, filter)) {
    auto size = mongo::oplog_size(connection_);
    if (!size) return by_time(size.error());
    size_ = *size;
  } else {
    auto sample = mongo::oplog_sample(connection_);
    if (!sample) return by_time(sample.error());
    sample_ = *std::move(sample);
  }
}

void LiveRun::announce(const read::ReadPlan& plan) const {
  reporter_.notice(fmt::format(
      "{} {} on {} at {} from {}; Ctrl-C stops", plan.tail.last ? "reading" : "following",
      selection_name(request_.wish), info_.set_name, info_.address, start_name(plan.tail.start)));
}

}  // namespace mongotail::plan
