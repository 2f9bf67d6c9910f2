#include "match/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <optional>

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
  std::uint32_t bits = PCRE2_UTF;
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

}  // namespace

struct Regex::Compiled {
  std::unique_ptr<pcre2_code, FreeWith<pcre2_code_free>> code;
  std::unique_ptr<pcre2_match_data, FreeWith<pcre2_match_data_free>> data;
  std::unique_ptr<pcre2_match_context, FreeWith<pcre2_match_context_free>> context;
};

Regex::Regex(std::string_view pattern, std::string_view options, std::unique_ptr<Compiled> compiled)
    : pattern_(pattern), options_(options), compiled_(std::move(compiled)) {}
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

Result<Regex> Regex::compile(std::string_view pattern, std::string_view options) {
  const auto bits = option_bits(options);
  if (!bits) {
    return fail(Cause::usage, fmt::format("/{}/{} has an option that is unknown", pattern, options),
                "the options of a regular expression are i, m, s and x");
  }
  int code = 0;
  PCRE2_SIZE offset = 0;
  auto compiled = std::make_unique<Compiled>();
  compiled->code.reset(
      pcre2_compile(units(pattern), pattern.size(), *bits, &code, &offset, nullptr));
  if (!compiled->code) {
    return fail(Cause::usage,
                fmt::format("/{}/ is not a regular expression: {} at offset {}", pattern,
                            reason_of(code), offset),
                "it is a Perl-compatible regular expression; escape characters such as ( with \\");
  }
  // Without its just-in-time compiler, as on some processors, PCRE interprets the pattern.
  pcre2_jit_compile(compiled->code.get(), PCRE2_JIT_COMPLETE);
  compiled->data.reset(pcre2_match_data_create(1, nullptr));
  compiled->context.reset(pcre2_match_context_create(nullptr));
  if (!compiled->data || !compiled->context) return fail(Cause::internal, "out of memory");
  pcre2_set_match_limit(compiled->context.get(), match_limit);
  return Regex(pattern, options, std::move(compiled));
}

bool Regex::found_in(std::string_view text) const {
  const auto match = [this, text](std::uint32_t options) {
    return pcre2_match(compiled_->code.get(), units(text), text.size(), 0, options,
                       compiled_->data.get(), compiled_->context.get());
  };
  int found = match(0);
  // The compiled pattern has only a small stack; the interpreter takes memory as it needs it.
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(PCRE2_NO_JIT);
  return found >= 0;
}

}  // namespace mongotail::match
