#include "app/catch_up_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/checkpointer.h"
#include "app/live_run.h"
#include "app/start_position.h"
#include "read/selector.h"

namespace mongotail::app {
namespace {

using serve::Place;
using serve::SubscriberId;

constexpr std::size_t block_bytes = 64u << 10;
constexpr int most_blocks_waiting = 2;
// A subscriber that takes nothing for so long makes room for others, if there are any.
constexpr std::chrono::seconds patience_with_reader{1};
// So does one that has been read to for so long: the others' past may be short.
constexpr std::chrono::seconds turn{1};
// For a query to judge one operation. Whoever wants more can do it alone, with mongotail itself.
constexpr std::chrono::seconds longest_evaluation{2};

/// A catch-up is nobody's business but its subscriber's.
class OnlyDetails final : public Reporter {
 public:
  explicit OnlyDetails(Reporter& reporter) : reporter_(reporter) {}
  void detail(std::string_view what) override { reporter_.detail(what); }
  void notice(std::string_view) override {}
  void requested(std::string_view) override {}
  void warning(std::string_view what) override { reporter_.detail(what); }
  void error(const Error& error) override { reporter_.detail(error.what); }

 private:
  Reporter& reporter_;
};

serve::End::Reason reason_for(Cause cause) {
  if (cause == Cause::history_lost) return serve::End::Reason::lost;
  if (cause == Cause::rolled_back) return serve::End::Reason::rolled_back;
  return serve::End::Reason::failed;
}

}  // namespace

/// One subscriber's wish; shared by the thread that fulfils it and those that call it off.
class CatchUpPool::Job {
 public:
  Job(SubscriberId the_id, std::shared_ptr<const SubscriberRequest> the_request,
      std::optional<Place> the_after)
      : id(the_id), request(std::move(the_request)), after(the_after) {}

  const SubscriberId id;
  const std::shared_ptr<const SubscriberRequest> request;
  const std::optional<Place> after;
  std::stop_source cancelled;
  int blocks = 0;  // given and not yet taken; of the pool's mutex
};

/// One job's reading, from its start to the top that was there when it began.
class CatchUpPool::Run {
 public:
  Run(CatchUpPool& pool, Job& job)
      : pool_(pool),
        job_(job),
        reporter_(pool.reporter_),
        config_(job.request->config),
        builder_([](const Place& place) { return to_string(to_cursor(place)); },
                 serve::BlockBuilder::Forms::of(job.request->form)) {}

  Status run();

 private:
  enum class Go { on, stop };
  using Clock = std::chrono::steady_clock;

  void plan_end(const std::optional<resume::Cursor>& after);
  Status read(oplog::Source& source, oplog::EntryLookup& lookup);
  Result<Go> take(const oplog::Batch& batch, read::Selector& selector);
  Result<Go> take_step(const read::Step& step);
  Go give(std::optional<Place> position);
  Go wait_for_reader();
  bool turn_is_over() const;
  bool over() const { return job_.cancelled.stop_requested(); }

