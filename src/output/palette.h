#pragma once

#include <string_view>

#include "output/operation_text.h"

namespace mongotail::output {

/// ANSI colours by what they are for; all empty where colour is off.
struct Palette {
  std::string_view dim;
  std::string_view strong;
  std::string_view added;    ///< inserts, fields that come
  std::string_view changed;  ///< updates, fields that change
  std::string_view removed;  ///< deletes, fields that go
  std::string_view command;
  std::string_view reset;

  static Palette of(bool color) {
    if (!color) return {};
    return {"\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[36m", "\x1b[0m"};
  }

  std::string_view of(Verb verb) const {
    switch (verb) {
      case Verb::insert:
        return added;
      case Verb::update:
        return changed;
      case Verb::remove:
        return removed;
      case Verb::command:
        return command;
      case Verb::noop:
      case Verb::other:
        break;
    }
    return dim;
  }
};

}  // namespace mongotail::output
