#include "match/regex.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>

#include "processor_time.h"
#include "random_seed.h"

namespace mongotail::match {
namespace {

Regex compiled(std::string_view pattern, std::string_view options = "") {
  auto regex = Regex::compile(pattern, options);
  EXPECT_TRUE(regex) << pattern;
  return *std::move(regex);
}

std::string repeated(std::string_view text, std::size_t size) {
  std::string out;
  while (out.size() < size) out += text;
  return out;
}

struct Case {
  std::string pattern;
  std::string text;
  bool found;
};

// With a second, which is more than any of it takes. A machine that is shared adds to some calls
// and takes nothing off, so one call of up to five must do with it.
void expect_found(const Case& c) {
  const Regex regex = compiled(c.pattern);
  for (int call = 1; call <= 5; ++call) {
    Effort effort(std::chrono::seconds(1));
    const bool found = regex.found_in(c.text, effort);
    if (effort.spent()) continue;
    EXPECT_EQ(found, c.found) << c.pattern;
    return;
  }
  ADD_FAILURE() << c.pattern << " took more than a second five times";
}

TEST(Regex, LongTextsAreSearchedToTheirEnd) {
  for (const unsigned size : {100u, 1'000u, 30'000u, 1'000'000u}) {
    const std::string words = repeated("The quick brown fox, number 17; é\n", size);
    expect_found({"nothing", words, false});
    expect_found({"nothing|END$", words + "END", true});
    expect_found({"(?i)QUICK.*cat", words, false});
    expect_found({"(?i)QUICK.*cat", words + "quick, cat", true});
    expect_found({"^The", words, true});
    expect_found({"^quick", words, false});
    expect_found({"(?m)^END", words + "END", true});
    expect_found({"(?<=é\\n)END", words + "END", true});
    expect_found({"[a-z]+@[a-z]+", words + "ada@example", true});
    expect_found({"(\\w+\\s+)+END", words + "an END", true});
    expect_found({"\\GThe", words, true});
    expect_found({"#|\\Gfox", words, false});
    // Each round of the group takes memory.
    expect_found({"(a|b|é)*END", repeated("é", std::min(size, 50'000u)) + "END", true});
  }
}

TEST(Regex, WhatItsMachineCodeDoesAtOnceTakesNoTime) {
  const std::string text = repeated("lorem ", 100'000);
  for (const char* pattern : {"lorem.*ipsum", "(?i)LOREM.*IPSUM.*DOLOR"}) {
    Effort effort(std::chrono::seconds(1));
    EXPECT_FALSE(compiled(pattern).found_in(text, effort));
    EXPECT_FALSE(effort.spent()) << pattern;
    EXPECT_LT(effort.used(), std::chrono::milliseconds(300)) << pattern;
  }
}

TEST(Regex, HowMuchTimeThereIsChangesNoAnswer) {
  const unsigned seed = random_seed();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  constexpr const char* parts[] = {"a",      "b",       "é",  ".",      "a*",   "(a|b)+",
                                   "[^a]*?", "(?:ab)?", "b+", "(a)?",   "\\b",  "(?=b)",
                                   "^",      "$",       "|",  "(?>a*)", "\\1?", ".*"};
  int found = 0;
  for (int i = 0; i < 400; ++i) {
    std::string pattern = "(x?)";
    for (std::size_t n = 1 + random() % 6; n > 0; --n) {
      pattern += parts[random() % std::size(parts)];
    }
    std::string text;
    constexpr const char* letters[] = {"a", "a", "b", "é", "\n", "aa"};
    for (std::size_t n = random() % 3000; n > 0; --n) text += letters[random() % 6];
    const auto regex = Regex::compile(pattern, i % 2 == 0 ? "" : "m");
    if (!regex) continue;
    Effort enough(std::chrono::seconds(20));
    const bool expected = regex->found_in(text, enough);
    found += expected ? 1 : 0;
    for (const int milliseconds : {1, 4, 50}) {
      Effort little{std::chrono::milliseconds(milliseconds)};
      const bool answer = regex->found_in(text, little);
      EXPECT_TRUE(little.spent() || answer == expected) << pattern << " in " << text;
    }
  }
  EXPECT_GT(found, 50);
}

TEST(Regex, NoPatternTakesMuchMoreTimeThanItsEffort) {
  for (const std::size_t size : {300u, 5'000u, 240'000u, 1'000'000u, 16'000'000u}) {
    constexpr double most = 0.05;
    const std::string same(size, 'a');
    const std::string words = repeated("lorem ipsum ", size);
    const std::string benign_first = std::string(size / 2, 'b') + std::string(size / 2, 'a');
    const Case cases[] = {{"(?i)LOREM.*IPSUM.*DOLOR", words, false},
                          {"(a+)+$b", same, false},
                          {"a.*a.*a.*[bc]", same, false},
                          {"(?:a|aa)*c|d", same, false},
                          {"(a*)*(a*)*(\\d|c)", benign_first, false},
                          {"(.*)\\1\\1\\1\\1[bc]", same, false},
                          {"(a*)(a*)(a*)\\3\\2\\1x", same, false},
                          {"(?=(a+))(?=(a+))(?=(a+))\\1\\2\\3b", same, false},
                          {"(?<!b)a*?a*?a*?a*?c", same, false},
                          {"(?:(?:a?){30}){30}[^a]", same, false},
                          {"(a(?1)?a|a)*c", same, false},
                          {"[a-z ]*[a-z ]*[a-z ]*[a-z ]*\\d", words, false}};
    for (const Case& c : cases) {
      const Regex regex = compiled(c.pattern);
      for (const int milliseconds : {2, 10}) {
        const double seconds = processor_seconds(most, [&] {
          Effort effort{std::chrono::milliseconds(milliseconds)};
          const bool found = regex.found_in(c.text, effort);
          EXPECT_TRUE(effort.spent() || !found) << c.pattern;
        });
        EXPECT_LT(seconds, most) << c.pattern << " in " << size << ", " << milliseconds << " ms";
      }
    }
  }
}

TEST(Regex, WhatNeedsTooMuchMemoryIsGivenUp) {
  Effort effort(std::chrono::seconds(5));
  EXPECT_FALSE(compiled("^(?:a|b|(c))*d").found_in(std::string(15'000'000, 'a'), effort));
  EXPECT_TRUE(effort.spent());
}

TEST(Regex, TextThatIsNotUtf8IsNotSearched) {
  Effort effort(std::chrono::seconds(1));
  EXPECT_FALSE(compiled("a").found_in("a\xff", effort));
  EXPECT_FALSE(effort.spent());
}

}  // namespace
}  // namespace mongotail::match
