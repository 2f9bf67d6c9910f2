#include "source/bson_stream.h"
#include "random_seed.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include "source/source_support.h"

namespace mongotail::source {
namespace {

using oplog::doc;
using oplog::saved_oplog;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(BsonStreamTest, AFileYieldsItsEntriesAsTheyAre) {
  const auto oplog = saved_oplog("5.0.4");
  const auto outcome = read_files({file(bytes_of(oplog))});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of(oplog));
}

TEST_F(BsonStreamTest, AnEmptyFileHasNoEntries) {
  const auto outcome = read_files({file("")});
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(outcome.entries, IsEmpty());
}

TEST_F(BsonStreamTest, BlocksMayBeSmallerThanEntries) {
  const auto oplog = saved_oplog("4.2.6");
  const std::string path = file(bytes_of(oplog));
  for (const std::size_t block : {1u, 2u, 3u, 100u, 1000u, 5000u}) {
    BsonStreamOptions options;
    options.block_bytes = block;
    const auto outcome = read_files({path}, options);
    EXPECT_FALSE(outcome.error) << block;
    EXPECT_EQ(bytes_of(outcome.entries), bytes_of(oplog)) << block;
  }
}

TEST_F(BsonStreamTest, AnEntryLargerThanABlockIsReadWhole) {
  const std::vector<bson::OwnedDocument> oplog = {entry(1, 1), entry(1, 2, 17u << 20), entry(1, 3)};
  const auto outcome = read_files({file(bytes_of(oplog))});
  EXPECT_FALSE(outcome.error);
  EXPECT_TRUE(bytes_of(outcome.entries) == bytes_of(oplog));
}

TEST_F(BsonStreamTest, GzipIsDetectedByItsFirstBytes) {
  const auto oplog = saved_oplog("5.0.4");
  const auto outcome = read_files({file(gzip(bytes_of(oplog)), "any.name")});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of(oplog));
}

TEST_F(BsonStreamTest, GzipMembersAndPaddingAfterThemAreReadThrough) {
  const auto oplog = saved_oplog("6.0.27");
  const Text text = bytes_of(oplog);
  const Text members = gzip(text.substr(0, 1000)) + gzip("") + gzip(text.substr(1000));
  const auto outcome = read_files({file(members + Text(512, '\0'))});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), text);
}

TEST_F(BsonStreamTest, SeveralFilesAreOneStream) {
  const auto first = saved_oplog("4.2.6");
  const auto second = saved_oplog("5.0.4");
  const auto outcome =
      read_files({file(bytes_of(first), "1"), file("", "2"), file(gzip(bytes_of(second)), "3")});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of(first) + bytes_of(second));
}

TEST_F(BsonStreamTest, APipeMayGiveOneByteAtATime) {
  const auto oplog = saved_oplog("6.0.27");
  const auto outcome = read_files({pipe(bytes_of(oplog), 1)});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of(oplog));
}

TEST_F(BsonStreamTest, ACompressedPipeMayGiveOneByteAtATime) {
  const auto oplog = saved_oplog("6.0.27");
  const auto outcome = read_files({pipe(gzip(bytes_of(oplog)), 1)});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of(oplog));
}

TEST_F(BsonStreamTest, BatchesOutliveTheStreamAndMoreReading) {
  const auto oplog = saved_oplog("5.0.4");
  BsonStreamOptions options;
  options.block_bytes = 4096;
  auto stream = BsonStream::open({file(bytes_of(oplog))}, options);
  std::vector<oplog::Batch> batches;
  for (auto batch = (*stream)->next(); batch && *batch; batch = (*stream)->next()) {
    batches.push_back(std::move(**batch));
  }
  stream->reset();
  EXPECT_GT(batches.size(), 10u);
  std::vector<bson::OwnedDocument> seen;
  for (const auto& batch : batches) {
    for (const bson::Document document : batch.entries) seen.emplace_back(document);
  }
  EXPECT_EQ(bytes_of(seen), bytes_of(oplog));
}

TEST_F(BsonStreamTest, WhatIsWholeIsHandedOutBeforeWaitingForMore) {
  const Text text = bytes_of({entry(1, 1), entry(1, 2)});
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  ASSERT_GT(::write(write_end.get(), text.data(), text.size() - 10), 0);
  auto stream = BsonStream::open({"/dev/fd/" + std::to_string(read_end.get())});
  ASSERT_TRUE(stream);
  auto batch = (*stream)->next();
  ASSERT_TRUE(batch && *batch);
  EXPECT_THAT((*batch)->entries, SizeIs(1));
  EXPECT_FALSE((*batch)->caught_up) << "the pipe may go on";
  ASSERT_EQ(::write(write_end.get(), text.data() + text.size() - 10, 10), 10);
  write_end = UniqueFd();
  batch = (*stream)->next();
  ASSERT_TRUE(batch && *batch);
  EXPECT_THAT((*batch)->entries, SizeIs(1));
  EXPECT_EQ((*batch)->watermark, (oplog::OpTime{{1, 2}, 1}));
}

