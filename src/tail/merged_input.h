#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/reporter.h"
#include "merge/merge.h"
#include "oplog/source.h"
#include "tail/input.h"
#include "tail/read_ahead.h"

namespace mongotail::tail {

/// Several sources as one stream, each read ahead on a thread of its own. A source that fails once
/// it has been read from is reported, and the others continue; its failure is the stream's end
/// once they have ended. Memory is bounded by what Merge and ReadAhead keep of each source.
class MergedInput final : public Input {
 public:
  /// `reporter` must outlive the object.
  MergedInput(merge::Options options, Reporter& reporter, std::stop_token stop);

  /// Sources are numbered in the order in which they are added, from 0.
  void add(merge::SourceStart start, std::unique_ptr<oplog::Source> source);

  /// Called by next(), so that it may add sources; any thread may ring(), so that it is soon.
  void before_each(std::function<void()> look) { look_ = std::move(look); }
  void ring();

  std::optional<Item> next(std::optional<std::chrono::milliseconds> patience) override;
  bool ready() const override { return !following_.empty() || over_; }
  bool holds_back() const override { return !following_.empty() || merge_.holds_any(); }

  /// The source has nothing to come behind `last`, where that is known, and ends there, else at
  /// once. `ended` is called by next() then.
  void finish(std::size_t source, std::optional<bson::Timestamp> last, std::function<void()> ended);

 private:
  struct Reading {
    std::unique_ptr<ReadAhead> input;
    bool may_have_more = true;  // than what is known to wait
    bool heard = false;
    std::optional<bson::Timestamp> last;  // it ends there
    std::function<void()> ended;
  };

  /// Rung by the reading threads.
  struct Bell {
    std::mutex mutex;
    std::condition_variable_any rung;
    std::uint64_t times = 0;
  };

  void take();
  void pull();
  void pull(std::size_t source);
  void end_source(std::size_t source);
  void fail_source(std::size_t source, const Error& error);
  void say_notices();
  bool wait_until(std::optional<merge::Clock::time_point> deadline);

  merge::Merge merge_;
  Reporter& reporter_;
  std::stop_token stop_;
  Bell bell_;
  std::uint64_t heard_rings_ = 0;
  std::function<void()> look_;
  std::optional<Error> failure_;  // the first one of a source
  bool fatal_ = false;            // which ends the stream at once
  bool over_ = false;
  std::deque<Item> following_;    // the next items, as far as they are known
  std::deque<Reading> readings_;  // last: their threads use the others
};

}  // namespace mongotail::tail
