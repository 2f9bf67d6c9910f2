#include "resume/claimed_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "base/safe_text.h"

namespace mongotail::resume {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds patience{500};
constexpr std::chrono::milliseconds pause{10};
// As many as the system follows.
constexpr int most_links = 40;
constexpr mode_t mode_bits = 07777;

std::string folder_of(const std::string& path) {
  const auto folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

tl::unexpected<Error> cannot(std::string_view verb, const std::string& path, Cause cause) {
  return fail(cause,
              fmt::format("can't {} the cursor file {}: {}", verb, safe_text(path),
                          std::generic_category().message(errno)),
              "check the path and its permissions; the folder must be writable");
}

tl::unexpected<Error> in_use(const std::string& path) {
  return fail(Cause::input,
              fmt::format("the cursor file {} is in use by another mongotail", safe_text(path)),
              "give each its own --cursor-file, or end the other one first");
}

// Where a chain of symbolic links ends, whether something is there or not.
std::string target_of(std::string path) {
  for (int links = 0; links < most_links; ++links) {
    std::error_code none;
    const fs::path link = fs::read_symlink(path, none);
    if (none) break;
    path = (fs::path(path).parent_path() / link).string();
  }
  return path;
}

std::string temporary_name(const std::string& path) {
  std::uint64_t number = 0;
  // A name that is guessed all the same is not followed: O_EXCL.
  if (::getrandom(&number, sizeof number, 0) < 0) number = static_cast<std::uint64_t>(::getpid());
  return fmt::format("{}.{:08x}.tmp", path, static_cast<std::uint32_t>(number));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Only root may give a file away, and not every system call filter lets it try; what can't be kept
// is as it is for a new file.
void take_over_owner_and_mode(int from, int to) {
  struct stat old {};
  struct stat made {};
  if (::fstat(from, &old) != 0 || ::fstat(to, &made) != 0) return;
  if (old.st_uid != made.st_uid && ::fchown(to, old.st_uid, old.st_gid) == 0) {
    made.st_gid = old.st_gid;
  }
  if (old.st_gid != made.st_gid) {
    [[maybe_unused]] const int group = ::fchown(to, static_cast<uid_t>(-1), old.st_gid);
  }
  if ((old.st_mode & mode_bits) != (made.st_mode & mode_bits)) {
    ::fchmod(to, old.st_mode & mode_bits);
  }
}

void sync_folder_of(const std::string& path) {
  // Some file systems can't sync a folder; nothing is lost but the newest content there.
  const UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

Result<ClaimedFile> ClaimedFile::claim(std::string path, std::string_view initial) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    ClaimedFile file(path, target_of(path));
    auto opened = file.open_existing();
    if (!opened) return fail(std::move(opened.error()));
    if (!file.fd_) {
      if (auto created = file.create(initial); !created) return fail(std::move(created.error()));
    }
    const bool late = Clock::now() >= deadline;
    if (file.fd_) {
      const auto locked = file.lock();
      if (!locked && late) return fail(locked.error());
      // Replaced since it was opened; or a file system that numbers its files anew at each look.
      if (locked && (file.is_at_target() || late)) return file;
    } else if (late) {
      return in_use(path);
    }
    std::this_thread::sleep_for(pause);
  }
}

// A missing file is not an error, and leaves fd_ empty.
Status ClaimedFile::open_existing() {
  // Opening a pipe must not wait for its other end. Locks of NFS want a file that can be written.
  constexpr int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  fd_ = UniqueFd(::open(path_.c_str(), O_RDWR | flags));
  if (!fd_ && (errno == EACCES || errno == EROFS || errno == EISDIR)) {
    fd_ = UniqueFd(::open(path_.c_str(), O_RDONLY | flags));
  }
  if (!fd_ && errno == ENOENT) return {};
  if (!fd_ && errno != ENXIO) return cannot("open", path_, Cause::input);
  struct stat about {};
  if (!fd_ || ::fstat(fd_.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return fail(Cause::input,
                fmt::format("{} can't keep a cursor: it is not a regular file", safe_text(path_)),
                "name a file for --cursor-file, or leave it out");
  }
  if (::faccessat(AT_FDCWD, folder_of(target_).c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return cannot("replace", path_, Cause::output);
  }
  return {};
}

// Where another process was faster fd_ stays empty.
Status ClaimedFile::create(std::string_view initial) {
  std::string temporary;
  auto written = write_temporary(initial, temporary);
  if (!written) return fail(std::move(written.error()));
  // A link never replaces a file that is there by now. Some file systems have none.
  int made = ::link(temporary.c_str(), target_.c_str());
  if (made == 0 || errno == EEXIST) {
    ::unlink(temporary.c_str());
  } else {
    made = ::rename(temporary.c_str(), target_.c_str());
    if (made != 0) {
      const auto failed = cannot("create", path_, Cause::output);
      ::unlink(temporary.c_str());
      return failed;
    }
  }
  if (made != 0) return {};
  sync_folder_of(target_);
  fd_ = *std::move(written);
  unused_ = true;
  return {};
}

// True if it is locked or can't be; an error where another process has it.
Result<bool> ClaimedFile::lock() {
  locked_ = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
  if (!locked_ && errno == EWOULDBLOCK) return in_use(path_);
  return true;
}

bool ClaimedFile::is_at_target() const {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd_.get(), &held) == 0 && ::stat(target_.c_str(), &named) == 0 &&
         same_file(held, named);
}

// Another process may have put a new file in its place, and claimed that one.
bool ClaimedFile::taken_by_another() const {
  if (is_at_target()) return false;
  const UniqueFd other(::open(target_.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return other && ::flock(other.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<std::string> ClaimedFile::read(std::size_t longest) const {
  std::string text(longest, '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t got =
        ::pread(fd_.get(), text.data() + used, text.size() - used, static_cast<off_t>(used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path_, Cause::input);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

Result<UniqueFd> ClaimedFile::write_temporary(std::string_view content, std::string& name) const {
  constexpr int most_tries = 100;
  UniqueFd file;
  for (int i = 0; i < most_tries && !file; ++i) {
    name = temporary_name(target_);
    file = UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file && errno != EEXIST) break;
  }
  if (!file) return cannot("write", path_, Cause::output);
  if (fd_) take_over_owner_and_mode(fd_.get(), file.get());
  // Before it has the name that others look for.
  [[maybe_unused]] const int locked = ::flock(file.get(), LOCK_EX | LOCK_NB);
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0) {
    const auto failed = cannot("write", path_, Cause::output);
    ::unlink(name.c_str());
    return failed;
  }
  return file;
}

Status ClaimedFile::replace(std::string_view content) {
  if (taken_by_another()) return in_use(path_);
  std::string temporary;
  auto written = write_temporary(content, temporary);
  if (!written) return fail(std::move(written.error()));
  if (::rename(temporary.c_str(), target_.c_str()) != 0) {
    const auto failed = cannot("replace", path_, Cause::output);
    ::unlink(temporary.c_str());
    return failed;
  }
  fd_ = *std::move(written);
  unused_ = false;
  sync_folder_of(target_);
  return {};
}

void ClaimedFile::remove_unused() {
  if (std::exchange(unused_, false) && is_at_target()) ::unlink(target_.c_str());
}

}  // namespace mongotail::resume
