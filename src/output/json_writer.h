#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/view.h"
#include "output/buffer.h"
#include "output/calendar.h"

namespace mongotail::output {

/// The two forms of Extended JSON v2 (specification "MongoDB Extended JSON (v2)").
enum class JsonMode { relaxed, canonical };

/// BSON to Extended JSON, on one line and without spaces, in the fields' order. The text is valid
/// JSON and UTF-8 whatever the document holds: bytes that are not UTF-8 become U+FFFD. C0, DEL and
/// C1 controls are escaped, so that a terminal can take the line; libbson leaves DEL and C1 as they
/// are. U+2028, U+2029 and bidi controls stay (as in libbson). Doubles have the fewest digits that
/// read back as the same value.
///
/// Not thread-safe: it keeps memory from one call to the next.
class JsonWriter {
 public:
  explicit JsonWriter(JsonMode mode) : mode_(mode) {}

  /// Appends `{…}`, without a line end. Cause::damaged where the BSON is broken or nested deeper
  /// than bson::max_depth; `out` then is as it was.
  Status append(bson::Document document, Buffer& out);
  Status append(bson::Document document, std::string& out);

  /// Appends the value alone, without its key. Cause::damaged as above.
  Status append_value(const bson::Element& element, Buffer& out);
  Status append_value(const bson::Element& element, std::string& out);

 private:
  class Encoder;

  JsonMode mode_;
  IsoDateWriter dates_;
  Buffer buffer_;
};

/// Appends `text` as a JSON string, with its quotes, by the same rules.
void append_json_string(std::string_view text, Buffer& out);
void append_json_string(std::string_view text, std::string& out);

}  // namespace mongotail::output
