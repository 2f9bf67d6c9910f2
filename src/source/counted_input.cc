#include "source/counted_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace mongotail::source {
namespace {

class CountedInput final : public ByteInput {
 public:
  CountedInput(std::unique_ptr<ByteInput> input, std::atomic<std::uint64_t>& count)
      : input_(std::move(input)), count_(count) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    auto got = input_->read(into);
    if (got) count_.fetch_add(*got, std::memory_order_relaxed);
    return got;
  }

  bool ready() override { return input_->ready(); }

 private:
  std::unique_ptr<ByteInput> input_;
  std::atomic<std::uint64_t>& count_;
};

}  // namespace

std::unique_ptr<ByteInput> counted(std::unique_ptr<ByteInput> input,
                                   std::atomic<std::uint64_t>& count) {
  return std::make_unique<CountedInput>(std::move(input), count);
}

std::optional<std::uint64_t> bytes_in(const std::vector<std::string>& paths) {
  std::uint64_t sum = 0;
  for (const std::string& path : paths) {
    struct stat about {};
    const bool standard_input = path == "-";
    const int looked =
        standard_input ? ::fstat(STDIN_FILENO, &about) : ::stat(path.c_str(), &about);
    if (looked != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    const off_t begin = standard_input ? ::lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
    sum +=
        static_cast<std::uint64_t>(std::max<off_t>(about.st_size - std::max<off_t>(begin, 0), 0));
  }
  return sum;
}

}  // namespace mongotail::source
