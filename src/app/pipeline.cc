#include "app/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "app/silence.h"
#include "base/cores.h"
#include "match/predicate.h"
#include "mongo/cluster.h"
#include "mongo/connection.h"
#include "mongo/driver.h"
#include "mongo/oplog_info.h"
#include "mongo/user_names.h"
#include "output/format.h"
#include "plan/file_run.h"
#include "plan/from_config.h"
#include "plan/known_users.h"
#include "plan/live_run.h"
#include "plan/several_run.h"
#include "plan/shard_watch.h"
#include "plan/state_plan.h"
#include "remote/remote_run.h"
#include "resume/checkpoint.h"
#include "resume/cursor.h"
#include "tail/checkpointer.h"
#include "tail/merged_input.h"
#include "tail/namespace_tally.h"
#include "tail/pump.h"
#include "tail/read_ahead.h"

namespace mongotail::app {
namespace {

using Finished = std::function<void(Status)>;
using Seen = tail::NamespaceTally::Seen;
using Newest = std::vector<bson::OwnedDocument>;
/// How a run ended, and how many operations it printed.
using AtEnd = std::function<void(const Status&, std::uint64_t)>;

// How many entries to request from a server after a run that printed nothing.
constexpr std::int32_t looked_at_in_silence = 1'000;
constexpr std::chrono::milliseconds patience_at_the_end{2'000};
// The time from a signal to the end is promised.
constexpr std::chrono::milliseconds patience_when_stopped{60};

/// What every run prints with, wherever its entries come from.
struct Printing {
  const match::Predicate& predicate;
  output::Formatter& formatter;
  output::Formatter* helper;  // of saved files
  /// Whom all that is printed names; complete before anything is.
  std::shared_ptr<oplog::UserNames> users;

  void call_sources(const std::string& field) const {
    formatter.call_sources(field);
    if (helper != nullptr) helper->call_sources(field);
  }
  void add_source(const std::string& name) const {
    formatter.add_source(name);
    if (helper != nullptr) helper->add_source(name);
  }
};

class Run {
 public:
  Run(const cli::Config& config, const Outlets& outlets, std::stop_token stop,
      const Finished& finished)
      : config_(config),
        outlets_(outlets),
        reporter_(outlets.reporter),
        stop_(std::move(stop)),
        finished_(finished) {}

  void run(const Printing& printing) {
    const auto cursors = saved_cursors();
    if (!cursors) return end(fail(cursors.error()));
    if (config_.is_merged()) return several(printing, *cursors, config_.sharded);
    if (is_of_several(*cursors) || !config_.after_cursors.empty()) {
      // Only a mongos can tell whether there is more than one source.
      if (config_.connect || !config_.files.empty()) return end(fail(of_several(*cursors)));
      return live(printing, *cursors, std::nullopt);
    }
    const auto resume_after = resume_cursor(*cursors);
    if (config_.connect) return remote(printing, resume_after);
    return config_.files.empty() ? live(printing, *cursors, resume_after)
                                 : saved(printing, resume_after);
  }

 private:
  void live(const Printing& printing, const std::optional<resume::Cursors>& cursors,
            std::optional<resume::Cursor> resume_after) {
    for (const auto& line : doubts_of_uri(config_)) reporter_.warning(line);
    mongo::Driver driver(reporter_);
    const auto connection = mongo::Connection::open(config_.connection, driver);
    if (!connection) return end(fail(connection.error()));
    const bool of_several_sources = is_of_several(cursors) || !config_.after_cursors.empty();
    if (of_several_sources || of_cluster_only() || config_.status_line) {
      const auto deployment = mongo::deployment_of(**connection);
      if (!deployment) return end(fail(deployment.error()));
      if (*deployment == mongo::Deployment::mongos) return several(printing, cursors, true);
      if (of_several_sources) return end(fail(of_several(cursors)));
      if (of_cluster_only()) {
        return end(fail(
            Cause::usage,
            "a flag or key of sharded clusters is given for what is followed as one replica set",
            "give --sharded with the cluster's config servers, name a mongos, or several sets"));
      }
      if (*deployment == mongo::Deployment::config_servers) {
        reporter_.notice(
            "these are the config servers of a sharded cluster; --sharded follows its shards");
      }
    }
    plan::LiveRun run(plan::to_request(config_, resume_after), **connection, reporter_, stop_);
    auto opened =
        run.open(printing.predicate, config_.status_line ? plan::LiveRun::Measure::oplog
                                                         : plan::LiveRun::Measure::nothing);
    if (!opened && opened.error().cause == Cause::no_oplog && mongo::is_mongos(**connection)) {
      return several(printing, cursors, true);
    }
    if (!opened) return finish(fail(opened.error()));
    const read::ReadPlan& plan = opened->plan;
    if (auto saved = save_start(resume_after, plan); !saved) return finish(saved);
    const auto tally = std::make_shared<tail::NamespaceTally>();
    if (config_.verbose) {
      opened->source = std::make_unique<tail::TalliedSource>(std::move(opened->source), tally);
    }
    if (config_.state) {
      // Before it says that it follows: what is written from then on is followed from there.
      auto states = plan::with_states(std::move(opened->source), config_, plan, *opened->lookup,
                                      **connection, reporter_, stop_);
      if (!states) return finish(fail(states.error()));
      opened->source = *std::move(states);
    }
    // Nothing is asked any more once it says that it follows: a server that hangs then delays no
    // end.
    if (plan::names_users(config_)) {
      for (const std::string& name : mongo::user_names(**connection)) printing.users->add(name);
    }
    if (config_.verbose) describe(**connection, plan.tail.filter.view());
    run.announce(plan);
    if (stop_.stop_requested()) return finish({});
    say_doubts(resume_after.has_value());
    const terminal::ProgressWindow window = run.window(plan);
    const auto at_end = [&](const Status& outcome, std::uint64_t printed) {
      reporter_.detail(fmt::format("{} entries came from the server, {} operations were printed",
                                   tally->seen().entries, printed));
      if (!is_silent(outcome, printed)) return;
      explain_newest({{{}, **connection, plan.tail.filter.view(), window.begin}});
    };
    tail::Pump::Options options = plan::pump_options(config_);
    options.select = plan.select;
    options.may_roll_back = plan.may_roll_back;
    // A server sends more slowly than one thread formats.
    print({printing.predicate, printing.formatter, nullptr, printing.users},
          std::move(opened->source), *opened->lookup, options, window, at_end);
  }

  // Saved before it says that it follows: a crash right behind that loses nothing then.
  Status save_start(const std::optional<resume::Cursor>& resume_after, const read::ReadPlan& plan) {
    if (resume_after) {
      checkpointer_.begin(*resume_after);
    } else if (plan.position) {
      checkpointer_.written(*plan.position);
      return checkpointer_.save();
    }
    return {};
  }

  /// `whose`: what each line begins with.
  void describe(mongo::Connection& connection, bson::Document filter,
                const std::string& whose = {}) {
    const auto member = mongo::describe_member(connection);
    reporter_.detail(whose + (member ? *member : member.error().what));
    std::string text;
    if (output::JsonWriter(output::JsonMode::relaxed).append(filter, text)) {
      reporter_.detail(whose + "the server filters by " + text);
    }
  }

  /// What the oplog holds of what was read, for the server sent only what it thought was wanted;
  /// nullopt if it doesn't say in time.
  std::optional<Newest> newest_entries(mongo::Connection& connection,
                                       std::optional<bson::Timestamp> begin) {
    const auto patience = stop_.stop_requested() ? patience_when_stopped : patience_at_the_end;
    auto entries = mongo::newest_entries(connection, begin.value_or(bson::Timestamp{}),
                                         looked_at_in_silence, patience);
    if (entries) return *std::move(entries);
    reporter_.detail("can't say what was filtered out: " + entries.error().what);
    return std::nullopt;
  }

  void saved(const Printing& printing, std::optional<resume::Cursor> resume_after) {
    plan::FileRun run(config_, plan::to_request(config_, resume_after), reporter_, stop_);
    const auto tally = std::make_shared<tail::NamespaceTally>();
    auto source = run.open_source(&printing.predicate, explains_silence() ? tally : nullptr);
    if (!source) return end(fail(source.error()));
    say_doubts(resume_after.has_value());
    oplog::EntryLookup& lookup = **source;
    const auto at_end = [&](const Status& outcome, std::uint64_t printed) {
      if (is_silent(outcome, printed)) explain(tally->seen(), false);
    };
    auto entries = tallied(*std::move(source), tally);
    if (config_.state) {
      auto states = plan::with_states(std::move(entries), config_, run, lookup, reporter_);
      if (!states) return end(fail(states.error()));
      entries = *std::move(states);
    }
    print(printing, std::move(entries), lookup, run.pump_options(), run.window(), at_end,
          tally.get());
  }

  /// Counted, where the count may have to be told.
  std::unique_ptr<oplog::Source> tallied(std::unique_ptr<oplog::Source> source,
                                         std::shared_ptr<tail::NamespaceTally> tally) const {
    if (!explains_silence()) return source;
    return std::make_unique<tail::TalliedSource>(std::move(source), std::move(tally));
  }

  bool explains_silence() const {
    return config_.status_line && config_.limit != 0 && filters(config_.selection);
  }

  void remote(const Printing& printing, std::optional<resume::Cursor> resume_after) {
    remote::RemoteRun run(config_, resume_after, reporter_, stop_);
    auto source = run.open_source();
    if (!source) return end(fail(source.error()));
    say_doubts(resume_after.has_value());
    if (resume_after) checkpointer_.begin(*resume_after);
    print({printing.predicate, printing.formatter, nullptr, printing.users}, *std::move(source),
          run, run.pump_options(), terminal::ProgressWindow{}, [](const Status&, std::uint64_t) {});
  }

  void several(Printing printing, const std::optional<resume::Cursors>& saved, bool cluster) {
    if (cluster && saved && !is_of_several(saved)) {
      return end(fail(Cause::input,
                      "the cursor file is from a single source, and the cluster has several shards",
                      "name another file"));
    }
    match::Selection selection = config_.selection;
    if (cluster && selection.ns.empty() && !selection.internal) {
      selection.ns_exclude.emplace_back("*.system.resharding.*");
    }
    const auto predicate = match::Predicate::make(selection);
    if (!predicate) return end(fail(predicate.error()));
    using Of = plan::SeveralRun::Of;
    plan::SeveralRun run(config_, cluster ? Of::cluster : Of::sets_or_files,
                         saved ? *saved : config_.after_cursors, reporter_, stop_);
    const Status opened = run.open(*predicate);
    if (!opened || stop_.stop_requested()) return finish(opened);
    if (cluster) printing.call_sources("shard");
    // Asked before it says that it follows, as of one server.
    const std::vector<plan::SeveralRun::Asked> servers = run.servers();
    if (plan::names_users(config_)) {
      for (const std::string& name : run.user_names()) printing.users->add(name);
    }
    if (config_.verbose) {
      for (const auto& server : servers)
        describe(server.connection, server.filter, server.name + ": ");
    }
    const auto tally = std::make_shared<tail::NamespaceTally>();
    const bool counts = config_.files.empty() ? config_.verbose : explains_silence();
    if (counts) run.count(tally);
    run.announce();
    tail::MergedInput input(run.merge_options(), reporter_, stop_);
    if (auto status = begin_sources(run, printing, input); !status) return finish(status);
    say_doubts(saved || !config_.after_cursors.empty());
    if (config_.files.empty()) printing.helper = nullptr;
    terminal::Display display(outlets_.display, run.window(), config_.format.utc, outlets_.status);
    outlets_.printing = true;
    tail::Pump pump(
        pump_options(run.pump_options(), printing),
        parts(printing, *predicate, *run.sources().front().lookup, display, tally.get()), stop_);
    for (const plan::OpenSource& source : run.sources()) {
      pump.add_source({source.name, source.select, source.position}, *source.lookup);
    }
    std::optional<plan::ShardWatch> watch;
    if (run.may_grow()) {
      std::vector<std::string> known;
      for (const plan::OpenSource& source : run.sources()) known.push_back(source.name);
      watch.emplace(run, known, *predicate, reporter_, [&input] { input.ring(); });
      input.before_each([&] { take_changes(*watch, printing, pump, input); });
    }
    const Status outcome = pump.run(input);
    if (config_.files.empty()) {
      reporter_.detail(fmt::format("{} entries came from the servers, {} operations were printed",
                                   tally->seen().entries, pump.printed()));
    }
    if (is_silent(outcome, pump.printed())) {
      if (servers.empty()) {
        explain(tally->seen(), false);
      } else {
        explain_newest(servers);
      }
    }
    finish(outcome);
  }

  /// Gives the sources' names to whatever prints them or keeps their positions, and starts reading.
  Status begin_sources(plan::SeveralRun& run, const Printing& printing, tail::MergedInput& input) {
    for (std::size_t i = 0; i < run.sources().size(); ++i) {
      const plan::OpenSource& source = run.sources()[i];
      checkpointer_.add_source(source.name);
      printing.add_source(source.name);
      if (source.position && source.may_be_lost) {
        checkpointer_.begin(*source.position, i);
      } else if (source.position) {
        checkpointer_.written(*source.position, i);
      }
    }
    if (auto status = checkpointer_.save(); !status) return status;
    for (plan::OpenSource& source : run.sources()) {
      std::optional<bson::Timestamp> after;
      // Inside an entry, that entry comes again.
      if (source.position && !source.position->index) after = source.position->optime.ts;
      input.add({source.name, source.newest, after}, std::move(source.source));
    }
    return {};
  }

  /// Shards that were added or removed.
  void take_changes(plan::ShardWatch& watch, const Printing& printing, tail::Pump& pump,
                    tail::MergedInput& input) {
    while (auto added = watch.take_added()) {
      checkpointer_.add_source(added->name);
      printing.add_source(added->name);
      pump.add_source({added->name, added->select, added->position}, *added->lookup);
      input.add({added->name, added->newest, std::nullopt}, std::move(added->source));
    }
    while (auto removed = watch.take_removed()) {
      input.finish(removed->number, removed->last, [this, one = *removed]() mutable {
        one.stop.request_stop();
        reporter_.notice(fmt::format("shard {} has been followed to its end", one.name));
      });
    }
  }

  /// Of servers, which send only what may be wanted: they are asked, all at once.
  void explain_newest(const std::vector<plan::SeveralRun::Asked>& servers) {
    std::vector<std::future<std::optional<Newest>>> answers;
    for (const auto& server : servers) {
      answers.push_back(std::async(std::launch::async, [this, &server] {
        return newest_entries(server.connection, server.begin);
      }));
    }
    tail::NamespaceTally tally;
    bool newest_only = false;
    std::size_t answered = 0;
    for (auto& answer : answers) {
      const auto entries = answer.get();
      if (!entries) continue;
      ++answered;
      newest_only = newest_only || entries->size() >= looked_at_in_silence;
      for (const bson::OwnedDocument& entry : *entries) tally.add(entry.view());
    }
    // What is said is of those that have answered.
    if (answered > 0) explain(tally.seen(), newest_only || answered < servers.size());
  }

  bool of_cluster_only() const {
    const auto& keys = config_.summary_options.keys;
    return config_.from_migrate || config_.shard_username || !config_.shard_map.empty() ||
           (config_.summary && std::ranges::find(keys, output::SummaryKey::shard) != keys.end());
  }

  static bool is_of_several(const std::optional<resume::Cursors>& saved) {
    return saved && !saved->front().source.empty();
  }

  Error of_several(const std::optional<resume::Cursors>& saved) const {
    return {saved ? Cause::input : Cause::usage,
            fmt::format("the cursor is of several sources: {}",
                        to_string(saved ? *saved : config_.after_cursors)),
            "give all of them, or a cursor of this one"};
  }

  void print(const Printing& printing, std::unique_ptr<oplog::Source> source,
             oplog::EntryLookup& lookup, tail::Pump::Options options,
             const terminal::ProgressWindow& window, const AtEnd& at_end,
             tail::NamespaceTally* silence = nullptr) {
    terminal::Display display(outlets_.display, window, config_.format.utc, outlets_.status);
    outlets_.printing = true;
    tail::ReadAhead input(std::move(source), stop_, {}, tail::ReadAhead::large_item);
    tail::Pump pump(pump_options(std::move(options), printing),
                    parts(printing, printing.predicate, lookup, display, silence), stop_);
    const Status outcome = pump.run(input);
    at_end(outcome, pump.printed());
    finish(outcome);
  }

  static tail::Pump::Options pump_options(tail::Pump::Options options, const Printing& printing) {
    options.summary.users = printing.users;
    return options;
  }

  tail::Pump::Parts parts(const Printing& printing, const match::Predicate& predicate,
                          oplog::EntryLookup& lookup, terminal::Display& display,
                          tail::NamespaceTally* silence) {
    return {predicate,       lookup,         printing.formatter,
            printing.helper, config_.format, outlets_.window,
            outlets_.sink,   display,        checkpointer_,
            reporter_,       silence};
  }

  void say_doubts(bool resumes) {
    for (const auto& line : doubts(config_, resumes)) reporter_.warning(line);
  }

  bool is_silent(const Status& outcome, std::uint64_t printed) const {
    return outcome && printed == 0 && explains_silence();
  }

  void explain(const Seen& seen, bool newest_only) {
    for (const auto& line : explain_silence(config_.selection, seen, newest_only)) {
      reporter_.notice(line);
    }
  }

  void finish(const Status& outcome) {
    if (const auto positions = checkpointer_.positions();
        config_.show_cursor && !positions.empty()) {
      reporter_.requested("-- cursor: " + to_string(positions));
    }
    end(outcome);
  }

  void end(const Status& outcome) {
    checkpointer_.end();
    finished_(outcome);
  }

  // Where an earlier run has got to, if there was one.
  Result<std::optional<resume::Cursors>> saved_cursors() {
    if (!config_.cursor_file) return std::nullopt;
    auto file = resume::CursorFile::claim(*config_.cursor_file);
    if (!file) return fail(std::move(file.error()));
    if (!file->locked()) {
      reporter_.warning(
          fmt::format("the file system has no locks for the cursor file {}; see that "
                      "no other mongotail uses it",
                      file->path()));
    }
    auto saved = file->load();
    if (!saved) return fail(std::move(saved.error()));
    if (*saved && config_.is_merged() && !is_of_several(*saved)) {
      return fail(
          Cause::input,
          fmt::format("the cursor file {} is of one source: {}", file->path(), to_string(**saved)),
          "name another file");
    }
    checkpointer_.keep_in(*std::move(file));
    return *std::move(saved);
  }

  std::optional<resume::Cursor> resume_cursor(const std::optional<resume::Cursors>& saved) const {
    return saved ? std::optional(saved->front().cursor) : config_.after_cursor;
  }

  const cli::Config& config_;
  const Outlets& outlets_;
  Reporter& reporter_;
  std::stop_token stop_;
  const Finished& finished_;
  tail::Checkpointer checkpointer_;
};

}  // namespace

void run_pipeline(const cli::Config& config, const Outlets& outlets, std::stop_token stop,
                  const Finished& finished) {
  const auto predicate = match::Predicate::make(config.selection);
  if (!predicate) return finished(fail(predicate.error()));
  const auto users = plan::known_users(config.selection, config.known_users);
  if (!users) return finished(fail(users.error()));
  output::FormatOptions format = config.format;
  format.users = *users;
  auto formatter = output::Formatter::make(format);
  if (!formatter) return finished(fail(formatter.error()));
  const bool shared = formatter->lines_are_independent() && usable_cores() > 1;
  auto helper = output::Formatter::make(format);
  Run(config, outlets, std::move(stop), finished)
      .run({*predicate, *formatter, shared && helper ? &*helper : nullptr, *users});
}

}  // namespace mongotail::app
