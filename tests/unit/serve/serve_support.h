#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bson/extended_json.h"
#include "serve/hub.h"

namespace mongotail::serve {

inline std::string cursor_text(const resume::Cursor& place) {
  std::string text = oplog::to_string(place.optime.ts);
  if (place.optime.term != oplog::OpTime::no_term) text += fmt::format("@{}", place.optime.term);
  if (place.index) text += fmt::format("#{}", *place.index);
  return text;
}

inline resume::Cursor place_at(std::uint32_t seconds, std::uint32_t ordinal = 1,
                               std::optional<std::int32_t> index = std::nullopt) {
  return {{{seconds, ordinal}, 1}, index};
}

/// An operation with its bytes.
class TestOperation {
 public:
  TestOperation(const resume::Cursor& place, std::string_view ns, std::string_view id_json,
                std::string_view op = "i")
      : document_(parse(fmt::format(
            R"({{"op":"{}","ns":"{}","o":{{"_id":{}}},"ts":{{"$timestamp":{{"t":{},"i":{}}}}},"t":{{"$numberLong":"{}"}}}})",
            op, ns, id_json, place.optime.ts.seconds, place.optime.ts.ordinal,
            place.optime.term))) {
    operation_.entry = *oplog::Entry::parse(document_.view());
    operation_.optime = place.optime;
    operation_.index = place.index.value_or(oplog::Operation::no_index);
    operation_.last = !place.index;
    operation_.transaction = !operation_.last;
  }
  const oplog::Operation& get() const { return operation_; }

 private:
  static bson::OwnedDocument parse(const std::string& json) {
    auto parsed = bson::parse_document(json);
    EXPECT_TRUE(parsed) << json;
    return parsed ? *std::move(parsed) : bson::OwnedDocument();
  }

  bson::OwnedDocument document_;
  oplog::Operation operation_;
};

inline SharedBlock block_of(const std::vector<TestOperation>& operations,
                            BlockBuilder::Forms forms = {}) {
  BlockBuilder builder(cursor_text, forms);
  for (const TestOperation& operation : operations) {
    EXPECT_TRUE(builder.append(operation.get()));
  }
  return builder.take();
}

/// One insert into `ns` with that _id, at that second.
inline SharedBlock insert_at(std::uint32_t seconds, std::string_view ns = "app.users",
                             std::string_view id = "1") {
  return block_of({TestOperation(place_at(seconds), ns, id)});
}

inline std::string joined(const std::vector<std::string_view>& pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace mongotail::serve
