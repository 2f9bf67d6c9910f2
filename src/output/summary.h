#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "oplog/operation.h"
#include "output/json_writer.h"

namespace mongotail::output {

/// Counts operations instead of printing them: by oplog::named_namespace() and op, with their bytes,
/// and the times of the first and the last (`wall`; where an entry has none, its timestamp's second).
class Summary {
 public:
  /// What is counted of one operation.
  struct Sample {
    std::string ns;
    std::string op;
    std::int64_t bytes = 0;
    std::int64_t time = 0;  ///< milliseconds since 1970
  };
  static Sample sample(const oplog::Operation& operation);

  void add(const Sample& sample);

  /// For a person: a line for each namespace and op, then the total, its span of time and its rate.
  std::string table(bool utc) const;

  /// The same, so far, for so many rows and columns of a terminal and without the last line's end:
  /// what has the fewest operations is left out, with its number said.
  std::string screen(bool utc, int rows, int columns) const;

  /// For scripts: a line of Extended JSON each, `{ns, op, count, bytes, first, last}`.
  std::string json_lines(JsonMode mode) const;

 private:
  struct Row {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
    std::int64_t first = 0;  // milliseconds since 1970
    std::int64_t last = 0;

    void add(const Row& other);
  };
  using Key = std::pair<std::string, std::string>;  // ns, op
  using Rows = std::map<Key, Row>;
  using Item = const Rows::value_type*;

  /// At most so many, in the table's order.
  std::vector<Item> largest(std::size_t most) const;
  std::string table_of(const std::vector<Item>& items, bool utc) const;

  Rows rows_;
};

}  // namespace mongotail::output
