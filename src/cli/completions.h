#pragma once

#include <string>

namespace mongotail::cli {

enum class Shell { bash, zsh, fish };

/// A script that makes the shell complete mongotail's command line.
std::string completions(Shell shell);

}  // namespace mongotail::cli