TEST_F(BsonStreamTest, AStopIsNoticedWhileWaiting) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd read_end(ends[0]), write_end(ends[1]);
  std::atomic<bool> stop = false;
  BsonStreamOptions options;
  options.stop = &stop;
  auto stream = BsonStream::open({"/dev/fd/" + std::to_string(read_end.get())}, options);
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
  });
  const auto before = std::chrono::steady_clock::now();
  const auto outcome = read_all(**stream);
  EXPECT_FALSE(outcome.error);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

TEST_F(BsonStreamTest, AMissingFileOrADirectoryIsAnInputErrorBeforeAnythingIsRead) {
  const std::string present = file(bytes_of({entry(1, 1)}));
  for (const std::string& bad : {folder_ + "/missing", folder_}) {
    const auto outcome = read_files({present, bad});
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->cause, Cause::input);
    EXPECT_THAT(outcome.error->what, HasSubstr(bad));
    EXPECT_THAT(outcome.entries, IsEmpty());
  }
}

TEST_F(BsonStreamTest, WhatComesBeforeTheCutIsReadWhereverAFileIsCut) {
  const std::vector<bson::OwnedDocument> oplog = {entry(1, 1), entry(1, 2, 20), entry(1, 3)};
  const Text text = bytes_of(oplog);
  std::size_t begin = 0, whole = 0;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    if (cut == begin + oplog[whole].view().size()) begin += oplog[whole++].view().size();
    const auto outcome = read_files({file(text.substr(0, cut))});
    ASSERT_THAT(outcome.entries, SizeIs(whole)) << cut;
    if (cut == begin) {
      EXPECT_FALSE(outcome.error) << cut;
      continue;
    }
    ASSERT_TRUE(outcome.error) << cut;
    EXPECT_EQ(outcome.error->cause, Cause::damaged);
    EXPECT_THAT(outcome.error->what, HasSubstr("byte " + std::to_string(begin)));
  }
}

TEST_F(BsonStreamTest, ACutOrDamagedGzipIsDamageAfterWhatCouldBeRead) {
  const auto oplog = saved_oplog("5.0.4");
  const Text packed = gzip(bytes_of(oplog));
  const auto cut = read_files({file(packed.substr(0, packed.size() / 2))});
  ASSERT_TRUE(cut.error);
  EXPECT_EQ(cut.error->cause, Cause::damaged);
  EXPECT_THAT(cut.error->what, HasSubstr("gzip"));
  EXPECT_GT(cut.entries.size(), 50u);
  Text flipped = packed;
  flipped[packed.size() / 2] = static_cast<char>(~flipped[packed.size() / 2]);
  const auto damaged = read_files({file(flipped)});
  ASSERT_TRUE(damaged.error);
  EXPECT_EQ(damaged.error->cause, Cause::damaged);
}

TEST_F(BsonStreamTest, WhatIsNotAnOplogIsReported) {
  const auto other = doc(R"({"_id":1,"name":"x"})");
  const auto collection = read_files({file(bytes_of({other}))});
  ASSERT_TRUE(collection.error);
  EXPECT_THAT(collection.error->what, HasSubstr("not an oplog entry"));
  const auto json = read_files({file("{\"op\": \"i\"}\n")});
  ASSERT_TRUE(json.error);
  EXPECT_THAT(json.error->hint, HasSubstr("oplog.bson"));
}

TEST_F(BsonStreamTest, DamageInTheMiddleNamesItsByteAndEndsTheStream) {
  const std::vector<bson::OwnedDocument> oplog = {entry(1, 1), entry(1, 2), entry(1, 3)};
  Text text = bytes_of(oplog);
  const std::size_t second = oplog[0].view().size();
  text[second + 4] = '\x55';  // no such type
  const auto outcome = read_files({file(text)});
  EXPECT_THAT(outcome.entries, SizeIs(1));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->cause, Cause::damaged);
  EXPECT_THAT(outcome.error->what, HasSubstr("byte " + std::to_string(second)));
}

