// The writer against libbson's, on random documents of every type. Differences that are meant:
// libbson puts spaces, writes doubles with up to 20 digits, writes relaxed dates after the year
// 9999 as text, and leaves DEL and C1 unescaped.

#include <bson/bson.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>

#include "output/json_writer.h"
#include "output/random_document.h"
#include "random_seed.h"

namespace mongotail::output {
namespace {

constexpr int documents = 3000;

std::string ours(bson::Document document, JsonMode mode) {
  JsonWriter writer(mode);
  std::string out;
  EXPECT_TRUE(writer.append(document, out));
  return out;
}

std::string libbsons(bson::Document document, JsonMode mode) {
  bson_t view;
  EXPECT_TRUE(bson_init_static(&view, document.bytes().data(), document.size()));
  const std::unique_ptr<char, decltype(&bson_free)> text(
      mode == JsonMode::canonical ? bson_as_canonical_extended_json(&view, nullptr)
                                  : bson_as_relaxed_extended_json(&view, nullptr),
      &bson_free);
  return text ? text.get() : "";
}

// The bytes of the document that libbson reads from the text.
std::optional<std::vector<std::uint8_t>> read_back(const std::string& json) {
  bson_error_t error;
  bson_t* document = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                        static_cast<ssize_t>(json.size()), &error);
  if (document == nullptr) return std::nullopt;
  const std::uint8_t* data = bson_get_data(document);
  std::vector<std::uint8_t> bytes(data, data + document->len);
  bson_destroy(document);
  return bytes;
}

std::string without_spaces(const std::string& json) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == ' ' && !in_string) continue;
    out += json[i];
    if (in_string && json[i] == '\\') {
      out += json[++i];
    } else if (json[i] == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

class JsonDifferential : public testing::Test {
 protected:
  const unsigned seed_ = random_seed();
  const testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  int cases_ = 0;
};

TEST_F(JsonDifferential, LibbsonReadsCanonicalTextBackToTheSameBytes) {
  RandomDocuments random(seed_, {});
  for (; cases_ < documents; ++cases_) {
    const auto document = random.next();
    const bson::Bytes bytes = document.view().bytes();
    const std::string text = ours(document.view(), JsonMode::canonical);
    const auto back = read_back(text);
    ASSERT_TRUE(back) << text;
    ASSERT_TRUE(*back == std::vector<std::uint8_t>(bytes.begin(), bytes.end()))
        << text << "\nis read as\n"
        << ours(*bson::Document::from(*back), JsonMode::canonical);
  }
  EXPECT_EQ(cases_, documents);
}

TEST_F(JsonDifferential, LibbsonReadsRelaxedTextAsItReadsItsOwn) {
  RandomDocuments random(seed_, {.far_dates = false});
  for (; cases_ < documents; ++cases_) {
    const auto document = random.next();
    const std::string text = ours(document.view(), JsonMode::relaxed);
    const auto back = read_back(text);
    ASSERT_TRUE(back) << text;
    const std::string other = libbsons(document.view(), JsonMode::relaxed);
    ASSERT_TRUE(*back == read_back(other)) << text << "\nis not read as\n" << other;
  }
  EXPECT_EQ(cases_, documents);
}

TEST_F(JsonDifferential, TextIsLibbsonsWithoutItsSpaces) {
  RandomDocuments random(seed_, {.any_double = false, .far_dates = false, .controls = false});
  for (; cases_ < documents; ++cases_) {
    const auto document = random.next();
    for (const JsonMode mode : {JsonMode::relaxed, JsonMode::canonical}) {
      ASSERT_EQ(ours(document.view(), mode), without_spaces(libbsons(document.view(), mode)));
    }
  }
  EXPECT_EQ(cases_, documents);
}

}  // namespace
}  // namespace mongotail::output
