#include "output/text_scan.h"
#include "random_seed.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mongotail::output {
namespace {

std::size_t plain_prefix(const std::string& text) {
  std::size_t size = 0;
  while (size < text.size() && is_plain(text[size])) ++size;
  return size;
}

// Memory of exactly the sizes allowed, so that a sanitizer sees each byte too many.
void expect_copied(const std::string& text) {
  const std::size_t expected = plain_prefix(text);
  for (const auto copy : {copy_plain, copy_plain_portable}) {
    const std::vector<char> from(text.begin(), text.end());
    std::vector<char> to(text.size(), '#');
    ASSERT_EQ(copy(from.data(), from.size(), to.data()), expected) << text;
    ASSERT_EQ(std::string(to.data(), expected), text.substr(0, expected));
  }
}

TEST(TextScan, EveryByteIsDistinguishedAtEveryPlaceOfEveryLength) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        ASSERT_NO_FATAL_FAILURE(expect_copied(text));
      }
    }
  }
}

TEST(TextScan, VectorAndPortableScanAgreeOnRandomText) {
  const unsigned seed = random_seed();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int cases = 0;
  for (; cases < 20000; ++cases) {
    std::string text(random() % 100, ' ');
    const unsigned span = cases % 2 == 0 ? 256 : 96;
    for (char& c : text) c = static_cast<char>(span == 256 ? random() : 0x20 + random() % 96);
    ASSERT_NO_FATAL_FAILURE(expect_copied(text));
  }
  EXPECT_EQ(cases, 20000);
}

}  // namespace
}  // namespace mongotail::output
