#include "publish/catch_up_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "match/predicate.h"
#include "read/request.h"
#include "read/selector.h"
#include "read/window.h"

namespace mongotail::publish {
namespace {

using serve::SubscriberId;

constexpr std::size_t block_bytes = 64u << 10;
constexpr int most_blocks_waiting = 2;
// For a query to judge one operation. Whoever wants more can do it alone, with mongotail itself.
constexpr std::chrono::seconds longest_evaluation{2};

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
      std::optional<resume::Cursor> the_after, std::optional<bson::Timestamp> the_end)
      : id(the_id), request(std::move(the_request)), after(the_after), end(the_end) {}

  const SubscriberId id;
  const std::shared_ptr<const SubscriberRequest> request;
  const std::optional<resume::Cursor> after;
  const std::optional<bson::Timestamp> end;  // of an earlier turn, where it ends at the newest
  std::stop_source cancelled;
  int blocks = 0;  // given and not yet taken; of the pool's mutex
};

/// One job's reading, from its start to the top that was there when it began.
class CatchUpPool::Run {
 public:
  Run(CatchUpPool& pool, Job& job)
      : pool_(pool),
        job_(job),
        builder_([](const resume::Cursor& cursor) { return to_string(cursor); },
                 serve::BlockBuilder::Forms::of(job.request->form), job.request->line,
                 pool.options_.users) {}

  Status run();

 private:
  enum class Go { on, stop };
  using Clock = std::chrono::steady_clock;

  read::ReadRequest request();
  Status read(const match::Predicate& wanted, read::OpenRead& opened);
  void say_how_it_ended();
  Result<Go> take(const oplog::Batch& batch, read::Selector& selector);
  Result<Go> take_step(const read::Step& step);
  Go give(std::optional<resume::Cursor> position);
  Go wait_for_reader();
  bool turn_is_over() const;
  bool over() const { return job_.cancelled.stop_requested(); }

  CatchUpPool& pool_;
  Job& job_;
  serve::BlockBuilder builder_;
  resume::Cursor end_;
  std::optional<bson::Timestamp> newest_;  // where it ends, if that is the oplog's end
  Clock::time_point turn_began_;
  bool to_newest_ = false;
  bool paused_ = false;
};

Status CatchUpPool::Run::run() {
  const read::ReadRequest wanted = request();
  const auto predicate = read::predicate_of(wanted);
  if (!predicate) return fail(predicate.error());
  auto opened = pool_.history_.open(wanted, *predicate, job_.cancelled.get_token());
  if (!opened) return fail(std::move(opened.error()));
  if (to_newest_) {
    newest_ = *opened->plan.tail.last;
    end_ = resume::Cursor{{*newest_, oplog::OpTime::no_term}};
  }
  if (auto status = read(*predicate, *opened); !status) return status;
  if (!over()) say_how_it_ended();
  return {};
}

/// Up to what is published by now, or, if the subscriber is past that, up to there. One that
/// wants the oplog's last operations, or all that it holds, is told of those that are not yet
/// published.
read::ReadRequest CatchUpPool::Run::request() {
  read::ReadRequest wanted = job_.request->read;
  wanted.bound = pool_.allowed_;
  if (job_.after) wanted.after = *job_.after;
  wanted.follow = true;
  if (job_.request->ends_at_newest() && job_.end) {
    wanted.last = newest_ = job_.end;
    return wanted;
  }
  to_newest_ = job_.request->ends_at_newest() || (wanted.lines && !wanted.after);
  if (to_newest_) {
    wanted.follow = false;
    return wanted;
  }
  // Whole entries are read, also where those places lie among an entry's operations.
  end_ = resume::Cursor{pool_.receiver_.top().optime};
  if (wanted.after && end_.optime.ts <= wanted.after->optime.ts) {
    end_ = resume::Cursor{wanted.after->optime};
  }
  if (wanted.end) {
    const auto* until = std::get_if<oplog::At>(&*wanted.end);
    if (until != nullptr && until->ts <= end_.optime.ts) {
      end_ = resume::Cursor{{read::last_before(*until, {}), oplog::OpTime::no_term}};
    }
  }
  wanted.last = end_.optime.ts;
  return wanted;
}

void CatchUpPool::Run::say_how_it_ended() {
  if (paused_) {
    pool_.keep_end(job_, newest_);
    pool_.receiver_.catch_up_paused(job_.id);
  } else if (job_.request->ends_at_newest()) {
    pool_.receiver_.catch_up_ended(job_.id, serve::End::Reason::done, {});
  } else {
    pool_.receiver_.caught_up(job_.id, end_);
  }
}

