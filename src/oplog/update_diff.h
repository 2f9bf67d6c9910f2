#pragma once

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
  std::string_view name;   ///< the field's name, or the index in decimal
  bool array_index = false;  ///< known to be an index into an array ($v:2 says so; $v:1 does not)

  bool operator==(const PathKey&) const = default;
};

/// One change that an update makes to the document as it was before.
struct Change {
  enum class Kind {
    set,        ///< the value at `path` becomes `value`; an existing field keeps its place
    append,     ///< as set, but the field moves to (or comes at) the document's end
    unset,      ///< the field goes away
    truncate,   ///< the array at `path` gets exactly `length` elements (cut, or filled with null)
    splice,     ///< the binary at `path` keeps its first `length` bytes, then `value`'s data
  };
  Kind kind = Kind::set;
  std::vector<PathKey> path;
  std::optional<bson::Element> value;
  std::int32_t length = 0;
};

struct UpdateDescription {
  enum class Form {
    replacement,  ///< `o` is the whole new document; `changes` is empty
    modifiers,    ///< `$v: 1`, or a hand-run applyOps with `{$set: …}`; paths were dotted
    delta,        ///< `$v: 2`
    unknown,      ///< of a newer server: not understood, `changes` is empty
  };
  Form form = Form::unknown;
  std::vector<Change> changes;
};

/// Understands the `o` of an entry with op "u": its form is told by the first key of
/// `o`. Views into `o`. Cause::damaged where the delta's own grammar is broken.
Result<UpdateDescription> describe_update(bson::Document o);

}  // namespace mongotail::oplog
