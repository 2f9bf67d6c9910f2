#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace mongotail::output {

/// Printable ASCII other than `"` and `\`: what a JSON string and a terminal take as it is.
inline bool is_plain(char c) {
  return c >= 0x20 && c != '"' && c != '\\' && c != 0x7F;
}

namespace detail {

template <typename T>
T load_text(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// The high bit of each byte that is not plain; exact, no carry runs from byte to byte.
template <typename T>
constexpr T not_plain(T bytes) {
  constexpr T ones = static_cast<T>(~T{0}) / 0xFF;
  constexpr T high = ones * 0x80;
  constexpr T low7 = ones * 0x7F;
  const T x = bytes & low7;
  const T printable = x + ones * 0x60;
  const T quote = (x ^ (ones * '"')) + low7;
  const T backslash = (x ^ (ones * '\\')) + low7;
  const T del = (x ^ low7) + low7;
  return (bytes | ~(printable & quote & backslash & del)) & high;
}

/// Copies sizeof(T) bytes and says how many of them come before the first that is not plain.
template <typename T>
std::size_t copy_word(const char* from, char* to) {
  const T bytes = load_text<T>(from);
  std::memcpy(to, &bytes, sizeof bytes);
  const T marks = not_plain(bytes);
  return marks == 0 ? sizeof(T) : static_cast<std::size_t>(std::countr_zero(marks)) / 8;
}

/// For at most 2 * sizeof(T) and at least sizeof(T) bytes: two words that may overlap.
template <typename T>
std::size_t copy_two_words(const char* from, std::size_t size, char* to) {
  const std::size_t first = copy_word<T>(from, to);
  if (first < sizeof(T)) return first;
  const std::size_t at = size - sizeof(T);
  return at + copy_word<T>(from + at, to + at);
}

inline std::size_t copy_short(const char* from, std::size_t size, char* to) {
  if (size >= 8) return copy_two_words<std::uint64_t>(from, size, to);
  if (size >= 4) return copy_two_words<std::uint32_t>(from, size, to);
  std::size_t done = 0;
  for (; done < size && is_plain(from[done]); ++done) to[done] = from[done];
  return done;
}

#ifdef __SSE2__
/// A bit for each of 16 bytes that is not plain.
inline unsigned not_plain(__m128i bytes) {
  // Signed: controls and what is above ASCII are below; one more, and DEL is too.
  const __m128i next = _mm_add_epi8(bytes, _mm_set1_epi8(1));
  const __m128i outside = _mm_cmplt_epi8(next, _mm_set1_epi8(0x21));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i marks = _mm_or_si128(outside, _mm_or_si128(quote, backslash));
  return static_cast<unsigned>(_mm_movemask_epi8(marks));
}

/// As copy_word, for 16 bytes.
inline std::size_t copy_16(const char* from, char* to) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  const unsigned mask = not_plain(bytes);
  return mask == 0 ? 16 : static_cast<std::size_t>(std::countr_zero(mask));
}
#endif

}  // namespace detail

/// What is copied in one step.
#ifdef __SSE2__
inline constexpr std::size_t plain_chunk = 16;
#else
inline constexpr std::size_t plain_chunk = 8;
#endif

/// Copies plain_chunk bytes and says how many of them come before the first that is not plain.
inline std::size_t copy_plain_chunk(const char* from, char* to) {
#ifdef __SSE2__
  return detail::copy_16(from, to);
#else
  return detail::copy_word<std::uint64_t>(from, to);
#endif
}

/// Copies bytes up to the first that is not plain, and returns where that is: there must be one
/// before `limit`, the end of what may be read. `to` needs room for plain_chunk bytes more, and
/// must not overlap.
inline const char* copy_plain_until(const char* from, const char* limit, char* to) {
  while (static_cast<std::size_t>(limit - from) >= plain_chunk) {
    const std::size_t plain = copy_plain_chunk(from, to);
    from += plain;
    if (plain < plain_chunk) return from;
    to += plain;
  }
  for (; is_plain(*from); ++from) *to++ = *from;
  return from;
}

/// Copies bytes up to the first that is not plain and returns their number. `to` needs room for
/// `size` bytes and must not overlap `from`; what lies there after the number is unspecified.
inline std::size_t copy_plain_portable(const char* from, std::size_t size, char* to) {
  if (size <= 16) return detail::copy_short(from, size, to);
  std::size_t done = 0;
  for (; size - done > 16; done += 8) {
    const std::size_t plain = detail::copy_word<std::uint64_t>(from + done, to + done);
    if (plain < 8) return done + plain;
  }
  return done + detail::copy_short(from + done, size - done, to + done);
}

/// The same with the vector instructions that every x86-64 has, where they are.
inline std::size_t copy_plain(const char* from, std::size_t size, char* to) {
#ifdef __SSE2__
  if (size <= 16) return detail::copy_short(from, size, to);
  std::size_t done = 0;
  for (; size - done >= 16; done += 16) {
    const std::size_t plain = detail::copy_16(from + done, to + done);
    if (plain < 16) return done + plain;
  }
  done = size - 16;
  return done + detail::copy_16(from + done, to + done);
#else
  return copy_plain_portable(from, size, to);
#endif
}

}  // namespace mongotail::output
