#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "bson/view.h"

/// What libFuzzer calls with each input (LLVM manual, "libFuzzer"); replay.cc does the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mongotail::fuzz {

/// Ends the program, which both libFuzzer and ctest take for a failure.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Calls `visit` with each document of those that stand one after another at the begin of `bytes`.
template <typename Visit>
void each_document(bson::Bytes bytes, Visit visit) {
  while (const auto document = bson::Document::from(bytes)) {
    visit(*document);
    bytes = bytes.subspan(document->size());
  }
}

}  // namespace mongotail::fuzz
