#pragma once

#include <string_view>

/// Entries that tests of a whole stream share, as Extended JSON. The number in a name is the second
/// of the entry's ts.
namespace mongotail {

inline constexpr std::string_view insert_1 =
    R"({"ts":{"$timestamp":{"t":1,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","o":{"_id":1}})";
inline constexpr std::string_view other_3 =
    R"({"ts":{"$timestamp":{"t":3,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.c","o":{"_id":3}})";
// Three operations, the one in the middle in another namespace.
inline constexpr std::string_view transaction_4 =
    R"({"ts":{"$timestamp":{"t":4,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
    R"("lsid":{},"txnNumber":{"$numberLong":"1"},"prevOpTime":{"ts":{"$timestamp":{"t":0,"i":0}},"t":{"$numberLong":"-1"}},)"
    R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":40}},{"op":"i","ns":"a.c","o":{"_id":41}},)"
    R"({"op":"i","ns":"a.b","o":{"_id":42}}]}})";
inline constexpr std::string_view insert_2 =
    R"({"ts":{"$timestamp":{"t":2,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","o":{"_id":2}})";
inline constexpr std::string_view insert_10 =
    R"({"ts":{"$timestamp":{"t":10,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","o":{"_id":10}})";
inline constexpr std::string_view secret_11 =
    R"({"ts":{"$timestamp":{"t":11,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"secret.x","o":{"_id":11}})";
inline constexpr std::string_view insert_12 =
    R"({"ts":{"$timestamp":{"t":12,"i":1}},"t":{"$numberLong":"1"},"op":"i","ns":"a.b","o":{"_id":12}})";
// The end of a transaction whose first part was at 2:1.
inline constexpr std::string_view without_begin_13 =
    R"({"ts":{"$timestamp":{"t":13,"i":1}},"t":{"$numberLong":"1"},"op":"c","ns":"admin.$cmd",)"
    R"("lsid":{},"txnNumber":{"$numberLong":"2"},"prevOpTime":{"ts":{"$timestamp":{"t":2,"i":1}},"t":{"$numberLong":"1"}},)"
    R"("o":{"applyOps":[{"op":"i","ns":"a.b","o":{"_id":50}}]}})";

}  // namespace mongotail
