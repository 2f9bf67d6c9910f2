#include "match/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace mongotail::match {
namespace {

template <auto free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

PCRE2_SPTR units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::optional<std::uint32_t> option_bits(std::string_view options) {
  std::uint32_t bits = PCRE2_UTF | PCRE2_USE_OFFSET_LIMIT;
  for (const char option : options) {
    switch (option) {
      case 'i':
        bits |= PCRE2_CASELESS;
        break;
      case 'm':
        bits |= PCRE2_MULTILINE;
        break;
      case 's':
        bits |= PCRE2_DOTALL;
        break;
      case 'x':
        bits |= PCRE2_EXTENDED;
        break;
      default:
        return std::nullopt;
    }
  }
  return bits;
}

std::string reason_of(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

using Code = std::unique_ptr<pcre2_code, FreeWith<pcre2_code_free>>;

Result<Code> compile_code(std::string_view pattern, std::uint32_t options) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  Code code(pcre2_compile(units(pattern), pattern.size(), options, &error, &offset, nullptr));
  if (!code) {
    return fail(Cause::usage,
                fmt::format("/{}/ is not a regular expression: {} at offset {}", pattern,
                            reason_of(error), offset),
                "it is a Perl-compatible regular expression; escape characters such as ( with \\");
  }
  // Without its just-in-time compiler, as on some processors, PCRE interprets the pattern.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  return code;
}

std::uint32_t info(const Code& code, std::uint32_t what) {
  std::uint32_t value = 0;
  pcre2_pattern_info(code.get(), what, &value);
  return value;
}

bool met_bound(int outcome) {
  return outcome == PCRE2_ERROR_MATCHLIMIT || outcome == PCRE2_ERROR_DEPTHLIMIT ||
         outcome == PCRE2_ERROR_HEAPLIMIT || outcome == PCRE2_ERROR_JIT_STACKLIMIT;
}

bool is_utf8_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

/// A search in two ways. PCRE's machine code with all its optimizations is fast, and can't be
/// interrupted. It bounds only how often one start position begins or ends a repetition; between
/// two of those it may walk all the text. So it is given as many start positions at once as it can
/// deal with, at worst, in a part of the time left; where it meets its bound, fewer with a larger
/// one. A start position that needs still more is tried by code that calls back before each item of
/// the pattern: slower, and it can be stopped.
class Regex::Search {
 public:
  static Result<std::unique_ptr<Search>> make(std::string_view pattern, std::uint32_t options);

  bool found_in(std::string_view text, Effort& effort);

 private:
  /// Start positions [begin, end), and how many repetitions each may begin and end.
  struct Slice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint32_t repetitions = 0;
  };

  Slice widest_slice(std::string_view text, std::size_t begin, Effort& effort) const;
  static bool narrow(Slice& slice);
  int match(const Code& code, std::string_view text, const Slice& slice, std::uint32_t options);
  bool found_carefully(std::string_view text, const Slice& slice, Effort& effort);
  static int call_out(pcre2_callout_block* block, void* search);

  std::string pattern_;
  std::uint32_t options_ = 0;
  Code fast_;
  Code careful_;  // compiled when it is first needed
  std::unique_ptr<pcre2_match_data, FreeWith<pcre2_match_data_free>> data_;
  std::unique_ptr<pcre2_match_context, FreeWith<pcre2_match_context_free>> context_;
  bool anchored_ = false;
  bool whole_ = false;
  bool refers_back_ = false;
  // Of the search in progress.
  Effort* effort_ = nullptr;
  std::size_t text_size_ = 0;
  std::size_t position_ = 0;
};

Result<std::unique_ptr<Regex::Search>> Regex::Search::make(std::string_view pattern,
                                                           std::uint32_t options) {
  auto code = compile_code(pattern, options);
  if (!code) return fail(std::move(code.error()));
  auto search = std::make_unique<Search>();
  search->pattern_ = pattern;
  search->options_ = options;
  search->fast_ = *std::move(code);
  search->anchored_ = (info(search->fast_, PCRE2_INFO_ALLOPTIONS) & PCRE2_ANCHORED) != 0;
  // \\G is where a search begins, so it must not be cut into slices.
  search->whole_ = pattern.find("\\G") != std::string_view::npos;
  search->refers_back_ = info(search->fast_, PCRE2_INFO_BACKREFMAX) > 0;
  search->data_.reset(pcre2_match_data_create(1, nullptr));
  search->context_.reset(pcre2_match_context_create(nullptr));
  if (!search->data_ || !search->context_) return fail(Cause::internal, "out of memory");
  constexpr std::uint32_t most_kib = 128 * 1024;
  pcre2_set_heap_limit(search->context_.get(), most_kib);
  return search;
}

