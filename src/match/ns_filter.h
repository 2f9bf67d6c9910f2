#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "match/ns_glob.h"
#include "oplog/entry.h"

namespace mongotail::match {

/// Sessions, migrations and the like; users with their credentials, and keys.
inline constexpr std::string_view internal_namespaces[] = {"config.*", "admin.system.*"};

/// `--ns`, `--ns-exclude` and what is hidden unless asked for.
class NsFilter {
 public:
  /// `internal`: `config.*` and `admin.system.*` are not hidden while `include` is empty.
  static Result<NsFilter> make(const std::vector<std::string>& include,
                               const std::vector<std::string>& exclude, bool internal);

  /// A command is shown if any of what it names is included, and not all of it is excluded. A
  /// dropDatabase is included by every pattern whose database part matches, and excluded only by
  /// one that takes in the whole database.
  bool matches(const oplog::Entry& operation) const;
  /// Whether it is shown for the name of its time series alone.
  bool matches_time_series(const oplog::Entry& operation) const;
  /// Whether `--ns` patterns were given.
  bool has_patterns() const { return !include_.empty(); }

 private:
  NsFilter(std::vector<NsGlob> include, std::vector<NsGlob> exclude)
      : include_(std::move(include)), exclude_(std::move(exclude)) {}

  bool included(NamespaceName name) const;
  bool excluded(NamespaceName name) const;
  bool shows(NamespaceName name) const { return included(name) && !excluded(name); }
  bool shows_command(const oplog::Entry& command) const;
  bool shows_database(std::string_view database) const;

  std::vector<NsGlob> include_;  ///< none: everything
  std::vector<NsGlob> exclude_;
};

}  // namespace mongotail::match
