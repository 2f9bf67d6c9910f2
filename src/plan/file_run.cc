#include "plan/file_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "plan/from_config.h"
#include "read/plan.h"
#include "read/window.h"
#include "source/counted_input.h"
#include "source/newest_entry.h"

namespace mongotail::plan {
namespace {

// Names that are remembered; an oplog may hold names without end.
constexpr std::size_t most_names = 10'000;

/// Whether there is much to rule out: to ask costs a second look at each entry that is wanted.
bool selects_by_kind(const match::Selection& selection) {
  return !selection.ns.empty() || !selection.ns_exclude.empty() || !selection.ops.unknown;
}

/// What a predicate rules out. An oplog has few namespaces, so each is looked up once: with many
/// patterns that is dear.
class RuledOut {
 public:
  explicit RuledOut(const match::Predicate& predicate) : predicate_(&predicate) {}

  bool operator()(std::string_view op, std::string_view ns) {
    if (op == op_ && ns == ns_) return last_;
    op_.assign(op);
    ns_.assign(ns);
    std::string name = op_ + ' ' + ns_;
    const auto known = known_.find(name);
    if (known != known_.end()) return last_ = known->second;
    last_ = predicate_->rules_out(op, ns);
    if (known_.size() < most_names) known_.emplace(std::move(name), last_);
    return last_;
  }

 private:
  const match::Predicate* predicate_;
  std::unordered_map<std::string, bool> known_;
  std::string op_ = "none yet";  // asked for last
  std::string ns_;
  bool last_ = false;
};

}  // namespace

FileRun::FileRun(const cli::Config& config, read::ReadRequest request, Reporter& reporter,
                 const std::stop_token& stop)
    : config_(config),
      request_(std::move(request)),
      reporter_(reporter),
      on_stop_(stop, [this] { stopped_ = true; }) {}

Result<std::unique_ptr<source::BsonStream>> FileRun::open_source(
    const match::Predicate* predicate, std::shared_ptr<const tail::NamespaceTally> tally) {
  source::BsonStreamOptions options;
  options.skip_damaged = request_.skip_damaged;
  options.follow = request_.follow;
  options.stop = &stopped_;
  options.reporter = &reporter_;
  options.bytes_read = counter_;
  // What is damaged is looked for everywhere, and the states of a document need all of its entries.
  if (predicate != nullptr && selects_by_kind(config_.selection) && !request_.skip_damaged &&
      !config_.state) {
    options.skipped = [ruled_out = RuledOut(*predicate), tally = std::move(tally)](
                          std::string_view op, std::string_view ns) mutable {
      return (tally == nullptr || tally->stopped()) && ruled_out(op, ns);
    };
  }
  if (auto status = set_window(options); !status) return fail(status.error());
  first_ = options.since;
  reporter_.notice(fmt::format("{} {}; Ctrl-C stops", request_.follow ? "following" : "reading",
                               fmt::join(config_.files, ", ")));
  return source::BsonStream::open(config_.files, options);
}

Result<std::unique_ptr<source::BsonStream>> FileRun::open_to_end() {
  source::BsonStreamOptions options;
  options.since = first_;
  options.stop = &stopped_;
  return source::BsonStream::open(config_.files, options);
}

Status FileRun::set_window(source::BsonStreamOptions& options) {
  oplog::OpTime newest_entry;
  if (read::counts_from_newest(request_)) {
    const auto found = newest();
    if (!found) return fail(found.error());
    newest_entry = *found;
  }
  const auto window = read::saved_window(request_, newest_entry);
  if (!window) return fail(window.error());
  options.since = window->first;
  options.last = window->last;
  return {};
}

Result<oplog::OpTime> FileRun::newest() {
  source::BsonStreamOptions options;
  options.skip_damaged = request_.skip_damaged;
  options.stop = &stopped_;
  const auto found = source::newest_in(config_.files, options);
  if (!found) return fail(found.error());
  return found->value_or(oplog::OpTime{});
}

tail::Pump::Options FileRun::pump_options() const {
  tail::Pump::Options options = plan::pump_options(config_);
  options.select = read::select_saved(request_);
  options.last = request_.lines;
  return options;
}

terminal::ProgressWindow FileRun::window() const {
  terminal::ProgressWindow window;
  window.ends = !request_.follow;
  window.bytes = source::bytes_in(config_.files);
  window.bytes_read = &bytes_read_;
  return window;
}

}  // namespace mongotail::plan
