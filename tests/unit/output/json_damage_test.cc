// Bytes that are no BSON: an error or valid JSON, never a crash; sanitizers watch the bounds.

#include <bson/bson.h>
#include <gtest/gtest.h>

#include <random>

#include "output/json_writer.h"
#include "output/random_document.h"
#include "random_seed.h"

namespace mongotail::output {
namespace {

bool is_json(const std::string& text) {
  bson_error_t error;
  bson_json_reader_t* reader = bson_json_data_reader_new(true, 16);
  bson_json_data_reader_ingest(reader, reinterpret_cast<const std::uint8_t*>(text.data()),
                               text.size());
  bson_t document = BSON_INITIALIZER;
  // Text such as {"$oid": 1} is JSON, but an error to this reader, so only its scanner counts.
  const int read = bson_json_reader_read(reader, &document, &error);
  const bool scanned = read == 1 || error.code != BSON_JSON_ERROR_READ_CORRUPT_JS;
  bson_destroy(&document);
  bson_json_reader_destroy(reader);
  return scanned && bson_utf8_validate(text.data(), text.size(), false);
}

// Exactly as much memory as there are bytes, so that one read too many is seen.
void expect_error_or_json(std::vector<std::uint8_t> bytes) {
  bytes.shrink_to_fit();
  const auto document = bson::Document::from(bytes);
  if (!document) return;
  for (const JsonMode mode : {JsonMode::relaxed, JsonMode::canonical}) {
    JsonWriter writer(mode);
    std::string out = "#";
    if (const Status status = writer.append(*document, out); !status) {
      ASSERT_EQ(status.error().cause, Cause::damaged);
      ASSERT_EQ(out, "#");
      ASSERT_TRUE(bson::validate(*document).has_value()) << "an error without damage";
    } else {
      ASSERT_TRUE(is_json(out.substr(1))) << out;
      ASSERT_FALSE(bson::validate(*document).has_value()) << "damage went unseen";
    }
  }
}

std::vector<std::uint8_t> bytes_of(const bson::OwnedDocument& document) {
  const bson::Bytes bytes = document.view().bytes();
  return {bytes.begin(), bytes.end()};
}

TEST(JsonDamage, EveryPrefixThatClaimsToBeWholeIsAnErrorOrJson) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomDocuments random(seed, {});
  int documents = 0;
  for (; documents < 100; ++documents) {
    const auto whole = bytes_of(random.next());
    for (std::size_t size = 5; size < whole.size(); ++size) {
      std::vector<std::uint8_t> prefix(whole.begin(),
                                       whole.begin() + static_cast<std::ptrdiff_t>(size));
      const auto length = static_cast<std::int32_t>(size);
      std::memcpy(prefix.data(), &length, sizeof length);
      prefix.back() = 0;
      ASSERT_NO_FATAL_FAILURE(expect_error_or_json(std::move(prefix)));
    }
  }
  EXPECT_EQ(documents, 100);
}

TEST(JsonDamage, FlippedBytesGiveAnErrorOrJson) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomDocuments random(seed, {});
  int cases = 0;
  for (; cases < 20000; ++cases) {
    auto bytes = bytes_of(random.next());
    for (std::size_t flips = 1 + random.below(4); flips > 0; --flips) {
      const std::size_t place = random.below(bytes.size());
      bytes[place] =
          static_cast<std::uint8_t>(random.below(2) == 0 ? random.bits() : bytes[place] + 1);
    }
    ASSERT_NO_FATAL_FAILURE(expect_error_or_json(std::move(bytes)));
  }
  EXPECT_EQ(cases, 20000);
}

}  // namespace
}  // namespace mongotail::output