Status CatchUpPool::Run::read(const match::Predicate& wanted, read::OpenRead& opened) {
  read::SelectOptions select = opened.plan.select;
  select.longest_evaluation = longest_evaluation;
  // A subscriber has no way to hear that something is missing.
  select.tolerate_rolled_back_parts = false;
  read::Selector selector(wanted, *opened.lookup, select);
  turn_began_ = Clock::now();
  while (!over()) {
    const auto batch = opened.source->next();
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
  return give(resume::Cursor{*batch.watermark});
}

Result<CatchUpPool::Run::Go> CatchUpPool::Run::take_step(const read::Step& step) {
  if (step.kind == read::Step::Kind::wanted) {
    if (auto status = builder_.append(step.operation); !status) return fail(status.error());
  }
  // A batch of operations that take so long could be several turns.
  if (step.effort > std::chrono::milliseconds(1) && turn_is_over()) {
    return give(resume::cursor_after(step.operation));
  }
  return builder_.bytes() >= block_bytes ? give(std::nullopt) : Go::on;
}

CatchUpPool::Run::Go CatchUpPool::Run::give(std::optional<resume::Cursor> position) {
  serve::SharedBlock block = builder_.take();
  if (!block && !position) return Go::on;
  const bool has_block = block != nullptr;
  if (has_block) {
    const std::scoped_lock lock(pool_.mutex_);
    ++job_.blocks;
  }
  pool_.receiver_.caught(job_.id, std::move(block), position);
  if (has_block && wait_for_reader() == Go::stop) return Go::stop;
  // What was given says where to resume.
  paused_ = turn_is_over();
  return paused_ ? Go::stop : Go::on;
}

bool CatchUpPool::Run::turn_is_over() const {
  if (Clock::now() - turn_began_ < pool_.options_.turn) return false;
  const std::scoped_lock lock(pool_.mutex_);
  return !pool_.waiting_.empty();
}

CatchUpPool::Run::Go CatchUpPool::Run::wait_for_reader() {
  std::unique_lock lock(pool_.mutex_);
  const auto has_room = [this] { return job_.blocks < most_blocks_waiting; };
  const std::stop_token cancelled = job_.cancelled.get_token();
  const auto patience = pool_.options_.patience_with_reader;
  while (!pool_.changed_.wait_for(lock, cancelled, patience, has_room)) {
    if (cancelled.stop_requested()) return Go::stop;
    if (pool_.waiting_.empty()) continue;
    paused_ = true;
    return Go::stop;
  }
  return cancelled.stop_requested() ? Go::stop : Go::on;
}

CatchUpPool::CatchUpPool(read::History& history, const match::Selection& allowed,
                         CatchUpReceiver& receiver, std::stop_token stop, Options options)
    : history_(history),
      allowed_(allowed),
      receiver_(receiver),
      stop_(std::move(stop)),
      options_(std::move(options)) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this](const std::stop_token& own_stop) { work(own_stop); });
  }
}

CatchUpPool::CatchUpPool(read::History& history, const match::Selection& allowed,
                         CatchUpReceiver& receiver, std::stop_token stop)
    : CatchUpPool(history, allowed, receiver, std::move(stop), Options()) {}

CatchUpPool::~CatchUpPool() {
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, job] : jobs_) job->cancelled.request_stop();
  }
  for (std::jthread& thread : threads_) thread.request_stop();
}

void CatchUpPool::start(SubscriberId id, std::shared_ptr<const Request> request,
                        const std::optional<resume::Cursor>& after) {
  const std::scoped_lock lock(mutex_);
  const auto kept = ends_.extract(id);
  const auto end = kept.empty() ? std::nullopt : std::optional(kept.mapped());
  const auto job = std::make_shared<Job>(
      id, std::static_pointer_cast<const SubscriberRequest>(std::move(request)), after, end);
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
  ends_.erase(id);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  found->second->cancelled.request_stop();
  std::erase(waiting_, found->second);
  jobs_.erase(found);
}

void CatchUpPool::keep_end(const Job& job, std::optional<bson::Timestamp> end) {
  const std::scoped_lock lock(mutex_);
  const auto found = jobs_.find(job.id);
  const bool wanted = found != jobs_.end() && found->second.get() == &job;
  if (wanted && end && job.request->ends_at_newest()) ends_[job.id] = *end;
}

serve::Past::Counts CatchUpPool::counts() const {
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
  receiver_.catch_up_ended(job.id, reason_for(done.error().cause), done.error());
}

}  // namespace mongotail::publish
