#include "base/address.h"

#include <gtest/gtest.h>

namespace mongotail {
namespace {

TEST(Address, IsReadInItsForms) {
  const std::pair<const char*, const char*> forms[] = {
      {"127.0.0.1:80", "http://127.0.0.1:80"},
      {"db1", "http://db1:9994"},
      {":8080", "http://127.0.0.1:8080"},
      {"[::1]:0", "http://[::1]:0"},
      {"[::1]", "http://[::1]:9994"},
      {"http://db1:1/", "http://db1:1"},
      {"https://tail.example", "https://tail.example:9994"},
      {"unix:/run/x.sock", "unix:/run/x.sock"},
      {"unix:x", "unix:x"},
  };
  for (const auto& [text, whole] : forms) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), whole);
  }
}

TEST(Address, OtherTextIsRefused) {
  for (const char* text : {"", "a:b", "a:", "a:65536", "unix:", "http://", "a/b", "::1", "[::1",
                           "[x]:1", "u@h", "a b"}) {
    const auto refused = parse_address(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().cause, Cause::usage);
    EXPECT_FALSE(refused.error().hint.empty());
  }
  EXPECT_FALSE(parse_address("unix:" + std::string(200, 'x')));
}

TEST(Address, KnowsWhatOtherMachinesCanReach) {
  for (const char* local : {"127.0.0.1", "127.1.2.3", "localhost", "[::1]", "unix:/x"}) {
    EXPECT_TRUE(parse_address(local)->is_local()) << local;
  }
  for (const char* other : {"0.0.0.0", "[::]", "10.0.0.1", "128.0.0.1", "localhost.example"}) {
    EXPECT_FALSE(parse_address(other)->is_local()) << other;
  }
}

}  // namespace
}  // namespace mongotail