  CatchUpPool& pool_;
  Job& job_;
  OnlyDetails reporter_;
  cli::Config config_;
  serve::BlockBuilder builder_;
  std::optional<match::Predicate> wanted_;  // of what is allowed
  read::SelectOptions select_;
  Place end_;
  std::optional<bson::Timestamp> last_;  // to be read; none: all that there is
  Clock::time_point turn_began_;
  bool to_newest_ = false;
  bool paused_ = false;
};

Status CatchUpPool::Run::run() {
  auto wanted = match::Predicate::make(config_.selection, pool_.allowed_);
  if (!wanted) return fail(wanted.error());
  wanted_ = *std::move(wanted);
  const auto after = job_.after ? std::optional(to_cursor(*job_.after)) : config_.after_cursor;
  plan_end(after);
  if (after) config_.lines = std::nullopt;
  LiveRun live(config_, after, pool_.connection_, reporter_, job_.cancelled.get_token());
  Checkpointer nothing_saved;
  const LiveRun::Limits limits{&pool_.allowed_, last_};
  if (auto status = live.plan(*wanted_, nothing_saved, limits); !status) return status;
  select_ = live.pump_options().select;
  select_.longest_evaluation = longest_evaluation;
  // A subscriber has no way to hear that something is missing.
  select_.tolerate_rolled_back_parts = false;
  if (to_newest_) {
    job_.request->end = live.window().end;
    end_ = Place{{*job_.request->end, oplog::OpTime::no_term}};
  }
  const auto source = live.open_source();
  if (auto status = read(*source, live.lookup()); !status) return status;
  if (over()) return {};
  const SubscriberId id = job_.id;
  if (paused_) {
    pool_.server_.with_hub([id](serve::Hub& hub) { hub.catch_up_paused(id); });
  } else if (job_.request->ends_at_newest()) {
    pool_.server_.with_hub(
        [id](serve::Hub& hub) { hub.catch_up_ended(id, serve::End::Reason::done, {}); });
  } else {
    pool_.server_.with_hub([id, end = end_](serve::Hub& hub) { hub.caught_up(id, end); });
  }
  return {};
}

/// Up to what is published by now, or, where the subscriber stands past that, up to there. Who
/// wants the oplog's last operations, or all that it holds, is told of those that are not yet
/// published.
void CatchUpPool::Run::plan_end(const std::optional<resume::Cursor>& after) {
  config_.limit = std::nullopt;
  config_.follow = true;
  if (job_.request->ends_at_newest() && job_.request->end) {
    last_ = job_.request->end;
    return;
  }
  to_newest_ = job_.request->ends_at_newest() || (config_.lines && !after);
  if (to_newest_) {
    config_.follow = false;
    return;
  }
  // Whole entries are read, also where those places lie among an entry's operations.
  end_ = Place{pool_.server_.top().optime};
  if (after && end_.optime.ts <= after->optime.ts) end_ = Place{after->optime};
  if (config_.until) {
    const auto* until = std::get_if<cli::At>(&*config_.until);
    if (until != nullptr && until->ts <= end_.optime.ts) {
      end_ = Place{{last_before(*until, {}), oplog::OpTime::no_term}};
    }
  }
  last_ = end_.optime.ts;
}

Status CatchUpPool::Run::read(oplog::Source& source, oplog::EntryLookup& lookup) {
  read::Selector selector(*wanted_, lookup, select_);
  turn_began_ = Clock::now();
  while (!over()) {
    const auto batch = source.next();
    if (!batch) return fail(batch.error());
    if (!*batch) break;
    const auto go = take(**batch, selector);
    if (!go) return fail(go.error());
    if (*go == Go::stop) return {};
  }
  give(std::nullopt);
  return {};
}

Result<CatchUpPool::Run::Go> CatchUpPool::Run::take(const oplog::Batch& batch,
                                                    read::Selector& selector) {
  if (batch.rolled_back_to) {
    return fail(Cause::rolled_back, "the set rolled back what was read", "start again");
  }
  selector.take(batch);
  read::Step step;
  for (;;) {
    const auto more = selector.next(step);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (step.kind == read::Step::Kind::entry_end) continue;
    const auto go = take_step(step);
    if (!go || *go == Go::stop) return go;
  }
  if (!batch.watermark) return Go::on;
  return give(Place{*batch.watermark});
}

Result<CatchUpPool::Run::Go> CatchUpPool::Run::take_step(const read::Step& step) {
  if (step.kind == read::Step::Kind::wanted) {
    if (auto status = builder_.append(step.operation); !status) return fail(status.error());
  }
  // A batch of operations that take so long could be several turns.
  if (step.effort > std::chrono::milliseconds(1) && turn_is_over()) {
    return give(serve::place_after(step.operation));
  }
  return builder_.bytes() >= block_bytes ? give(std::nullopt) : Go::on;
}

CatchUpPool::Run::Go CatchUpPool::Run::give(std::optional<Place> position) {
  serve::SharedBlock block = builder_.take();
  if (!block && !position) return Go::on;
  const bool has_block = block != nullptr;
  if (has_block) {
    const std::scoped_lock lock(pool_.mutex_);
    ++job_.blocks;
  }
  pool_.server_.with_hub([id = job_.id, block = std::move(block), position](serve::Hub& hub) {
    hub.caught(id, block, position);
  });
  if (has_block && wait_for_reader() == Go::stop) return Go::stop;
  // What was given says where to go on.
  paused_ = turn_is_over();
  return paused_ ? Go::stop : Go::on;
}

bool CatchUpPool::Run::turn_is_over() const {
  if (Clock::now() - turn_began_ < turn) return false;
  const std::scoped_lock lock(pool_.mutex_);
  return !pool_.waiting_.empty();
}

CatchUpPool::Run::Go CatchUpPool::Run::wait_for_reader() {
  std::unique_lock lock(pool_.mutex_);
  const auto has_room = [this] { return job_.blocks < most_blocks_waiting; };
  const std::stop_token cancelled = job_.cancelled.get_token();
  while (!pool_.changed_.wait_for(lock, cancelled, patience_with_reader, has_room)) {
    if (cancelled.stop_requested()) return Go::stop;
    if (pool_.waiting_.empty()) continue;
    paused_ = true;
    return Go::stop;
  }
  return cancelled.stop_requested() ? Go::stop : Go::on;
}

CatchUpPool::CatchUpPool(mongo::Connection& connection, const match::Selection& allowed,
                         serve::Server& server, Reporter& reporter, std::stop_token stop)
    : connection_(connection),
      allowed_(allowed),
      server_(server),
      reporter_(reporter),
      stop_(std::move(stop)) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& own_stop) { work(own_stop); });
  }
}

