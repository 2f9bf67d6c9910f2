#include "serve/request.h"

#include "base/text.h"
#include "serve_support.h"

namespace mongotail::serve {
namespace {

TEST(RequestTarget, HasAPathAndParametersInTheirOrder) {
  const auto target = parse_target("/tail?ns=a.b&ns=%2Ac&query=%7B%22a%22%3A+1%7D&no-follow&&x=");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/tail");
  std::vector<std::string> all;
  for (const auto& [name, value] : target->parameters) all.push_back(name + "|" + value);
  EXPECT_THAT(all,
              testing::ElementsAre("ns|a.b", "ns|*c", R"(query|{"a": 1})", "no-follow|", "x|"));
}

TEST(RequestTarget, WithAPercentThatEncodesNothingIsRefused) {
  for (const char* text : {"/tail?a=%", "/tail?a=%4", "/tail?a=%4g", "/%zz"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

TEST(RequestTarget, HoldsEveryByteThatWasEncoded) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const auto target = parse_target("/?a=" + percent_encoded(all));
  ASSERT_TRUE(target);
  EXPECT_EQ(target->parameters.at(0).value, all);
}

TEST(RequestTarget, KeepsAPlusInThePath) {
  EXPECT_EQ(parse_target("/a+b")->path, "/a+b");
}

TEST(RequestToken, IsThatOfTheBearerScheme) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  for (const char* wrong : {"", "Bearer", "Bearer ", "Basic abc", "abc"}) {
    EXPECT_EQ(bearer_token(wrong), std::nullopt) << wrong;
  }
}

TEST(RequestOrigin, IsThePagesOwnWhereHostAndPortAreTheSame) {
  EXPECT_TRUE(is_same_origin("http://localhost:9994", "localhost:9994"));
  EXPECT_FALSE(is_same_origin("http://localhost:9995", "localhost:9994"));
  EXPECT_FALSE(is_same_origin("null", "localhost"));
}

TEST(RequestForm, IsThatOfTheAcceptHeader) {
  EXPECT_EQ(form_for(""), Form::lines);
  EXPECT_EQ(form_for("*/*"), Form::lines);
  EXPECT_EQ(form_for("text/event-stream, */*"), Form::events);
  EXPECT_EQ(form_for(frames_type), Form::frames);
}

}  // namespace
}  // namespace mongotail::serve
