#include "resume/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/safe_text.h"

namespace mongotail::resume {
namespace {

constexpr std::string_view header = "mongotail cursor file, version 1\n";

// No cursor file is longer; anything else is not read to its end.
constexpr std::size_t longest_file = 256;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string reason() {
  return std::strerror(errno);
}

tl::unexpected<Error> cannot(std::string_view verb, const std::string& path, Cause cause) {
  return fail(cause,
              fmt::format("can't {} the cursor file {}: {}", verb, safe_text(path), reason()),
              "check the path and its permissions; the folder must be writable");
}

Result<std::string> read_start(int fd, const std::string& path) {
  std::string text(longest_file, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path, Cause::input);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

CursorFile::CursorFile(std::string path) : path_(std::move(path)) {}

Result<std::optional<Cursor>> CursorFile::load() const {
  const UniqueFd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return cannot("open", path_, Cause::input);
  const auto text = read_start(file.get(), path_);
  if (!text) return fail(text.error());

  std::string_view rest = *text;
  if (rest.starts_with(header) && rest.ends_with('\n')) {
    rest.remove_prefix(header.size());
    if (!rest.empty()) rest.remove_suffix(1);
    if (const auto cursor = parse_cursor(rest)) return *cursor;
  }
  return fail(Cause::damaged, fmt::format("{} is not a cursor file of mongotail", safe_text(path_)),
              "name another file, or remove this one to start afresh");
}

Status CursorFile::save(const Cursor& cursor) const {
  const std::string temporary = fmt::format("{}.{}.tmp", path_, ::getpid());
  {
    const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return cannot("write", path_, Cause::output);
    const std::string text = fmt::format("{}{}\n", header, to_string(cursor));
    if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) {
      const auto failed = cannot("write", path_, Cause::output);
      ::unlink(temporary.c_str());
      return failed;
    }
  }
  if (::rename(temporary.c_str(), path_.c_str()) != 0) {
    const auto failed = cannot("replace", path_, Cause::output);
    ::unlink(temporary.c_str());
    return failed;
  }
  // The rename itself must outlive a crash. Some file systems can't sync a folder; nothing is lost
  // but the newest cursor there.
  const UniqueFd folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
  return {};
}

}  // namespace mongotail::resume
