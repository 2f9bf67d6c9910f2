// Saved oplogs that grow while they are read.

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "source/newest_entry.h"
#include "source/source_support.h"

namespace mongotail::source {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FollowTest : public BsonStreamTest {
 protected:
  std::unique_ptr<BsonStream> follow(std::vector<std::string> paths) {
    BsonStreamOptions options;
    options.follow = true;
    options.stop = &stop_;
    auto stream = BsonStream::open(std::move(paths), options);
    EXPECT_TRUE(stream);
    return std::move(*stream);
  }

  // A stream that waits in vain ends, and its test fails, rather than hang.
  std::jthread stop_after(std::chrono::milliseconds delay) {
    return std::jthread([this, delay](const std::stop_token& over) {
      const auto end = std::chrono::steady_clock::now() + delay;
      while (!over.stop_requested() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(5ms);
      }
      stop_ = true;
    });
  }

  static void append(const std::string& path, const Text& text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }

  // The entries of the next batches, up to the one that says that nothing more is at hand.
  static Text next_entries(BsonStream& stream) {
    std::vector<bson::OwnedDocument> seen;
    while (true) {
      const auto batch = stream.next();
      if (!batch || !*batch) return "no batch";
      for (const bson::Document entry : (*batch)->entries) seen.emplace_back(entry);
      if ((*batch)->caught_up) return bytes_of(seen);
    }
  }

  std::atomic<bool> stop_ = false;
};

TEST_F(FollowTest, WhatIsAppendedIsHandedOutWhenItComes) {
  const auto watchdog = stop_after(20s);
  const std::string path = file(bytes_of({entry(1, 1), entry(1, 2)}));
  const auto stream = follow({path});
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 1), entry(1, 2)}));
  append(path, bytes_of({entry(2, 1)}));
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(2, 1)}));
  append(path, bytes_of({entry(3, 1), entry(3, 2)}));
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(3, 1), entry(3, 2)}));
  const auto found = stream->find_entry({{3, 1}, 1});
  EXPECT_TRUE(found && *found);
}

TEST_F(FollowTest, AnEntryThatIsHalfWrittenIsWaitedFor) {
  const auto watchdog = stop_after(20s);
  const Text whole = bytes_of({entry(1, 1), entry(1, 2, 3000)});
  const std::string path = file(whole.substr(0, whole.size() - 2000));
  const auto stream = follow({path});
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 1)}));
  std::jthread writer([&] {
    for (std::size_t at = whole.size() - 2000; at < whole.size(); at += 500) {
      append(path, whole.substr(at, 500));
      std::this_thread::sleep_for(60ms);
    }
  });
  const auto batch = stream->next();
  ASSERT_TRUE(batch && *batch);
  ASSERT_THAT((*batch)->entries, SizeIs(1));
  EXPECT_EQ((*batch)->watermark, (oplog::OpTime{{1, 2}, 1}));
}

TEST_F(FollowTest, AFileThatIsStillEmptyIsWaitedFor) {
  const auto watchdog = stop_after(20s);
  const std::string path = file("");
  const auto stream = follow({path});
  EXPECT_EQ(next_entries(*stream), "");
  append(path, bytes_of({entry(1, 1)}));
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 1)}));
}

TEST_F(FollowTest, OnlyTheLastFileIsFollowed) {
  const auto watchdog = stop_after(20s);
  const std::string first = file(bytes_of({entry(1, 1)}), "1");
  const std::string second = file(bytes_of({entry(2, 1)}), "2");
  const auto stream = follow({first, second});
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 1), entry(2, 1)}));
  append(first, bytes_of({entry(1, 2)}));
  append(second, bytes_of({entry(2, 2)}));
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(2, 2)}));
}

TEST_F(FollowTest, GzipMembersThatAreAppendedAreRead) {
  const auto watchdog = stop_after(20s);
  const std::string path = file(gzip(bytes_of({entry(1, 1)})));
  const auto stream = follow({path});
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 1)}));
  append(path, gzip(bytes_of({entry(1, 2)})));
  EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 2)}));
}

TEST_F(FollowTest, DamageEndsIt) {
  const auto watchdog = stop_after(20s);
  const std::string path = file(bytes_of({entry(1, 1)}));
  const auto stream = follow({path});
  next_entries(*stream);
  append(path, Text(64, '\0'));
  const auto outcome = read_all(*stream);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->cause, Cause::damaged);
}

