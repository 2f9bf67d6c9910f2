#include "plan/known_users.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/safe_text.h"
#include "base/text.h"

namespace mongotail::plan {

Result<std::shared_ptr<oplog::UserNames>> known_users(const match::Selection& selection,
                                                      const std::optional<std::string>& path) {
  auto names = std::make_shared<oplog::UserNames>();
  for (const std::string& name : selection.users) names->add(name);
  if (!path) return names;
  std::ifstream file(*path);
  std::string line;
  while (std::getline(file, line)) {
    const std::string_view name = trimmed(line);
    if (!name.empty() && !name.starts_with('#')) names->add(oplog::full_user_name(name));
  }
  if (!file.eof()) {
    return fail(Cause::input, "--known-users " + safe_text(*path) + ": " + std::strerror(errno),
                "name a file with one user per line, such as ada@admin");
  }
  return names;
}

bool names_users(const cli::Config& config) {
  using output::Format;
  if (config.summary) {
    const auto& keys = config.summary_options.keys;
    return std::ranges::find(keys, output::SummaryKey::user) != keys.end();
  }
  const output::FormatOptions& format = config.format;
  if (format.format == Format::text) {
    return format.text_template.find("{user") != std::string::npos;
  }
  return format.format != Format::json && format.format != Format::bson;
}

}  // namespace mongotail::plan