Regex::Search::Slice Regex::Search::widest_slice(std::string_view text, std::size_t begin,
                                                 Effort& effort) const {
  constexpr std::uint64_t few = 2;
  constexpr std::uint64_t many = 1000;
  constexpr std::uint64_t short_time = 1'000'000;  // 1 ms
  const std::uint64_t length = text.size() + 1;    // a nanosecond for each byte
  const std::uint64_t starts = anchored_ ? 1 : length - begin;
  const auto slice = [&](std::uint64_t count, std::uint64_t repetitions) {
    return Slice{begin, begin + std::min(count, length - begin),
                 static_cast<std::uint32_t>(repetitions)};
  };
  // Texts are mostly so short that a look at the clock would cost more.
  if (starts * length <= short_time / few) {
    return slice(starts, std::min(many, short_time / (starts * length)));
  }
  const auto time = static_cast<std::uint64_t>(effort.left().count()) / 2;
  const std::uint64_t repetitions = std::clamp<std::uint64_t>(time / length, 1, few);
  const std::uint64_t count = std::max<std::uint64_t>(time / (length * repetitions), 1);
  return slice(std::min(starts, count), repetitions);
}

/// Fewer start positions, with more repetitions in return; false if there is just one.
bool Regex::Search::narrow(Slice& slice) {
  const std::size_t count = slice.end - slice.begin;
  if (count <= 1) return false;
  constexpr std::size_t factor = 8;
  const std::size_t fewer = std::max<std::size_t>(count / factor, 1);
  slice.end = slice.begin + fewer;
  slice.repetitions *= static_cast<std::uint32_t>(count / fewer);
  return true;
}

int Regex::Search::match(const Code& code, std::string_view text, const Slice& slice,
                         std::uint32_t options) {
  pcre2_set_offset_limit(context_.get(), slice.end - 1);
  pcre2_set_match_limit(context_.get(), slice.repetitions);
  // The first call of a search has checked all of the text.
  if (slice.begin > 0) options |= PCRE2_NO_UTF_CHECK;
  return pcre2_match(code.get(), units(text), text.size(), slice.begin, options, data_.get(),
                     context_.get());
}

bool Regex::Search::found_in(std::string_view text, Effort& effort) {
  if (!effort.spend(text.size())) return false;
  if (whole_) return found_carefully(text, {0, text.size() + 1, 0}, effort);
  for (std::size_t begin = 0; begin <= text.size();) {
    Slice slice = widest_slice(text, begin, effort);
    int found = match(fast_, text, slice, 0);
    while (met_bound(found) && effort.spend(100) && narrow(slice)) {
      found = match(fast_, text, slice, 0);
    }
    if (met_bound(found)) {
      if (found_carefully(text, slice, effort)) return true;
    } else if (found != PCRE2_ERROR_NOMATCH) {
      return found >= 0;
    }
    if (anchored_ || !effort.spend(100)) return false;
    begin = slice.end;
    while (begin < text.size() && is_utf8_continuation(text[begin])) ++begin;
  }
  return false;
}

bool Regex::Search::found_carefully(std::string_view text, const Slice& slice, Effort& effort) {
  if (!careful_) {
    auto code = compile_code(pattern_, options_ | PCRE2_AUTO_CALLOUT);
    // The callbacks make it longer, which may be too long.
    if (!code) {
      effort.give_up();
      return false;
    }
    careful_ = *std::move(code);
  }
  effort_ = &effort;
  text_size_ = text.size();
  position_ = slice.begin;
  pcre2_set_callout(context_.get(), &Search::call_out, this);
  constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();
  const Slice same{slice.begin, slice.end, unlimited};
  int found = match(careful_, text, same, 0);
  // Machine code has only a small stack; the interpreter takes memory as it needs it.
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
    found = match(careful_, text, same, PCRE2_NO_JIT);
    data_.reset(pcre2_match_data_create(1, nullptr));
  }
  pcre2_set_callout(context_.get(), nullptr, nullptr);
  if (found < 0 && found != PCRE2_ERROR_NOMATCH) effort.give_up();
  return found >= 0;
}

// Between two calls lies at most a walk to the next position, or a comparison with what a group has
// taken before, as long as the text.
int Regex::Search::call_out(pcre2_callout_block* block, void* search) {
  auto& self = *static_cast<Search*>(search);
  const std::size_t from = std::exchange(self.position_, block->current_position);
  const auto [low, high] = std::minmax(from, self.position_);
  const std::size_t compared = self.refers_back_ ? self.text_size_ : 0;
  constexpr std::size_t call = 5;
  return self.effort_->spend(call + (high - low) + compared) ? 0 : PCRE2_ERROR_CALLOUT;
}

Regex::Regex(std::string_view pattern, std::string_view options, std::unique_ptr<Search> search)
    : pattern_(pattern), options_(options), search_(std::move(search)) {}
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

Result<Regex> Regex::compile(std::string_view pattern, std::string_view options) {
  const auto bits = option_bits(options);
  if (!bits) {
    return fail(Cause::usage, fmt::format("/{}/{} has an option that is unknown", pattern, options),
                "the options of a regular expression are i, m, s and x");
  }
  auto search = Search::make(pattern, *bits);
  if (!search) return fail(std::move(search.error()));
  return Regex(pattern, options, *std::move(search));
}

bool Regex::found_in(std::string_view text, Effort& effort) const {
  return search_->found_in(text, effort);
}

}  // namespace mongotail::match
