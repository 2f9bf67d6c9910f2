#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace mongotail {

/// Where a test's random cases begin: the same in every run, so that a failure can be repeated.
/// $MONGOTAIL_TEST_SEED names another; `scripts/test --long` sets it at random.
inline std::uint32_t random_seed() {
  const char* chosen = std::getenv("MONGOTAIL_TEST_SEED");
  return chosen == nullptr ? 1 : static_cast<std::uint32_t>(std::stoul(chosen));
}

}  // namespace mongotail