TEST_F(FollowTest, AFileThatIsCutShortRemovedOrReplacedIsAnInputError) {
  const auto watchdog = stop_after(60s);
  const std::string other = file(bytes_of({entry(9, 1)}), "other");
  const std::string path = folder_ + "/oplog.bson";
  struct Case {
    std::string_view said;
    std::function<void()> happens;
  };
  const std::vector<Case> cases = {
      {"was cut short", [&] { std::filesystem::resize_file(path, 10); }},
      {"was removed", [&] { std::filesystem::remove(path); }},
      {"was replaced", [&] { std::filesystem::rename(other, path); }}};
  for (const Case& change : cases) {
    const auto stream = follow({file(bytes_of({entry(1, 1)}))});
    EXPECT_EQ(next_entries(*stream), bytes_of({entry(1, 1)}));
    change.happens();
    const auto outcome = read_all(*stream);
    EXPECT_THAT(outcome.entries, IsEmpty());
    ASSERT_TRUE(outcome.error) << change.said;
    EXPECT_EQ(outcome.error->cause, Cause::input);
    EXPECT_THAT(outcome.error->what, HasSubstr(path + " " + std::string(change.said)));
    EXPECT_FALSE(outcome.error->hint.empty());
  }
}

TEST_F(FollowTest, WhatWasWrittenRightBeforeAReplacementIsReadFirst) {
  const auto watchdog = stop_after(20s);
  const std::string path = file(bytes_of({entry(1, 1)}));
  const auto stream = follow({path});
  next_entries(*stream);
  append(path, bytes_of({entry(1, 2)}));
  std::filesystem::rename(file("", "other"), path);
  const auto outcome = read_all(*stream);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of({entry(1, 2)}));
  EXPECT_TRUE(outcome.error);
}

TEST_F(FollowTest, AStopEndsTheWaitSoon) {
  const auto stream = follow({file(bytes_of({entry(1, 1)}))});
  next_entries(*stream);
  const auto before = std::chrono::steady_clock::now();
  const auto stopper = stop_after(30ms);
  const auto outcome = read_all(*stream);
  EXPECT_FALSE(outcome.error);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST_F(FollowTest, TheWindowsEndEndsIt) {
  const auto watchdog = stop_after(20s);
  BsonStreamOptions options;
  options.follow = true;
  options.stop = &stop_;
  options.last = bson::Timestamp{2, 0};
  const auto outcome = read_files({file(bytes_of({entry(1, 1), entry(2, 1)}))}, options);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of({entry(1, 1)}));
  EXPECT_FALSE(stop_);
}

TEST_F(FollowTest, APipeIsReadToItsEnd) {
  const auto watchdog = stop_after(20s);
  const auto stream = follow({pipe(bytes_of({entry(1, 1)}), 10)});
  const auto outcome = read_all(*stream);
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(outcome.entries, SizeIs(1));
  EXPECT_FALSE(stop_);
}

using NewestEntryTest = BsonStreamTest;

TEST_F(NewestEntryTest, ItIsTheGreatestOfAllFiles) {
  const std::string first = file(bytes_of({entry(1, 1), entry(7, 3), entry(7, 2)}), "1");
  const std::string second = file(gzip(bytes_of({entry(5, 1)})), "2");
  const auto newest = newest_in({first, second});
  ASSERT_TRUE(newest);
  EXPECT_EQ(*newest, (oplog::OpTime{{7, 3}, 1}));
}

TEST_F(NewestEntryTest, AWindowDoesNotNarrowIt) {
  BsonStreamOptions options;
  options.since = bson::Timestamp{9, 1};
  options.last = bson::Timestamp{2, 0};
  options.follow = true;
  const auto newest = newest_in({file(bytes_of({entry(1, 1), entry(3, 1)}))}, options);
  ASSERT_TRUE(newest);
  EXPECT_EQ(*newest, (oplog::OpTime{{3, 1}, 1}));
}

TEST_F(NewestEntryTest, NoEntriesHaveNone) {
  const auto newest = newest_in({file("")});
  ASSERT_TRUE(newest);
  EXPECT_FALSE(*newest);
}

TEST_F(NewestEntryTest, DamageEndsTheReadingWithoutAnError) {
  const Text text = bytes_of({entry(1, 1)}) + "damage and more" + bytes_of({entry(2, 1)});
  const std::string path = file(text);
  const auto before = newest_in({path});
  ASSERT_TRUE(before);
  EXPECT_EQ(*before, (oplog::OpTime{{1, 1}, 1}));
  BsonStreamOptions skip;
  skip.skip_damaged = true;
  const auto behind = newest_in({path}, skip);
  ASSERT_TRUE(behind);
  EXPECT_EQ(*behind, (oplog::OpTime{{2, 1}, 1}));
}

TEST_F(NewestEntryTest, WhatCanBeReadOnlyOnceIsAUsageErrorAndIsNotRead) {
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {std::string("-"), fifo}) {
    const auto newest = newest_in({path});
    ASSERT_FALSE(newest) << path;
    EXPECT_EQ(newest.error().cause, Cause::usage);
    EXPECT_FALSE(newest.error().hint.empty());
  }
  const auto missing = newest_in({folder_ + "/missing"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().cause, Cause::input);
}

}  // namespace
}  // namespace mongotail::source
