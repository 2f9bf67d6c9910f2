#include "app/info_run.h"

#include <unistd.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mongo/cluster.h"
#include "mongo/connection.h"
#include "mongo/driver.h"
#include "mongo/read_facts.h"
#include "oplog/oplog_facts.h"
#include "output/byte_sink.h"
#include "output/info_text.h"
#include "plan/shard_address.h"

namespace mongotail::app {
namespace {

/// Of each oplog what is known of it, or why nothing is.
struct Answer {
  std::vector<oplog::OplogFacts> facts;
  std::vector<Error> failures;
  bool shards = false;
};

/// Shared by the thread that asks the servers and the one that prints.
struct Question {
  Question(cli::InfoConfig the_config, terminal::Console& the_console)
      : config(std::move(the_config)), console(the_console) {}

  cli::InfoConfig config;
  terminal::Console& console;
  std::promise<Answer> answer;
};

class Asking {
 public:
  Asking(const cli::InfoConfig& config, Reporter& reporter) : config_(config), driver_(reporter) {}

  Answer run() {
    if (!config_.more_connections.empty()) return servers();
    const auto connection = mongo::Connection::open(config_.connection, driver_);
    if (!connection) return {{}, {connection.error()}};
    if (config_.any()) {
      if (auto status = plan::check_is_cluster(**connection); !status)
        return {{}, {status.error()}};
      return cluster(**connection);
    }
    auto facts = mongo::read_facts(**connection, options());
    if (facts) return {{*std::move(facts)}, {}};
    if (facts.error().cause == Cause::no_oplog && mongo::is_mongos(**connection)) {
      return cluster(**connection);
    }
    return {{}, {facts.error()}};
  }

 private:
  using Facts = Result<oplog::OplogFacts>;

  mongo::FactsOptions options() const { return {config_.members, config_.deep}; }

  Facts facts_of(const ConnectionConfig& config) {
    const auto connection = mongo::Connection::open(config, driver_);
    if (!connection) return fail(connection.error());
    return mongo::read_facts(**connection, options());
  }

  std::future<Facts> ask(ConnectionConfig config) {
    return std::async(std::launch::async,
                      [this, config = std::move(config)] { return facts_of(config); });
  }

  Answer servers() {
    std::vector<std::future<Facts>> asked;
    asked.push_back(ask(config_.connection));
    for (const ConnectionConfig& more : config_.more_connections) asked.push_back(ask(more));
    Answer answer;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      auto facts = asked[i].get();
      std::string label = config_.labels.empty() ? "" : config_.labels[i];
      if (!facts) {
        if (!label.empty()) facts.error().what.insert(0, label + ": ");
        answer.failures.push_back(std::move(facts.error()));
        continue;
      }
      facts->source = label.empty() ? facts->set_name : label;
      answer.facts.push_back(*std::move(facts));
    }
    return answer;
  }

  Answer cluster(mongo::Connection& connection) {
    const auto shards = mongo::shards_of(connection);
    if (!shards) return {{}, {shards.error()}};
    if (auto status = plan::check_shards(*shards, config_); !status) return {{}, {status.error()}};
    std::vector<std::future<Facts>> asked;
    for (const mongo::Shard& shard : *shards) {
      asked.push_back(ask(plan::connection_of(shard, config_.connection, config_)));
    }
    Answer answer;
    answer.shards = true;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      auto facts = asked[i].get();
      if (!facts) {
        answer.failures.push_back(plan::of_shard(std::move(facts.error()), (*shards)[i]));
        continue;
      }
      facts->source = (*shards)[i].name;
      answer.facts.push_back(*std::move(facts));
    }
    return answer;
  }

  const cli::InfoConfig& config_;
  mongo::Driver driver_;
};

std::string text_of(const Answer& answer, const cli::InfoConfig& config) {
  std::string text;
  for (const oplog::OplogFacts& facts : answer.facts) {
    const auto figures = oplog::figures_of(facts);
    if (config.json) {
      text += output::info_json(facts, figures, output::JsonMode::relaxed,
                                answer.shards ? "shard" : "source");
    } else {
      if (!text.empty()) text += '\n';
      text += output::info_text(facts, figures, config.utc);
    }
  }
  const bool several = answer.facts.size() > 1 && answer.failures.empty() && !config.json;
  const auto window = several ? oplog::common_window(answer.facts) : std::nullopt;
  if (window) text += '\n' + output::common_text(*window, config.utc);
  return text;
}

}  // namespace

ExitCode info(cli::InfoConfig config, terminal::Console& console) {
  const auto question = std::make_shared<Question>(std::move(config), console);
  auto asked = question->answer.get_future();
  // The driver takes up to half a second to close its connections; nobody need wait for that.
  std::thread([question] {
    Asking asking(question->config, question->console);
    question->answer.set_value(asking.run());
  }).detach();
  const Answer answer = asked.get();
  output::FdSink out(STDOUT_FILENO);
  if (const auto text = text_of(answer, question->config); !text.empty()) {
    const Status written = out.write(text);
    if (!written && written.error().cause != Cause::output_closed) {
      console.error(written.error());
      return exit_code_for(written.error().cause);
    }
  }
  for (const Error& error : answer.failures) console.error(error);
  if (!answer.failures.empty()) return exit_code_for(answer.failures.front().cause);
  const bool nothing_known = std::ranges::any_of(
      answer.facts, [](const auto& facts) { return !facts.first && !facts.last; });
  return nothing_known ? ExitCode::failure : ExitCode::success;
}

}  // namespace mongotail::app
