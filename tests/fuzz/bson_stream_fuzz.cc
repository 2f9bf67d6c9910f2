// Files of any content, plain and gzip: reading ends, in blocks of any size with the same entries;
// each entry that is handed out is intact. The first byte chooses the options.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "fuzz.h"
#include "source/bson_stream.h"

namespace mongotail {
namespace {

struct Outcome {
  std::vector<std::string> entries;
  bool failed = false;
};

std::string text_of(bson::Document document) {
  return {reinterpret_cast<const char*>(document.bytes().data()), document.size()};
}

bool stands_in(bson::Bytes content, bson::Document document,
               const std::optional<oplog::Origin>& origin) {
  if (!origin) return false;
  const bool compressed = content.size() > 1 && content[0] == 0x1f && content[1] == 0x8b;
  if (compressed) return true;
  if (!origin->offset) return true;
  const auto at =
      *origin->offset + static_cast<std::uint64_t>(document.bytes().data() - origin->begin);
  return at + document.size() <= content.size() &&
         std::ranges::equal(content.subspan(at, document.size()), document.bytes());
}

Outcome read_all(bson::Bytes content, const std::string& path,
                 const source::BsonStreamOptions& options) {
  Outcome outcome;
  auto stream = source::BsonStream::open({path}, options);
  fuzz::check(stream.has_value(), "the file can be opened");
  while (true) {
    const auto batch = (*stream)->next();
    outcome.failed = !batch;
    if (!batch || !*batch) return outcome;
    for (const bson::Document document : (*batch)->entries) {
      fuzz::check(!bson::validate(document), "an entry is intact");
      fuzz::check(stands_in(content, document, (*batch)->origin), "its place in the file is known");
      outcome.entries.push_back(text_of(document));
    }
  }
}

// A file in memory, with a path.
UniqueFd memory_file(bson::Bytes content) {
  UniqueFd fd(::memfd_create("oplog", MFD_CLOEXEC));
  fuzz::check(static_cast<bool>(fd), "there is a file in memory");
  const ssize_t written = ::write(fd.get(), content.data(), content.size());
  fuzz::check(written == static_cast<ssize_t>(content.size()), "it takes the content");
  return fd;
}

void judge(std::uint8_t choice, bson::Bytes content) {
  const UniqueFd fd = memory_file(content);
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  source::BsonStreamOptions options;
  options.skip_damaged = (choice & 1) != 0;
  if ((choice & 2) != 0) options.since = bson::Timestamp{choice, 1};
  if ((choice & 4) != 0) options.last = bson::Timestamp{1u << (choice >> 3), 1};
  const Outcome at_once = read_all(content, path, options);
  options.block_bytes = 1 + choice % 61;
  const Outcome in_blocks = read_all(content, path, options);
  fuzz::check(at_once.entries == in_blocks.entries, "blocks change no entry");
  fuzz::check(at_once.failed == in_blocks.failed, "blocks change no error");
}

}  // namespace
}  // namespace mongotail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) mongotail::judge(data[0], {data + 1, size - 1});
  return 0;
}