TEST_F(BsonStreamTest, SkippingContinuesAtTheNextIntactEntryAndSaysSo) {
  const std::vector<bson::OwnedDocument> oplog = {entry(1, 1), entry(1, 2), entry(1, 3),
                                                  entry(1, 4)};
  const std::size_t size = oplog[0].view().size();
  for (const std::size_t at : {size, size + 1, size + 2, size + 4, size + 9, 2 * size - 1}) {
    Text text = bytes_of(oplog);
    text[at] = static_cast<char>(text[at] ^ '\x7f');
    Warnings warnings;
    BsonStreamOptions options;
    options.skip_damaged = true;
    options.reporter = &warnings;
    const auto outcome = read_files({file(text)}, options);
    EXPECT_FALSE(outcome.error) << at;
    ASSERT_THAT(outcome.entries, SizeIs(3)) << at;
    EXPECT_EQ(oplog::to_json(outcome.entries[1].view()), oplog::to_json(oplog[2].view())) << at;
    ASSERT_THAT(warnings.said, SizeIs(1)) << at;
    EXPECT_THAT(warnings.said[0], HasSubstr(std::to_string(size) + " bytes were skipped")) << at;
  }
}

TEST_F(BsonStreamTest, SkippingFindsEveryIntactEntryAmongGarbage) {
  const std::uint32_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const auto oplog = saved_oplog("4.2.6");
  int cases = 0;
  for (; cases < 30; ++cases) {
    Text text;
    for (const auto& document : oplog) {
      for (auto garbage = random() % 40; garbage > 0; --garbage)
        text += static_cast<char>(random());
      text += bytes_of({document});
    }
    Warnings warnings;
    BsonStreamOptions options;
    options.skip_damaged = true;
    options.reporter = &warnings;
    options.block_bytes = 1 + random() % 5000;
    const auto outcome = read_files({file(text)}, options);
    EXPECT_FALSE(outcome.error);
    ASSERT_EQ(bytes_of(outcome.entries), bytes_of(oplog));
    EXPECT_GT(warnings.said.size(), oplog.size() / 2);
  }
  EXPECT_EQ(cases, 30);
}

TEST_F(BsonStreamTest, AStrayByteWhoseLengthLeadsToAnotherEntryHidesNoneBetween) {
  // The byte and the next entry's length read as 256 entries and 1 byte.
  Text text = bytes_of({entry(1, 1)}) + '\x01';
  for (std::uint32_t ordinal = 2; ordinal < 300; ++ordinal) text += bytes_of({entry(1, ordinal)});
  BsonStreamOptions options;
  options.skip_damaged = true;
  const auto outcome = read_files({file(text)}, options);
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(outcome.entries, SizeIs(299));
}

TEST_F(BsonStreamTest, LengthsThatReachPastTheEndCostTheSearchNothing) {
  const Text claim("\x00\x00\x80\x02\x11ts\x00", 8);  // 40 MiB, and a first field
  Text text;
  for (int i = 0; i < 500; ++i) text += claim;
  BsonStreamOptions options;
  options.skip_damaged = true;
  const auto outcome = read_files({file(text + bytes_of({entry(1, 1), entry(1, 2)}))}, options);
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(outcome.entries, SizeIs(2));
}

TEST_F(BsonStreamTest, AnyBytesEndInEntriesOrAnError) {
  const std::uint32_t seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  const Text intact = bytes_of(saved_oplog("6.0.27"));
  const Text packed = gzip(intact);
  int cases = 0, errors = 0;
  for (; cases < 600; ++cases) {
    Text text = cases % 3 == 0 ? packed : intact;
    for (auto flips = 1 + random() % 5; flips > 0; --flips) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    BsonStreamOptions options;
    options.skip_damaged = cases % 2 == 0;
    const auto outcome = read_files({file(text)}, options);
    if (outcome.error) ++errors;
  }
  EXPECT_EQ(cases, 600);
  EXPECT_GT(errors, 100);
}

TEST_F(BsonStreamTest, ADamagedLengthDoesNotAskForItsMemory) {
  Text text = bytes_of({entry(1, 1)});
  text += Text("\xff\xff\xff\x7f", 4) + Text(100, 'x');
  const auto outcome = read_files({file(text)});
  EXPECT_THAT(outcome.entries, SizeIs(1));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->cause, Cause::damaged);
}

TEST_F(BsonStreamTest, WhatIsSkippedIsNotReadInside) {
  std::vector<bson::OwnedDocument> oplog;
  for (const std::string_view ns : {"a.b", "a.skipped", "a.c"}) {
    oplog.push_back(doc(R"({"ts":{"$timestamp":{"t":1,"i":1}},"op":"i","ns":")" + std::string(ns) +
                        R"(","o":{"_id":1}})"));
  }
  Text text = bytes_of(oplog);
  text[text.find("_id", text.find("a.skipped")) - 1] = '\x55';  // no such type
  EXPECT_TRUE(read_files({file(text)}).error);
  BsonStreamOptions options;
  options.skipped = [](std::string_view, std::string_view ns) { return ns == "a.skipped"; };
  const auto outcome = read_files({file(text)}, options);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of({oplog[0], oplog[2]}));
  options.skipped = [](std::string_view, std::string_view ns) { return ns != "a.skipped"; };
  EXPECT_TRUE(read_files({file(text)}, options).error);
}

