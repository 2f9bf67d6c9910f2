#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/operation.h"
#include "oplog/update_diff.h"
#include "oplog/user.h"
#include "output/glyphs.h"
#include "output/palette.h"
#include "output/shell_text.h"
#include "output/time_text.h"

namespace mongotail::output {

/// Several lines an operation, for a person: a header with time, verb, namespace and `_id`, then
/// what changed, indented.
///
///     2026-11-23 02:20:59.726+01:00  update   app.u  _id: 1
///       + newf: { x: 1 }
///       ~ a: 5
///
/// With Options::state the whole document follows a change, the fields that it touched marked, and
/// then what of it is unknown:
///
///       ~ a: 5
///       the document is now
///           _id: 1
///         ~ a: 5
///           b: [ 1, 2 ]
///         ? c, d.*
///
/// A transaction's operations are framed, from the first that is shown to end_transaction(),
/// the transaction's last operation or an operation of another entry. In a cluster the parts of a
/// transaction that follow each other share a frame, which stays open until idle() or an operation
/// that is not of it.
class Pretty {
 public:
  struct Options {
    Palette palette = {};
    bool utc = false;
    bool ascii = false;                              ///< what is drawn with (Glyphs)
    bool verbose = false;                            ///< nothing is cut
    int width = 0;                                   ///< columns; 0: not a terminal, nothing is cut
    std::optional<std::int64_t> now = std::nullopt;  ///< as in FormatOptions
    bool state = false;                              ///< operations have the fields of StateFields
    std::shared_ptr<const oplog::UserNames> users = {};  ///< the users to name; may be null
  };

  explicit Pretty(Options options);

  /// Cause::damaged where what is to be shown is broken BSON: `out` then is as it was.
  Status append(const oplog::Operation& operation, std::string_view shard, std::string& out);
  /// As Formatter::end_transaction().
  void end_transaction(oplog::OpTime up_to, std::optional<std::int64_t> operations,
                       std::string& out);
  /// As Formatter::idle().
  void idle(std::string& out);
  /// Sources that are shards may have parts of one transaction.
  void call_sources(const std::string& field) { shards_ = field == "shard"; }
  void set_width(int columns);

 private:
  /// The transaction whose frame is open.
  struct Frame {
    std::string transaction;  ///< the same on all shards; empty: nothing of it is elsewhere
    oplog::OpTime optime;     ///< of the part that comes now
    std::vector<std::string> shards = {};  ///< that have parts, in their order
    bool part_ended = false;
    std::int64_t shown = 0;                      ///< operations
    std::optional<std::int64_t> operations = 0;  ///< of the parts that have ended, if known
  };

  bool append_whole(const oplog::Operation& operation, std::string_view shard, std::string& out);
  void open_frame(const oplog::Operation& operation, std::string_view shard, std::string& out);
  bool in_frame(const oplog::Operation& operation, std::string_view shard) const;
  void begin_part(oplog::OpTime optime, std::string_view shard);
  void end_part(std::optional<std::int64_t> operations, std::string& out);
  void close_frame(std::string& out);
  void append_stamp(const oplog::Operation& operation, std::string_view shard, std::string& out);
  bool append_header(const oplog::Operation& operation, std::string_view shard, std::string& out);
  void append_marks(const oplog::Operation& operation, std::string& out) const;
  bool append_subject(const oplog::Operation& operation, std::string& out) const;
  bool append_body(const oplog::Entry& entry, std::string& out) const;
  bool append_update(const oplog::Entry& entry, std::string& out) const;
  bool append_change(const oplog::Change& change, std::string& out) const;
  bool append_state(const oplog::Entry& entry, std::string& out) const;
  bool append_state_field(const bson::Element& field, bool changed, std::string& out) const;
  bool append_body_document(bson::Document document, std::string& out) const;
  ShellBox box() const;
  std::string_view margin() const { return frame_ ? std::string_view(margin_) : ""; }

  Options options_;
  Palette palette_;
  Glyphs glyphs_;
  ShellWriter shell_;
  TimeText time_;
  std::string margin_;
  std::optional<Frame> frame_;
  bool shards_ = false;
};

}  // namespace mongotail::output
