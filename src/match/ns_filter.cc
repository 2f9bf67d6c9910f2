#include "match/ns_filter.h"

#include <algorithm>
#include <utility>

#include "oplog/command.h"

namespace mongotail::match {
namespace {

Status parse_into(std::string_view pattern, std::vector<NsGlob>& globs) {
  auto glob = NsGlob::parse(pattern);
  if (!glob) return fail(std::move(glob.error()));
  globs.push_back(*std::move(glob));
  return {};
}

}  // namespace

Result<NsFilter> NsFilter::make(const std::vector<std::string>& include,
                                const std::vector<std::string>& exclude, bool internal) {
  std::vector<NsGlob> includes;
  std::vector<NsGlob> excludes;
  for (const std::string& pattern : include) {
    if (auto parsed = parse_into(pattern, includes); !parsed) return fail(parsed.error());
  }
  for (const std::string& pattern : exclude) {
    if (auto parsed = parse_into(pattern, excludes); !parsed) return fail(parsed.error());
  }
  if (include.empty() && !internal) {
    for (const std::string_view pattern : internal_namespaces) {
      if (auto parsed = parse_into(pattern, excludes); !parsed) return fail(parsed.error());
    }
  }
  return NsFilter(std::move(includes), std::move(excludes));
}

bool NsFilter::included(NamespaceName name) const {
  return include_.empty() ||
         std::ranges::any_of(include_, [name](const NsGlob& glob) { return glob.matches(name); });
}

bool NsFilter::excluded(NamespaceName name) const {
  return std::ranges::any_of(exclude_, [name](const NsGlob& glob) { return glob.matches(name); });
}

bool NsFilter::shows_database(std::string_view database) const {
  const bool taken =
      include_.empty() || std::ranges::any_of(include_, [database](const NsGlob& glob) {
        return glob.matches_database(database);
      });
  return taken && std::ranges::none_of(exclude_, [database](const NsGlob& glob) {
           return glob.covers_database(database);
         });
}

bool NsFilter::shows_command(const oplog::Entry& command) const {
  const oplog::CommandTarget target = oplog::CommandTarget::of(command);
  switch (target.kind()) {
    case oplog::CommandTarget::Kind::database:
      return shows_database(target.database());
    case oplog::CommandTarget::Kind::collections: {
      const auto names = target.names();
      return std::ranges::any_of(names, [this](NamespaceName name) { return included(name); }) &&
             !std::ranges::all_of(names, [this](NamespaceName name) { return excluded(name); });
    }
    case oplog::CommandTarget::Kind::none:
      break;
  }
  return shows(NamespaceName::split(command.ns));
}

bool NsFilter::matches_time_series(const oplog::Entry& operation) const {
  const NamespaceName name = NamespaceName::split(operation.ns);
  return !include_.empty() && name.holds_buckets() && shows(name) &&
         std::ranges::none_of(include_,
                              [name](const NsGlob& glob) { return glob.matches_name(name); });
}

bool NsFilter::matches(const oplog::Entry& operation) const {
  if (include_.empty() && exclude_.empty()) return true;
  if (operation.is_command()) return shows_command(operation);
  return shows(NamespaceName::split(operation.ns));
}

}  // namespace mongotail::match
