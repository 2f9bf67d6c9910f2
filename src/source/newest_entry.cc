#include "source/newest_entry.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "oplog/entry.h"

namespace mongotail::source {
namespace {

Status check_readable_twice(const std::string& path) {
  struct stat status {};
  const bool standard_input = path == "-";
  // A file that is missing is told of by whoever opens it.
  if (!standard_input &&
      (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
    return {};
  }
  return fail(Cause::usage,
              fmt::format("a time that counts back from the newest entry needs a file: {} can be "
                          "read only once",
                          standard_input ? "standard input" : path),
              "give the time itself, such as 2026-11-23T01:00:00Z, or save the input in a file");
}

}  // namespace

Result<std::optional<oplog::OpTime>> newest_in(const std::vector<std::string>& paths,
                                               BsonStreamOptions options) {
  for (const std::string& path : paths) {
    if (auto checked = check_readable_twice(path); !checked) return fail(checked.error());
  }
  options.since = options.last = std::nullopt;
  options.follow = false;
  options.reporter = nullptr;
  options.spill_bytes = 0;
  const auto stream = BsonStream::open(paths, options);
  if (!stream) return fail(stream.error());
  std::optional<oplog::OpTime> newest;
  while (true) {
    const auto batch = (*stream)->next();
    if (!batch && batch.error().cause != Cause::damaged) return fail(batch.error());
    if (!batch || !*batch) return newest;
    for (const bson::Document document : (*batch)->entries) {
      const auto entry = oplog::Entry::parse(document);
      if (entry && (!newest || newest->ts < entry->optime.ts)) newest = entry->optime;
    }
  }
}

}  // namespace mongotail::source
