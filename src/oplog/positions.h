#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oplog/optime.h"

namespace mongotail::oplog {

/// How far each source of a stream of several has got, kept as the text of the stream's cursors:
/// `SOURCE=CURSOR,SOURCE=CURSOR`.
class Positions {
 public:
  /// Sources are numbered from 0.
  void add_source(std::string_view name);

  /// As append_cursor().
  void set(std::size_t source, const OpTime& optime, std::optional<std::int32_t> index);
  /// Nothing is known of it.
  void unset(std::size_t source);

  /// Those of which something is known.
  void append(std::string& out) const;

 private:
  struct Source {
    std::string text;  // the name, an equals sign, then the cursor
    std::size_t name_end;
  };
  std::vector<Source> sources_;
};

}  // namespace mongotail::oplog