CatchUpPool::~CatchUpPool() {
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, job] : jobs_) job->cancelled.request_stop();
  }
  for (std::jthread& thread : threads_) thread.request_stop();
}

void CatchUpPool::start(SubscriberId id, std::shared_ptr<const SubscriberRequest> request,
                        const std::optional<Place>& after) {
  const std::scoped_lock lock(mutex_);
  const auto job = std::make_shared<Job>(id, std::move(request), after);
  jobs_[id] = job;
  waiting_.push_back(job);
  changed_.notify_all();
}

void CatchUpPool::block_taken(SubscriberId id) {
  const std::scoped_lock lock(mutex_);
  const auto found = jobs_.find(id);
  if (found != jobs_.end() && found->second->blocks > 0) --found->second->blocks;
  changed_.notify_all();
}

void CatchUpPool::cancel(SubscriberId id) {
  const std::scoped_lock lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  found->second->cancelled.request_stop();
  std::erase(waiting_, found->second);
  jobs_.erase(found);
}

serve::Backend::CatchUps CatchUpPool::counts() const {
  const std::scoped_lock lock(mutex_);
  return {running_, waiting_.size()};
}

std::shared_ptr<CatchUpPool::Job> CatchUpPool::next_job(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
  if (stop.stop_requested() || stop_.stop_requested()) return nullptr;
  const auto job = waiting_.front();
  waiting_.pop_front();
  ++running_;
  return job;
}

void CatchUpPool::work(const std::stop_token& stop) {
  while (const auto job = next_job(stop)) {
    run(*job);
    const std::scoped_lock lock(mutex_);
    --running_;
    const auto found = jobs_.find(job->id);
    // It may have been started again by now.
    if (found != jobs_.end() && found->second == job) jobs_.erase(found);
  }
}

void CatchUpPool::run(Job& job) {
  const Status done = Run(*this, job).run();
  if (done || job.cancelled.stop_requested()) return;
  server_.with_hub([id = job.id, error = done.error()](serve::Hub& hub) {
    hub.catch_up_ended(id, reason_for(error.cause), error);
  });
}

}  // namespace mongotail::app
