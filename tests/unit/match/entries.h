#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "bson/extended_json.h"
#include "oplog/entry.h"

namespace mongotail::match {

/// A document written as Extended JSON; text that is none fails the test.
inline bson::OwnedDocument doc(std::string_view json) {
  auto parsed = bson::parse_document(json);
  EXPECT_TRUE(parsed) << json;
  return parsed ? *std::move(parsed) : bson::OwnedDocument();
}

/// An entry together with its bytes.
class TestEntry {
 public:
  explicit TestEntry(std::string_view json) : document_(doc(json)) {
    auto parsed = oplog::Entry::parse(document_.view());
    EXPECT_TRUE(parsed) << json;
    if (parsed) entry_ = *parsed;
  }
  const oplog::Entry& get() const { return entry_; }

 private:
  bson::OwnedDocument document_;
  oplog::Entry entry_;
};

}  // namespace mongotail::match
