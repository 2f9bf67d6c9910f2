#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/glyphs.h"
#include "output/palette.h"
#include "output/shell_text.h"
#include "output/time_text.h"

namespace mongotail::output {

/// One line an operation, for a person: time, verb, namespace, `_id`, what changed; with
/// Options::state, as far as it fits, what the document then is.
///
///     2026-11-23 02:20:59.726+01:00  update   app.u  1  + newf: { x: 1 }, ~ a: 5
class ShortLine {
 public:
  struct Options {
    Palette palette = {};
    bool utc = false;
    bool ascii = false;  ///< what is drawn with (Glyphs)
    int width = 0;       ///< columns that a line is cut to; 0: not a terminal, nothing is cut
    std::optional<std::int64_t> now = std::nullopt;  ///< as in FormatOptions
    bool state = false;                              ///< operations have the fields of StateFields
    std::shared_ptr<const oplog::UserNames> users = {};  ///< the users to name; may be null
  };

  explicit ShortLine(Options options);

  /// Cause::damaged where what is to be shown is broken BSON: `out` then is as it was.
  Status append(const oplog::Operation& operation, std::string_view shard, std::string& out);
  /// What the line says of the change alone, without time, verb, namespace and `_id`; of a command
  /// all that it says. False if that is broken BSON.
  bool append_change(const oplog::Entry& entry, std::string& out) const;
  void set_width(int columns) { options_.width = columns; }

 private:
  class Columns;

  bool append_parts(const oplog::Operation& operation, std::string_view shard, Columns& line);
  bool append_summary(const oplog::Entry& entry, std::string& text, std::size_t budget) const;
  bool append_state(const oplog::Entry& entry, Columns& line) const;
  bool append_update(const oplog::Entry& entry, std::string& text, std::size_t budget) const;

  Options options_;
  Palette palette_;
  Glyphs glyphs_;
  ShellWriter shell_;
  TimeText time_;
};

}  // namespace mongotail::output
