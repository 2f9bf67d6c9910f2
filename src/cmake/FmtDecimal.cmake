# Whether fmt lets its shortest decimal digits of a double be used without its formatting (fmt 8 and
# newer do, in a namespace that promises nothing). Without, doubles are written by std::to_chars.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES fmt::fmt)
check_cxx_source_compiles(
  "#include <fmt/format.h>
  #include <cstdint>
  #include <type_traits>
  int main(int argc, char**) {
    const auto decimal = fmt::detail::dragonbox::to_decimal(argc / 3.0);
    static_assert(std::is_same_v<decltype(decimal.significand), std::uint64_t>);
    const int exponent = decimal.exponent;
    return static_cast<int>(decimal.significand % 7) + exponent;
  }"
  MONGOTAIL_FMT_DECIMAL)
unset(CMAKE_REQUIRED_LIBRARIES)
