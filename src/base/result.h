#pragma once

#include <tl/expected.hpp>

#include "base/error.h"

namespace mongotail {

/// A value, or the Error that kept it from being made. Functions that can fail return one;
/// nothing in the project throws across a function of its own.
template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

/// `return fail(cause, what, hint)` from any function that returns a Result.
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> fail(Cause cause, std::string what, std::string hint = {}) {
  return fail(Error{cause, std::move(what), std::move(hint)});
}

}  // namespace mongotail
