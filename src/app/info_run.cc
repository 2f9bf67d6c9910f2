#include "app/info_run.h"

#include <unistd.h>

#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "mongo/connection.h"
#include "mongo/driver.h"
#include "mongo/read_facts.h"
#include "oplog/oplog_facts.h"
#include "output/byte_sink.h"
#include "output/info_text.h"

namespace mongotail::app {
namespace {

/// Shared by the thread that asks the server and the one that prints.
struct Question {
  Question(cli::InfoConfig the_config, terminal::Console& the_console)
      : config(std::move(the_config)), console(the_console) {}

  cli::InfoConfig config;
  terminal::Console& console;
  std::promise<Result<oplog::OplogFacts>> answer;
};

void ask(Question& question) {
  mongo::Driver driver(question.console);
  const auto connection = mongo::Connection::open(question.config.connection, driver);
  if (!connection) return question.answer.set_value(fail(connection.error()));
  question.answer.set_value(
      mongo::read_facts(**connection, {question.config.members, question.config.deep}));
}

Status print(const oplog::OplogFacts& facts, const cli::InfoConfig& config) {
  const auto figures = oplog::figures_of(facts);
  output::FdSink out(STDOUT_FILENO);
  return out.write(config.json ? output::info_json(facts, figures, output::JsonMode::relaxed)
                               : output::info_text(facts, figures, config.utc));
}

}  // namespace

ExitCode info(cli::InfoConfig config, terminal::Console& console) {
  const auto question = std::make_shared<Question>(std::move(config), console);
  auto answer = question->answer.get_future();
  // The driver takes up to half a second to close its connections; nobody need wait for that.
  std::thread([question] { ask(*question); }).detach();
  const auto facts = answer.get();
  const Status outcome = facts ? print(*facts, question->config) : fail(facts.error());
  if (!outcome && outcome.error().cause != Cause::output_closed) {
    console.error(outcome.error());
    return exit_code_for(outcome.error().cause);
  }
  const bool nothing_known = facts && !facts->first && !facts->last;
  return nothing_known ? ExitCode::failure : ExitCode::success;
}

}  // namespace mongotail::app
