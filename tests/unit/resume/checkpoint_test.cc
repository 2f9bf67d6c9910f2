#include "resume/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace mongotail::resume {
namespace {

namespace fs = std::filesystem;

class CursorFileTest : public ::testing::Test {
 protected:
  CursorFileTest() {
    std::string pattern = (fs::temp_directory_path() / "mongotail-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CursorFileTest() override { fs::remove_all(folder_); }

  std::string path() const { return (folder_ / "cursor").string(); }
  CursorFile claimed() const {
    auto file = CursorFile::claim(path());
    EXPECT_TRUE(file) << file.error().what;
    return *std::move(file);
  }
  void put(const std::string& text) const { std::ofstream(path(), std::ios::binary) << text; }
  std::string content() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_;
};

TEST_F(CursorFileTest, WhatIsSavedIsLoaded) {
  auto file = claimed();
  const Cursors first{{"", {{{17, 5}, 2}, 3}}};
  const Cursors second{{"a", {{{18, 1}, 2}, std::nullopt}}, {"b", {{{17, 1}, 1}, 0}}};
  ASSERT_TRUE(file.save(first));
  EXPECT_EQ(*file.load(), first);
  ASSERT_TRUE(file.save(second));
  EXPECT_EQ(*file.load(), second);
}

TEST_F(CursorFileTest, TheCursorIsTheLastLine) {
  ASSERT_TRUE(claimed().save({{"", {{{17, 5}, 2}, std::nullopt}}}));
  EXPECT_EQ(content(), "mongotail cursor file, version 1\n17:5@2\n");
}

TEST_F(CursorFileTest, AMissingFileIsNeitherACursorNorAnError) {
  const auto loaded = claimed().load();
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(*loaded);
}

TEST_F(CursorFileTest, AFileThatWasMadeForNothingIsRemoved) {
  claimed().remove_unused();
  EXPECT_EQ(files(), 0);
  {
    auto file = claimed();
    ASSERT_TRUE(file.save({{"", {{{17, 5}, 2}, std::nullopt}}}));
    file.remove_unused();
  }
  claimed().remove_unused();
  EXPECT_EQ(content(), "mongotail cursor file, version 1\n17:5@2\n");
}

TEST_F(CursorFileTest, ADamagedOrForeignFileIsAnErrorAndStaysAsItIs) {
  for (const std::string text :
       {"", "hello\n", "17:5@2\n", "mongotail cursor file, version 1\n17:5@2",
        "mongotail cursor file, version 1\n\n", "mongotail cursor file, version 1\n17:\n",
        "mongotail cursor file, version 2\n17:5@2\n",
        "mongotail cursor file, version 1\n17:5@2\nmore\n"}) {
    put(text);
    auto file = claimed();
    const auto loaded = file.load();
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().cause, Cause::damaged) << text;
    file.remove_unused();
    EXPECT_EQ(content(), text);
  }
}

TEST_F(CursorFileTest, AFileOfAnySizeIsReadInBoundedMemory) {
  put(std::string(1 << 20, 'x'));
  EXPECT_EQ(claimed().load().error().cause, Cause::damaged);
}

TEST_F(CursorFileTest, AFolderInItsPlaceIsAnInputError) {
  fs::create_directory(path());
  EXPECT_EQ(CursorFile::claim(path()).error().cause, Cause::input);
}

TEST_F(CursorFileTest, AFolderThatIsMissingFailsTheClaimAndLeavesNothing) {
  const auto file = CursorFile::claim((folder_ / "none" / "cursor").string());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().cause, Cause::output);
  EXPECT_EQ(files(), 0);
}

TEST_F(CursorFileTest, NoTemporaryFileIsLeftBehind) {
  ASSERT_TRUE(claimed().save({{}}));
  EXPECT_EQ(files(), 1);
}

TEST_F(CursorFileTest, IsClaimedOnceAtATimeAlsoAfterItWasReplaced) {
  {
    auto first = claimed();
    EXPECT_TRUE(first.locked());
    EXPECT_EQ(CursorFile::claim(path()).error().cause, Cause::input);
    ASSERT_TRUE(first.save({{}}));
    EXPECT_EQ(CursorFile::claim(path()).error().cause, Cause::input);
  }
  EXPECT_TRUE(CursorFile::claim(path()));
}

TEST_F(CursorFileTest, AClaimWaitsForOneThatIsJustEnding) {
  auto first = std::make_optional(claimed());
  std::thread ending([&first] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    first.reset();
  });
  EXPECT_TRUE(CursorFile::claim(path()));
  ending.join();
}

}  // namespace
}  // namespace mongotail::resume
