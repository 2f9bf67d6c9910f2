#pragma once

#include <cstdint>
#include <iostream>
#include <iterator>
#include <string>

#include "bson/builder.h"

namespace mongotail {

/// Reads BSON documents, one after another, from standard input and writes for each what `answer`
/// makes of it, an OwnedDocument. The status for main(): 1 at what is no document.
template <typename Answer>
int answer_each(Answer answer) {
  const std::string text{std::istreambuf_iterator<char>(std::cin),
                         std::istreambuf_iterator<char>()};
  bson::Bytes rest(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  while (!rest.empty()) {
    const auto input = bson::Document::from(rest);
    if (!input) return 1;
    const bson::OwnedDocument result = answer(*input);
    const auto bytes = result.view().bytes();
    std::cout.write(reinterpret_cast<const char*>(bytes.data()),
                    static_cast<std::streamsize>(bytes.size()));
    rest = rest.subspan(input->size());
  }
  return 0;
}

}  // namespace mongotail
