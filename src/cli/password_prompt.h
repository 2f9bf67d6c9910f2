#pragma once

#include <string>
#include <string_view>

#include "base/connection_config.h"
#include "base/result.h"

namespace mongotail::cli {

/// `Password for ann@db1: `, safe for a terminal.
std::string password_question(const ConnectionConfig& connection);

/// Asks for a password on the terminal, without echo. The echo is back when this returns, also
/// where a signal ended it: SIGINT, SIGTERM, SIGHUP and SIGQUIT are held back while it waits (50 ms
/// at most), and have their usual effect once the terminal is as before. Ctrl-Z stops the process;
/// when it continues, the prompt is shown again. Call it while the process has one thread.
/// Cause::input: no terminal, it was closed, or a signal came that did not end the process.
Result<std::string> prompt_password(std::string_view question,
                                    const std::string& terminal = "/dev/tty");

}  // namespace mongotail::cli
