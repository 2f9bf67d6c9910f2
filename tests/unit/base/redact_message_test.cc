#include "base/redact_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongotail {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(RedactMessage, LeavesOutTheLoginsOfAllUris) {
  EXPECT_EQ(redact_message("can't read mongodb://me:secret@db1/: No such file"),
            "can't read mongodb://db1/: No such file");
  EXPECT_EQ(redact_message("reading mongodb://me:secret@a/, http://me:secret@b:1; Ctrl-C stops"),
            "reading mongodb://a/, http://b:1; Ctrl-C stops");
  EXPECT_EQ(redact_message("--op: 'mongodb://me:secret@db1/' is none of i, u"),
            "--op: 'mongodb://db1/' is none of i, u");
  EXPECT_EQ(redact_message("no mongodb://me:secret"), "no mongodb://***");
}

TEST(RedactMessage, HidesPasswordsWithBlanksAndQuotes) {
  for (const char* secret : {"sec ret", "sec'ret", "sec\"ret", "sec: ret", "a b c"}) {
    for (const char* message :
         {"'mongodb://me:{}@h/' is no time", "can't open mongodb://me:{}@h/: gone"}) {
      std::string text = message;
      text.replace(text.find("{}"), 2, secret);
      const std::string shown = redact_message(text);
      EXPECT_THAT(shown, AllOf(Not(HasSubstr("sec")), Not(HasSubstr("ret")), Not(HasSubstr("b c"))))
          << text;
      EXPECT_THAT(shown, HasSubstr("h/")) << text;
    }
  }
}

TEST(RedactMessage, LeavesOutALoginThatLacksItsScheme) {
  EXPECT_EQ(redact_message("--since: 'me:secret@db1' is no time"), "--since: '***@db1' is no time");
}

TEST(RedactMessage, LeavesTheRestAsItIs) {
  for (const char* message : {"",
                              "://",
                              "a://",
                              "'://'",
                              "write mongodb://user@host:port/",
                              "or mongodb://NAME@HOST/",
                              "mongodb://[USER[:PASSWORD]@]HOST[:PORT][,...]",
                              "reading from mongodb://h:1, h:2; Ctrl-C stops",
                              "-- cursor: 1795395795:2@1#3",
                              "rs0=1795395795:2@1,rs1=1795395795:3@-1",
                              "write SECS:ORD[@TERM]",
                              "write mongodb://host:port/, mongodb+srv://host/ or host:port",
                              "https://host:port or unix:/path",
                              "listening at http://127.0.0.1:9994",
                              "http://[::1]:80/tail?ns=a",
                              "user ann@admin",
                              "'1795395795:2@1' is lost",
                              "listening at unix:@name",
                              "write mongodb://USER:PASSWORD@h/?a=b",
                              "lines: name = \"value\""}) {
    EXPECT_EQ(redact_message(message), message);
  }
}

}  // namespace
}  // namespace mongotail
