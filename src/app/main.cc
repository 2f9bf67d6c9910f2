#include "app/main.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/info_run.h"
#include "app/run.h"
#include "app/serve_run.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/info_config.h"
#include "cli/options.h"
#include "cli/password_prompt.h"
#include "cli/serve_config.h"
#include "mongo/driver.h"
#include "output/byte_sink.h"
#include "terminal/console.h"

namespace mongotail::app {
namespace {

ExitCode report(const Error& error, terminal::Console& console) {
  console.error(error);
  return exit_code_for(error.cause);
}

ExitCode print(std::string_view text, terminal::Console& console) {
  output::FdSink out(STDOUT_FILENO);
  const auto written = out.write(text);
  if (written || written.error().cause == Cause::output_closed) return ExitCode::success;
  return report(written.error(), console);
}

/// What all commands do before they begin.
template <typename Config>
ExitCode start(cli::Invocation::Command command, Result<Config> config,
               ExitCode (*begin)(Config, terminal::Console&), terminal::Console& console) {
  if (!config) return report(pointing_to_help(config.error(), command), console);
  console.configure({config->verbose, config->quiet, config->status_line});
  std::vector<ConnectionConfig*> connections{&config->connection};
  if constexpr (requires { config->more_connections; }) {
    for (ConnectionConfig& more : config->more_connections) connections.push_back(&more);
  }
  for (ConnectionConfig* connection : connections) {
    if (!connection->prompt_password) continue;
    auto password = cli::prompt_password(cli::password_question(*connection));
    if (!password) return report(password.error(), console);
    connection->password = *std::move(password);
  }
  return begin(*std::move(config), console);
}

}  // namespace

ExitCode main(int argc, const char* const* argv) {
  // A closed stdout is an error of write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  terminal::Console console;
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto invocation = cli::parse_options(arguments);
  if (!invocation) {
    return report(pointing_to_help(invocation.error(), cli::command_of(arguments)), console);
  }
  if (invocation->action == cli::Invocation::Action::help) {
    return print(cli::help_text(invocation->command), console);
  }
  if (invocation->action == cli::Invocation::Action::help_all) {
    return print(cli::full_help_text(invocation->command), console);
  }
  if (invocation->action == cli::Invocation::Action::version) {
    return print(cli::version_text(mongo::Driver::version()), console);
  }

  const auto environment = cli::Environment::of_process();
  if (invocation->command == cli::Invocation::Command::serve) {
    return start(invocation->command, cli::resolve_serve(*invocation, environment), serve, console);
  }
  if (invocation->command == cli::Invocation::Command::info) {
    return start(invocation->command, cli::resolve_info(*invocation, environment), info, console);
  }
  return start(invocation->command, cli::resolve(*invocation, environment), run, console);
}

}  // namespace mongotail::app
