#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mongotail {

/// How many letters must be put in, taken out, replaced, or swapped with their neighbour (once
/// each) to make `b` from `a`; upper and lower case are the same.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `candidates` that was most likely meant; nullopt if none is close.
std::optional<std::string> closest(std::string_view typed, std::span<const std::string> candidates);

}  // namespace mongotail
