#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/view.h"

namespace mongotail::oplog {

/// One step of a path into a document. Names may be empty or hold `.` and `$`, so a path is a list
/// of keys, never a dotted string.
struct PathKey {
  std::string_view name;     ///< the field's name, or the index in decimal
  bool array_index = false;  ///< known to be an index into an array ($v:2 says so; $v:1 does not)

  bool operator==(const PathKey&) const = default;
};

/// One change that an update makes to the document as it was before. Where a delta's path runs into
/// a value of another type than it expects, or past an array's end, the server puts null there.
struct Change {
  enum class Kind {
    set,       ///< the value at `path` becomes `value`; an existing field keeps its place
    append,    ///< as set, but the field moves to (or comes at) the document's end
    unset,     ///< the field goes away; an array's element becomes null
    truncate,  ///< the array at `path` gets exactly `length` elements (cut, or filled with null)
    splice,    ///< the binary at `path` keeps its first `length` bytes, then `value`'s data
  };
  Kind kind = Kind::set;
  std::vector<PathKey> path;
  std::optional<bson::Element> value;  ///< of set, append and splice
  std::int32_t length = 0;             ///< of truncate and splice
};

enum class UpdateForm {
  replacement,  ///< `o` is the whole new document; there are no changes
  modifiers,    ///< `$v: 1`, or a hand-run applyOps with `{$set: …}`; paths were dotted
  delta,        ///< `$v: 2`
  unknown,      ///< not understood (of a newer server)
};

/// Hands out an update's changes one by one, in the order in which they apply, without memory that
/// grows with their number.
///
///     ChangeReader reader(entry.o);
///     while (reader.next()) use(reader.change());
///     if (reader.error()) …
///
/// The formats are those of MongoDB's src/mongo/db/update/document_diff_serialization.h, as 4.2 to
/// 6.0 were seen to write them.
class ChangeReader {
 public:
  /// `o` is that of an entry with op "u"; its bytes must stay. The first key tells the form.
  explicit ChangeReader(bson::Document o);

  /// Becomes `unknown` where reading meets something that this grammar has no name for.
  UpdateForm form() const { return form_; }
  /// False after the last change, at what is unknown, and at damage.
  bool next();
  /// Valid until the next call of next().
  const Change& change() const { return change_; }
  /// What is wrong with the delta (Cause::damaged), if anything is.
  std::optional<Error> error() const;

 private:
  enum class Level { modifiers, document, array };
  struct Frame {
    Level level;
    bson::Reader fields;
    std::size_t path_size;         // of the path that leads here
    int stage = 0;                 // the last section's place in the grammar's order
    std::int64_t last_index = -1;  // of arrays
  };

  void start_delta(bson::Document o);
  void enter(Level level, bson::Document document);
  bool read_section();
  bool read_field(const bson::Element& field);
  bool read_modifiers(const bson::Element& field);
  bool read_document_field(const bson::Element& field);
  bool read_array_field(const bson::Element& field);
  bool read_index(const bson::Element& field);
  bool read_length(const bson::Element& field);
  bool open_section(Change::Kind kind, const bson::Element& field);
  void enter_sub_diff(const bson::Element& field);
  void set_leaf(std::string_view key);
  bool take_splice(const bson::Element& field);
  bool fail(std::string_view what);
  bool give_up();

  UpdateForm form_ = UpdateForm::unknown;
  Change change_;
  std::vector<Frame> open_;
  std::optional<bson::Reader> section_;
  std::string_view failure_;
};

/// All changes of an update at once.
struct UpdateDescription {
  using Form = UpdateForm;

  Form form = Form::unknown;
  std::vector<Change> changes;  ///< empty for a replacement and for what is unknown
};

/// Reads the `o` of an entry with op "u". Views into `o`. Cause::damaged where the delta's own
/// grammar is broken. An update of more than a million path steps, which no server writes, is
/// `unknown`: use a ChangeReader where that may not be.
Result<UpdateDescription> describe_update(bson::Document o);

}  // namespace mongotail::oplog
