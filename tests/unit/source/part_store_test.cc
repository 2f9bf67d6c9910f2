#include "source/part_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "oplog/oplog_support.h"

namespace mongotail::source {
namespace {

bson::OwnedDocument part(std::uint32_t ordinal, std::size_t padding) {
  return bson::Builder()
      .append("op", "c")
      .append("pad", std::string(padding, 'x'))
      .append("ts", bson::Timestamp{1, ordinal})
      .append("t", std::int64_t{1})
      .take();
}

oplog::OpTime optime(std::uint32_t ordinal) {
  return {{1, ordinal}, 1};
}

TEST(PartSpill, OverwritesTheOldestWhenItIsFull) {
  PartSpill spill(10'000);
  for (std::uint32_t i = 1; i <= 200; ++i) {
    ASSERT_TRUE(spill.add(optime(i), part(i, 300 + i).view()));
    std::uint64_t kept = 0;
    bool gone = false;
    for (std::uint32_t k = i; k > 0; --k) {
      const auto found = spill.find(optime(k));
      ASSERT_TRUE(found);
      // Once one is gone all before it are.
      ASSERT_TRUE(!gone || !*found) << i << " " << k;
      gone = !*found;
      if (!*found) continue;
      ASSERT_EQ(oplog::to_json((*found)->view()), oplog::to_json(part(k, 300 + k).view()));
      kept += (*found)->view().size();
    }
    EXPECT_LE(kept, 10'000u);
    EXPECT_GE(kept, i < 40 ? 0u : 8'000u) << i;
  }
}

TEST(PartSpill, WhatIsLargerThanItAllIsNotKept) {
  PartSpill spill(100);
  ASSERT_TRUE(spill.add(optime(1), part(1, 500).view()));
  EXPECT_FALSE(*spill.find(optime(1)));
}

TEST(FileIndex, FindsEveryEntryOfAFileWithMoreMarksThanItKeeps) {
  // 150,000 marks' worth: entries that each would get a mark of their own.
  const std::string path = testing::TempDir() + "/file_index_test.bson";
  std::vector<std::uint64_t> offsets;
  std::uint64_t size = 0;
  constexpr std::uint32_t count = 140'000;
  constexpr std::uint64_t stride = 64u << 10;
  {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    for (std::uint32_t i = 0; i < count; i += 7000) {
      const auto bytes = part(i + 1, 10);
      size = bytes.view().size();
      ASSERT_EQ(
          ::pwrite(fd.get(), bytes.view().bytes().data(), size, static_cast<off_t>(i * stride)),
          static_cast<ssize_t>(size));
    }
  }
  const auto file = open_file(path);
  ASSERT_TRUE(file);
  FileIndex index(*file);
  for (std::uint32_t i = 0; i < count; ++i) index.note({1, i + 1}, i * stride, size);
  for (std::uint32_t i = 0; i < count; i += 7000) {
    const auto found = index.find(optime(i + 1));
    ASSERT_TRUE(found && *found) << i;
    EXPECT_EQ(oplog::to_json((*found)->view()), oplog::to_json(part(i + 1, 10).view()));
  }
  ::unlink(path.c_str());
}

TEST(FileIndex, FindsEntriesOfAFileThatIsNotInOrder) {
  std::vector<std::uint32_t> order = {5, 6, 1, 2, 9, 3};
  const std::string path = testing::TempDir() + "/file_index_unsorted.bson";
  std::ofstream out(path, std::ios::binary);
  for (const auto ordinal : order) {
    const auto bytes = part(ordinal, 70'000);
    out.write(reinterpret_cast<const char*>(bytes.view().bytes().data()),
              static_cast<std::streamsize>(bytes.view().size()));
  }
  out.close();
  const auto file = open_file(path);
  ASSERT_TRUE(file);
  FileIndex index(*file);
  const std::uint64_t size = part(1, 70'000).view().size();
  for (std::size_t i = 0; i < order.size(); ++i) index.note({1, order[i]}, i * size, size);
  for (const auto ordinal : order) EXPECT_TRUE(index.find(optime(ordinal)).value()) << ordinal;
  EXPECT_FALSE(index.find(optime(4)).value());
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace mongotail::source
