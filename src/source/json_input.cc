#include "source/json_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "bson/extended_json.h"
#include "source/entry_scan.h"

namespace mongotail::source {
namespace {

constexpr std::size_t read_size = 256u << 10;

// Canonical JSON takes some times the bytes of the largest entry.
constexpr std::size_t longest_line = 256u << 20;

// Enough BSON at once.
constexpr std::size_t block_size = 128u << 10;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

class JsonInput final : public ByteInput {
 public:
  JsonInput(std::unique_ptr<ByteInput> input, JsonInputOptions options)
      : input_(std::move(input)), options_(std::move(options)) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    while (taken_ == converted_.size()) {
      if (failure_) return fail(*failure_);
      if (at_end_) return 0;
      if (auto filled = fill(); !filled) return fail(std::move(filled.error()));
    }
    const std::size_t size = std::min(into.size(), converted_.size() - taken_);
    std::memcpy(into.data(), converted_.data() + taken_, size);
    taken_ += size;
    return size;
  }

  bool ready() override {
    return taken_ < converted_.size() || failure_ || at_end_ || has_line() || input_->ready();
  }

 private:
  std::string_view unread() const { return std::string_view(text_).substr(begin_); }
  bool has_line() const { return unread().substr(searched_).find('\n') != std::string_view::npos; }

  /// Converts the lines that are there; without a whole one, reads more. What was read before a
  /// failure is handed out first.
  Status fill() {
    converted_.clear();
    taken_ = 0;
    if (auto line = next_line()) {
      do {
        convert(*line);
      } while (!failure_ && converted_.size() < block_size && (line = next_line()));
      return {};
    }
    if (unread().size() > longest_line) {
      ++line_;
      failure_ = damage("it is longer than any entry");
      return {};
    }
    text_.erase(0, std::exchange(begin_, 0));
    const std::size_t before = text_.size();
    text_.resize(before + read_size);
    const auto got =
        input_->read({reinterpret_cast<std::uint8_t*>(text_.data()) + before, read_size});
    text_.resize(before + (got ? *got : 0));
    if (!got) return fail(got.error());
    if (*got > 0) return {};
    at_end_ = true;
    const bool stopped = options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
    if (!unread().empty() && !stopped) convert(unread());
    text_.clear();
    return {};
  }

  std::optional<std::string_view> next_line() {
    // Not again where there was no line's end.
    const std::size_t end = text_.find('\n', begin_ + searched_);
    if (end == std::string::npos) {
      searched_ = text_.size() - begin_;
      return std::nullopt;
    }
    searched_ = 0;
    const std::size_t begin = std::exchange(begin_, end + 1);
    return std::string_view(text_).substr(begin, end - begin);
  }

  void convert(std::string_view line) {
    ++line_;
    if (line_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    line = trimmed(line);
    if (line.empty()) return;
    const auto document = bson::parse_document(line);
    if (!document) return damaged(document.error().what);
    const EntryScan scan = scan_entry(document->view().bytes());
    if (scan.found != EntryScan::Found::entry) return damaged(scan.reason);
    const bson::Bytes bytes = document->view().bytes();
    converted_.insert(converted_.end(), bytes.begin(), bytes.end());
  }

  void damaged(std::string_view why) {
    Error error = damage(why);
    if (!options_.skip_damaged) {
      failure_ = std::move(error);
    } else if (options_.reporter != nullptr) {
      options_.reporter->warning(error.what + "; the line was skipped");
    }
  }

  Error damage(std::string_view why) const {
    return {Cause::damaged, fmt::format("{}: line {} is damaged: {}", options_.name, line_, why),
            line_ == 1
                ? "this does not look like a saved oplog: name mongodump's oplog.bson, or what "
                  "mongotail -o json printed"
                : "all lines before it were read; leave it out with --skip-damaged, or try "
                  "another copy of the file"};
  }

  std::unique_ptr<ByteInput> input_;
  JsonInputOptions options_;
  std::string text_;
  std::size_t begin_ = 0;     // of what is not yet converted
  std::size_t searched_ = 0;  // of that, without a line's end
  std::vector<std::uint8_t> converted_;
  std::size_t taken_ = 0;  // of that
  std::uint64_t line_ = 0;
  bool at_end_ = false;
  std::optional<Error> failure_;
};

/// No BSON document begins so: as its length these bytes are far more than any has.
bool starts_as_json(std::string_view first) {
  if (first.starts_with(byte_order_mark)) first.remove_prefix(byte_order_mark.size());
  const auto begin = first.find_first_not_of(blanks);
  return begin == std::string_view::npos ? !first.empty() : first[begin] == '{';
}

}  // namespace

Result<JsonDetected> convert_if_json(std::unique_ptr<ByteInput> input, JsonInputOptions options) {
  constexpr std::size_t enough = sizeof(std::uint32_t);
  auto looked = look_at_first(std::move(input), enough);
  if (!looked) return fail(looked.error());
  const std::vector<std::uint8_t>& first = looked->first;
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  const bool plausible =
      first.size() == enough && bson::load<std::uint32_t>(first.data()) > max_entry_bytes;
  JsonDetected detected;
  detected.converted = plausible && starts_as_json(text);
  detected.input = std::move(looked->input);
  if (detected.converted) {
    detected.input = std::make_unique<JsonInput>(std::move(detected.input), std::move(options));
  }
  return detected;
}

}  // namespace mongotail::source
