#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "source/byte_input.h"

namespace mongotail::source {
namespace {

constexpr std::array<std::uint8_t, 2> magic = {0x1F, 0x8B};  // RFC 1952, 2.3.1

class PutBackInput : public ByteInput {
 public:
  PutBackInput(std::unique_ptr<ByteInput> input, std::vector<std::uint8_t> first)
      : input_(std::move(input)), first_(std::move(first)) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (first_.empty()) return input_->read(into);
    const std::size_t size = std::min(first_.size(), into.size());
    std::memcpy(into.data(), first_.data(), size);
    first_.erase(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(size));
    return size;
  }
  bool ready() override { return !first_.empty() || input_->ready(); }

 private:
  std::unique_ptr<ByteInput> input_;
  std::vector<std::uint8_t> first_;
};

/// Any number of gzip members, one after another; zero bytes after them are padding.
class GzipInput : public ByteInput {
 public:
  GzipInput(std::unique_ptr<ByteInput> input, std::string name)
      : input_(std::move(input)), name_(std::move(name)) {
    constexpr int gzip_only = 16;
    usable_ = ::inflateInit2(&stream_, MAX_WBITS + gzip_only) == Z_OK;
  }
  ~GzipInput() override { ::inflateEnd(&stream_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (!usable_) return fail(Cause::internal, "zlib can't be set up");
    if (failure_) return fail(*failure_);
    const std::size_t room = std::min<std::size_t>(into.size(), 1u << 30);
    stream_.next_out = into.data();
    stream_.avail_out = static_cast<uInt>(room);
    while (stream_.avail_out == room && !ended_) {
      const Status stepped = step();
      if (stepped) continue;
      failure_ = stepped.error();
      // What came out before the damage is handed out first.
      if (stream_.avail_out == room) return fail(*failure_);
      break;
    }
    return room - stream_.avail_out;
  }

  // zlib may hold output back, so this may be true if only a few bytes are missing.
  bool ready() override { return stream_.avail_in > 0 || ended_ || input_->ready(); }

 private:
  Status step() {
    if (stream_.avail_in == 0) {
      if (auto filled = fill(); !filled || ended_) return filled;
    }
    if (between_members_ && !start_member()) return {};
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      between_members_ = true;
      ::inflateReset(&stream_);
      return {};
    }
    if (result == Z_OK || result == Z_BUF_ERROR) return {};
    return fail(Cause::damaged,
                fmt::format("{}: the gzip data is damaged at byte {}: {}", name_, position(),
                            stream_.msg != nullptr ? stream_.msg : "it can't be read"),
                "get an undamaged copy; only what came before was read");
  }

  // False if there is only padding so far.
  bool start_member() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0 && members_ > 0) {
      ++stream_.next_in;
      --stream_.avail_in;
    }
    if (stream_.avail_in == 0) return false;
    between_members_ = false;
    ++members_;
    return true;
  }

  Status fill() {
    auto got = input_->read(buffer_);
    if (!got) return fail(std::move(got.error()));
    taken_ += *got;
    stream_.next_in = buffer_.data();
    stream_.avail_in = static_cast<uInt>(*got);
    if (*got > 0) return {};
    ended_ = true;
    if (between_members_) return {};
    return fail(
        Cause::damaged, fmt::format("{}: the gzip data ends early, at byte {}", name_, position()),
        "copy the file again: it was probably cut short, and only what came before was read");
  }

  std::uint64_t position() const { return taken_ - stream_.avail_in; }

  std::unique_ptr<ByteInput> input_;
  std::string name_;
  z_stream stream_{};
  std::optional<Error> failure_;
  bool usable_ = false;
  bool ended_ = false;
  bool between_members_ = true;
  std::uint64_t members_ = 0;
  std::uint64_t taken_ = 0;
  std::array<std::uint8_t, 64u << 10> buffer_{};
};

}  // namespace

Result<LookedAt> look_at_first(std::unique_ptr<ByteInput> input, std::size_t size) {
  std::vector<std::uint8_t> first(size);
  std::size_t read = 0;
  while (read < size) {
    const auto got = input->read(std::span(first).subspan(read));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    read += *got;
  }
  first.resize(read);
  auto whole = std::make_unique<PutBackInput>(std::move(input), first);
  return LookedAt{std::move(first), std::move(whole)};
}

Result<Detected> decompress_if_needed(std::unique_ptr<ByteInput> input, std::string name) {
  auto looked = look_at_first(std::move(input), magic.size());
  if (!looked) return fail(looked.error());
  Detected detected;
  detected.compressed = std::ranges::equal(looked->first, magic);
  detected.input = std::move(looked->input);
  if (detected.compressed) {
    detected.input = std::make_unique<GzipInput>(std::move(detected.input), std::move(name));
  }
  return detected;
}

}  // namespace mongotail::source
