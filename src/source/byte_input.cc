#include "source/byte_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/standard_fds.h"

namespace mongotail::source {
namespace {

constexpr int stop_check_ms = 100;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

bool wait_readable(int fd, int timeout_ms) {
  pollfd waiting{fd, POLLIN, 0};
  // An error or a hang-up counts: read() then says what it is.
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

class FileInput : public ByteInput {
 public:
  FileInput(const OpenFile& file, const std::atomic<bool>* stop)
      : file_(file), stop_(stop), offset_(file.begin) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    while (!stopped()) {
      if (!file_.regular && !wait_readable(file_.fd.get(), stop_check_ms)) continue;
      // pread(), so that whoever looks up an entry may share the descriptor.
      const ssize_t got = file_.regular ? ::pread(file_.fd.get(), into.data(), into.size(),
                                                  static_cast<off_t>(offset_))
                                        : ::read(file_.fd.get(), into.data(), into.size());
      if (got >= 0) {
        offset_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR && errno != EAGAIN) {
        return fail(Cause::input, fmt::format("can't read {}: {}", file_.name, reason_of(errno)),
                    "check the disk, or copy the file to another");
      }
    }
    return 0;
  }

  bool ready() override { return file_.regular || wait_readable(file_.fd.get(), 0); }

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

  const OpenFile& file_;
  const std::atomic<bool>* stop_;
  std::uint64_t offset_;
};

tl::unexpected<Error> cannot_open(const std::string& path, int error) {
  const char* hint = error == ENOENT   ? "check the path; '-' reads from standard input"
                     : error == EACCES ? "check the permissions of the file"
                                       : "";
  return fail(Cause::input, fmt::format("can't open {}: {}", path, reason_of(error)), hint);
}

tl::unexpected<Error> is_directory(const std::string& path) {
  return fail(Cause::input, fmt::format("can't read {}: it is a directory", path),
              "name the oplog file in it, such as oplog.bson");
}

}  // namespace

Result<OpenFile> open_file(const std::string& path) {
  const bool standard_input = path == "-";
  OpenFile file;
  file.name = standard_input ? "standard input" : path;
  if (standard_input && !is_open_for_reading(STDIN_FILENO)) {
    return fail(Cause::input, "standard input is closed",
                "send the oplog to it with <FILE or a pipe, or name the file");
  }
  const int fd = standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return cannot_open(file.name, errno);
  file.fd = UniqueFd(fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return cannot_open(file.name, errno);
  if (S_ISDIR(status.st_mode)) return is_directory(file.name);
  file.regular = S_ISREG(status.st_mode);
  if (file.regular) {
    const off_t at = ::lseek(fd, 0, SEEK_CUR);
    file.begin = at > 0 ? static_cast<std::uint64_t>(at) : 0;
  }
  return file;
}

Status check_readable(const std::string& path) {
  if (path == "-") return {};
  struct stat status {};
  if (::access(path.c_str(), R_OK) != 0 || ::stat(path.c_str(), &status) != 0) {
    return cannot_open(path, errno);
  }
  if (S_ISDIR(status.st_mode)) return is_directory(path);
  return {};
}

std::unique_ptr<ByteInput> read_file(const OpenFile& file, const std::atomic<bool>* stop) {
  return std::make_unique<FileInput>(file, stop);
}

}  // namespace mongotail::source
