#include "plan/known_users.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/safe_text.h"
#include "base/text.h"

namespace mongotail::plan {

Result<std::shared_ptr<oplog::UserNames>> known_users(const cli::Config& config) {
  auto names = std::make_shared<oplog::UserNames>();
  for (const std::string& name : config.selection.users) names->add(name);
  if (!config.known_users) return names;
  std::ifstream file(*config.known_users);
  std::string line;
  while (std::getline(file, line)) {
    const std::string_view name = trimmed(line);
    if (!name.empty() && !name.starts_with('#')) names->add(oplog::full_user_name(name));
  }
  if (!file.eof()) {
    return fail(Cause::input,
                "--known-users " + safe_text(*config.known_users) + ": " + std::strerror(errno),
                "name a file with a user a line, such as ada@admin");
  }
  return names;
}

}  // namespace mongotail::plan
