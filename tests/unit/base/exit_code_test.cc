#include "base/exit_code.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/result.h"

namespace mongotail {
namespace {

TEST(ExitCode, OnlyUsageLostHistoryAndAReaderThatWentAwayDifferFromFailure) {
  EXPECT_EQ(exit_code_for(Cause::usage), ExitCode::usage);
  EXPECT_EQ(exit_code_for(Cause::history_lost), ExitCode::history_lost);
  EXPECT_EQ(exit_code_for(Cause::output_closed), ExitCode::success);
  for (const Cause cause :
       {Cause::input, Cause::damaged, Cause::output, Cause::unreachable, Cause::authentication,
        Cause::unauthorized, Cause::no_oplog, Cause::connection, Cause::rolled_back, Cause::server,
        Cause::internal}) {
    EXPECT_EQ(exit_code_for(cause), ExitCode::failure);
  }
}

TEST(UniqueFd, ClosesOnceAndMovesItsDescriptor) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  UniqueFd reader(ends[0]);
  {
    UniqueFd writer(ends[1]);
    const UniqueFd moved(std::move(writer));
    EXPECT_EQ(moved.get(), ends[1]);
    EXPECT_FALSE(writer);  // NOLINT: what is left after a move is defined here
  }
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);
  UniqueFd other;
  other = std::move(reader);
  EXPECT_EQ(other.get(), ends[0]);
}

TEST(Result, FailCarriesAnErrorAcrossTypes) {
  const auto inner = []() -> Status { return fail(Cause::damaged, "what", "hint"); };
  const auto outer = [&]() -> Result<int> {
    auto status = inner();
    if (!status) return fail(std::move(status.error()));
    return 1;
  };
  const auto result = outer();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().cause, Cause::damaged);
  EXPECT_EQ(result.error().what, "what");
  EXPECT_EQ(result.error().hint, "hint");
}

}  // namespace
}  // namespace mongotail
