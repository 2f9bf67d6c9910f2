#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "source/byte_input.h"

namespace mongotail::source {
namespace {

constexpr std::chrono::milliseconds growth_check{50};

class FollowedFile : public ByteInput {
 public:
  FollowedFile(const OpenFile& file, const std::atomic<bool>* stop)
      : file_(file), stop_(stop), input_(read_file(file, stop)), offset_(file.begin) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    while (!stopped()) {
      const auto got = input_->read(into);
      if (got) offset_ += *got;
      if (!got || *got > 0) return got;
      // What was written last before the file went away has been read by now.
      if (failure_) return fail(*failure_);
      failure_ = look();
      if (!failure_) std::this_thread::sleep_for(growth_check);
    }
    return 0;
  }

  bool ready() override {
    struct stat status {};
    return ::fstat(file_.fd.get(), &status) == 0 && size_of(status) > offset_;
  }

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }

  static std::uint64_t size_of(const struct stat& status) {
    return static_cast<std::uint64_t>(status.st_size);
  }

  // Why there is nothing more to wait for, if so.
  std::optional<Error> look() const {
    struct stat opened {};
    struct stat named {};
    if (::fstat(file_.fd.get(), &opened) != 0) return no_longer("can't be looked at any more");
    if (size_of(opened) < offset_) return no_longer("was cut short");
    if (::stat(file_.name.c_str(), &named) != 0) {
      return no_longer(errno == ENOENT ? "was removed" : "can't be found any more");
    }
    if (named.st_ino != opened.st_ino || named.st_dev != opened.st_dev) {
      return no_longer("was replaced by another file");
    }
    return std::nullopt;
  }

  Error no_longer(std::string_view what) const {
    return {Cause::input,
            fmt::format("{} {} while it was followed, at byte {}", file_.name, what, offset_),
            "what was in it up to there was read; to read what has its name now, start again"};
  }

  const OpenFile& file_;
  const std::atomic<bool>* stop_;
  std::unique_ptr<ByteInput> input_;
  std::uint64_t offset_;
  std::optional<Error> failure_;
};

}  // namespace

std::unique_ptr<ByteInput> follow_file(const OpenFile& file, const std::atomic<bool>* stop) {
  return std::make_unique<FollowedFile>(file, stop);
}

}  // namespace mongotail::source
