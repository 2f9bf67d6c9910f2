#include "oplog/user.h"

#include <gtest/gtest.h>

#include "oplog/oplog_support.h"

namespace mongotail::oplog {
namespace {

// printf ada@admin | sha256sum
constexpr std::string_view written_by_ada =
    R"({"op":"i","ns":"app.u","o":{"_id":1},"lsid":{"id":{"$binary":{"base64":"AAAA","subType":"04"}},
        "uid":{"$binary":{"base64":"@UID@","subType":"00"}}}})";

std::string with_uid(std::string_view base64) {
  std::string text(written_by_ada);
  return text.replace(text.find("@UID@"), 5, base64);
}

TEST(User, HasADatabase) {
  EXPECT_EQ(full_user_name("ada"), "ada@admin");
  EXPECT_EQ(full_user_name("ada@shop"), "ada@shop");
  EXPECT_EQ(full_user_name("ada@example.com@shop"), "ada@example.com@shop");
}

TEST(User, IsKnownByTheHashOfTheName) {
  UserNames names;
  const auto by_ada = doc(with_uid("5i9Fg3BWKhT6qxzcugLAJd6VMbkpuUcm+DHRWXR7c9M="));
  const auto by_bob = doc(with_uid("Il1bctjvfYRA0JpLUY4Xle2E6bw+KM1YpMr4x52qGgE="));
  EXPECT_EQ(user_id_of(parse_entry(by_ada)), user_id("ada@admin"));
  EXPECT_EQ(names.name_of(parse_entry(by_ada)), "");
  names.add("ada@admin");
  EXPECT_EQ(names.name_of(parse_entry(by_ada)), "ada@admin");
  EXPECT_EQ(names.name_of(parse_entry(by_bob)), "");
}

TEST(User, IsUnknownWithoutASessionOrAHash) {
  for (const char* json :
       {R"({"op":"i"})", R"({"op":"i","lsid":1})", R"({"op":"i","lsid":{"id":1}})",
        R"({"op":"i","lsid":{"uid":"x"}})",
        R"({"op":"i","lsid":{"uid":{"$binary":{"base64":"AAAA","subType":"00"}}}})"}) {
    EXPECT_FALSE(user_id_of(parse_entry(doc(json)))) << json;
  }
}

}  // namespace
}  // namespace mongotail::oplog