TEST_F(BsonStreamTest, WhatIsSkippedMovesTheWatermarkFromTheWindowsBeginOn) {
  const std::string path = file(bytes_of({entry(1, 1), entry(2, 1), entry(2, 2)}));
  BsonStreamOptions options;
  options.skipped = [](std::string_view, std::string_view) { return true; };
  const auto stream = BsonStream::open({path}, options);
  const auto batch = (*stream)->next();
  ASSERT_TRUE(batch && *batch);
  EXPECT_THAT((*batch)->entries, IsEmpty());
  EXPECT_EQ((*batch)->watermark->ts, (bson::Timestamp{2, 2}));
  options.since = bson::Timestamp{3, 0};
  const auto before = BsonStream::open({path}, options);
  const auto end = (*before)->next();
  EXPECT_TRUE(end && !*end);
}

TEST_F(BsonStreamTest, CommandsAreNeverSkipped) {
  const auto command =
      doc(R"({"ts":{"$timestamp":{"t":1,"i":1}},"op":"c","ns":"a.$cmd","o":{"drop":"b"}})");
  BsonStreamOptions options;
  options.skipped = [](std::string_view, std::string_view) { return true; };
  EXPECT_THAT(read_files({file(bytes_of({command, entry(2, 1)}))}, options).entries, SizeIs(1));
}

TEST_F(BsonStreamTest, TheWindowIncludesItsBeginAndExcludesItsEnd) {
  std::vector<bson::OwnedDocument> oplog;
  for (std::uint32_t second = 1; second <= 5; ++second) oplog.push_back(entry(second, 1));
  const std::string first = file(bytes_of(oplog), "1");
  const std::string second = file(bytes_of({entry(3, 7), entry(9, 1)}), "2");
  BsonStreamOptions options;
  options.since = bson::Timestamp{2, 1};
  options.last = bson::Timestamp{4, 0};
  const auto outcome = read_files({first, second}, options);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(bytes_of(outcome.entries), bytes_of({oplog[1], oplog[2], entry(3, 7)}));
}

// Unwinds a stream from `since` on, with the stream as the lookup of what came before.
std::vector<std::string> unwound(const std::string& path, bson::Timestamp since) {
  BsonStreamOptions options;
  options.since = since;
  options.block_bytes = 3000;
  auto stream = BsonStream::open({path}, options);
  EXPECT_TRUE(stream);
  oplog::TxnUnwind unwind(**stream, 0);
  const auto outcome = read_all(**stream);
  EXPECT_FALSE(outcome.error);
  return oplog::jsons(oplog::unwind_all(unwind, outcome.entries));
}

TEST_F(BsonStreamTest, PartsBeforeTheWindowAreFoundInFilesAndInCompressedOnes) {
  const auto entries = saved_oplog("5.0.4");
  const std::string plain = file(bytes_of(entries), "plain");
  const std::string packed = file(gzip(bytes_of(entries)), "packed");
  oplog::MemoryOplog memory(entries);
  int compared = 0;
  for (std::size_t start = 0; start < entries.size(); start += 3, ++compared) {
    const auto since = oplog::parse_entry(entries[start]).optime.ts;
    oplog::TxnUnwind unwind(memory);
    const auto expected = oplog::jsons(oplog::unwind_all(unwind, entries, start));
    ASSERT_EQ(unwound(plain, since), expected) << start;
    ASSERT_EQ(unwound(packed, since), expected) << start;
  }
  EXPECT_GT(compared, 100);
}

TEST_F(BsonStreamTest, EntriesAreFoundAgainAcrossFilesAndDamage) {
  std::vector<bson::OwnedDocument> oplog;
  for (std::uint32_t i = 1; i <= 2000; ++i) oplog.push_back(entry(1, i, i % 700));
  const Text text = bytes_of(oplog);
  const std::string first = file(text, "1");
  const std::string second = file("garbage!" + bytes_of({entry(2, 1)}), "2");
  BsonStreamOptions options;
  options.skip_damaged = true;
  auto stream = BsonStream::open({first, second}, options);
  EXPECT_FALSE(read_all(**stream).error);
  for (const auto& wanted :
       {oplog[0], oplog[1], oplog[999], oplog[1998], oplog[1999], entry(2, 1)}) {
    const auto found = (*stream)->find_entry(oplog::parse_entry(wanted).optime);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(oplog::to_json((*found)->view()), oplog::to_json(wanted.view()));
  }
  for (const oplog::OpTime missing : {oplog::OpTime{{1, 2001}, 1}, oplog::OpTime{{1, 5}, 2},
                                      oplog::OpTime{{0, 1}, 1}, oplog::OpTime{{9, 1}, 1}}) {
    const auto found = (*stream)->find_entry(missing);
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
  }
}

}  // namespace
}  // namespace mongotail::source
