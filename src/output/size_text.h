#pragma once

#include <cstdint>
#include <string>

namespace mongotail::output {

/// Bytes for people, in powers of 1000: `0 B`, `999 B`, `8.6 MB`, `124 GB`.
std::string size_text(double bytes);

/// A share of a whole for people: `41.2%`, `100%`; `<0.1%` of what is not nothing.
std::string share_text(double part, double whole);

/// A number a second for people: `0`, `0.4`, `12`, `12,345`.
std::string rate_text(double per_second);

/// A whole number with its thousands parted: `12,345`.
std::string grouped_text(std::int64_t number);

}  // namespace mongotail::output
