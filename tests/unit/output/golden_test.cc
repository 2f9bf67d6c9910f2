// What people see, held against files that were read over by eye: tests/testdata/golden.
// With MONGOTAIL_WRITE_GOLDEN set in the environment the files are written anew instead.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "oplog/oplog_support.h"
#include "output/format.h"
#include "testdata.h"

namespace mongotail::output {
namespace {

std::string golden_path(const std::string& name) {
  return testdata("golden/" + name);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string print_oplog(const std::string& version, const FormatOptions& options) {
  const auto entries = oplog::saved_oplog(version);
  oplog::MemoryOplog lookup(entries);
  oplog::TxnUnwind unwind(lookup);
  auto formatter = Formatter::make(options);
  EXPECT_TRUE(formatter);
  std::string out;
  for (const auto& entry : entries) {
    EXPECT_TRUE(unwind.feed(oplog::parse_entry(entry)));
    oplog::Operation operation;
    while (unwind.next(operation).value_or(false)) {
      EXPECT_TRUE(formatter->append(operation, {}, out)) << oplog::to_json(entry.view());
    }
  }
  return out;
}

void expect_golden(const std::string& name, const std::string& printed) {
  if (std::getenv("MONGOTAIL_WRITE_GOLDEN") != nullptr) {
    std::ofstream(golden_path(name), std::ios::binary) << printed;
    GTEST_SKIP() << name << " was written anew";
  }
  const std::string expected = read_file(golden_path(name));
  ASSERT_FALSE(expected.empty()) << golden_path(name);
  EXPECT_EQ(printed, expected);
}

TEST(Golden, PrettyOn80ColumnsOfAn50Oplog) {
  expect_golden(
      "5.0.4.pretty",
      print_oplog("5.0.4",
                  {.format = Format::pretty, .utc = true, .width = 80, .now = 1'795'500'000'000}));
}

TEST(Golden, ShortLinesUncutOfA42Oplog) {
  expect_golden("4.2.6.short", print_oplog("4.2.6", {.format = Format::short_line, .utc = true}));
}

TEST(Golden, ShortLinesOn100ColumnsInColourOfA60Oplog) {
  expect_golden("6.0.27.color.short", print_oplog("6.0.27", {.format = Format::short_line,
                                                             .palette = Palette::standard(),
                                                             .utc = true,
                                                             .width = 100}));
}

TEST(Golden, EventsOfEachOplog) {
  for (const char* version : {"4.2.6", "5.0.4", "6.0.27"}) {
    expect_golden(std::string(version) + ".event", print_oplog(version, {.format = Format::event}));
  }
}

TEST(Golden, PrettyInColourOfA60Oplog) {
  expect_golden("6.0.27.color.pretty", print_oplog("6.0.27", {.format = Format::pretty,
                                                              .palette = Palette::standard(),
                                                              .utc = true}));
}

}  // namespace
}  // namespace mongotail::output
