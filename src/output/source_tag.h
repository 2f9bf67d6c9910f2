#pragma once

#include <string>
#include <string_view>

#include "oplog/operation.h"

namespace mongotail::output {

/// Of a stream of several sources: which one an operation is from, and the cursor right after it.
struct SourceTag {
  std::string_view name = {};    ///< empty: there is one source
  std::string_view cursor = {};  ///< empty: the operation's own; for formats that tell it

  operator std::string_view() const { return name; }
};

inline void append_cursor_after(const oplog::Operation& operation, const SourceTag& tag,
                                std::string& out) {
  if (tag.cursor.empty()) {
    oplog::append_cursor(operation.optime, oplog::cursor_index(operation), out);
  } else {
    out += tag.cursor;
  }
}

}  // namespace mongotail::output
