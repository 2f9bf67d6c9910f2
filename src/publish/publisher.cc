#include "publish/publisher.h"

#include <algorithm>
#include <utility>

#include "publish/subscriber_request.h"

namespace mongotail::publish {
namespace {

constexpr std::size_t block_bytes = 64u << 10;

constexpr std::chrono::milliseconds shortest_gathering{4}, longest_gathering{20};
constexpr int gathering_to_handing_out = 2;

// A tail hears something every second.
constexpr std::chrono::seconds silence_of_a_server_away{10};

double age_of(bson::Timestamp ts) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const double age = std::chrono::duration<double>(now).count() - ts.seconds;
  // A ts counts whole seconds, and this machine's clock may be behind.
  return std::max(0.0, age - 1);
}

}  // namespace

std::chrono::milliseconds gathering_time(std::chrono::microseconds handing_out) {
  const auto wanted =
      std::chrono::duration_cast<std::chrono::milliseconds>(gathering_to_handing_out * handing_out);
  return std::clamp(wanted, shortest_gathering, longest_gathering);
}

Publisher::Publisher(const match::Predicate& allowed, oplog::EntryLookup& lookup,
                     serve::Intake& intake, Reporter& reporter, resume::Cursor start,
                     std::stop_token stop)
    : intake_(intake),
      reporter_(reporter),
      stop_(std::move(stop)),
      selector_(allowed, lookup, {}),
      builder_([](const resume::Cursor& cursor) { return to_string(cursor); }, {}),
      top_(start),
      published_(start) {}

Status Publisher::run(tail::Input& input) {
  while (!stop_.stop_requested()) {
    const auto item = input.next(patience());
    if (!item) {
      if (!builder_.empty()) publish();
      note_silence();
      continue;
    }
    if (!*item) return fail(item->error());
    if (!**item) return {};
    heard_at_ = Clock::now();
    note_silence();
    const oplog::Batch& batch = ***item;
    if (auto status = take(batch); !status) return status;
    // The first after a pause goes out at once.
    const bool waits = Clock::now() - published_at_ < gathering_time(intake_.handing_out());
    if (batch.caught_up && !input.ready() && !waits) publish();
  }
  return {};
}

std::chrono::milliseconds Publisher::patience() const {
  using std::chrono::milliseconds;
  if (builder_.empty()) return milliseconds(500);
  const auto waited = std::chrono::duration_cast<milliseconds>(Clock::now() - published_at_);
  return std::max(milliseconds(1), gathering_time(intake_.handing_out()) - waited);
}

void Publisher::note_silence() {
  const bool away = Clock::now() - heard_at_ > silence_of_a_server_away;
  if (std::exchange(away_, away) == away) return;
  intake_.set_heard(!away);
  reporter_.detail(away ? "new subscribers are sent away while the server is"
                        : "new subscribers are welcome again");
}

Status Publisher::take(const oplog::Batch& batch) {
  if (batch.rolled_back_to) {
    publish();
    top_ = published_ = resume::Cursor{*batch.rolled_back_to};
    intake_.roll_back(top_);
  }
  selector_.take(batch);
  read::Step step;
  for (;;) {
    const auto more = selector_.next(step);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (auto status = take_step(step); !status) return status;
    if (step.kind == read::Step::Kind::entry_end && stop_.stop_requested()) return {};
  }
  if (batch.watermark) top_ = resume::Cursor{*batch.watermark};
  return {};
}

Status Publisher::take_step(const read::Step& step) {
  if (step.kind == read::Step::Kind::entry_end) {
    counted_ = false;
    if (step.passed) top_ = resume::Cursor{*step.passed};
  } else if (step.kind == read::Step::Kind::wanted) {
    if (!std::exchange(counted_, true)) ++entries_;
    if (auto status = builder_.append(step.operation); !status) return status;
    top_ = resume::cursor_after(step.operation);
    if (builder_.bytes() >= block_bytes) publish();
  }
  return {};
}

void Publisher::publish() {
  if (builder_.empty() && top_ == published_) return;
  intake_.publish(builder_.take(), top_, std::exchange(entries_, 0), age_of(top_.optime.ts));
  published_ = top_;
  published_at_ = Clock::now();
}

}  // namespace mongotail::publish
