#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/operation.h"
#include "oplog/user.h"
#include "output/buffer.h"
#include "output/json_writer.h"
#include "output/palette.h"
#include "output/source_tag.h"

namespace mongotail::output {

enum class Format {
  json,        ///< one line of Extended JSON an operation
  event,       ///< one line of JSON of the same shape whatever the entry's form
  pretty,      ///< several lines for a person
  short_line,  ///< one line for a person
  bson,        ///< the raw documents
  text,        ///< by a template (`--format`)
};

struct FormatOptions {
  Format format = Format::json;
  JsonMode json_mode = JsonMode::relaxed;
  bool with_cursor = false;        ///< of Format::json: each line ends with its cursor
  std::string text_template = {};  ///< of Format::text
  Palette palette = {};            ///< of pretty and short
  std::shared_ptr<const oplog::UserNames> users = {};  ///< the users to name; may be null
  bool utc = false;
  bool ascii = false;    ///< what is drawn with is ASCII, for terminals that lack UTF-8
  bool state = false;    ///< pretty, short, event: operations end with `state` and `stateUnknown`
  bool verbose = false;  ///< pretty: nothing is cut
  int width = 0;         ///< columns of the terminal; 0: not a terminal, nothing is cut
  /// Milliseconds since 1970, which decides what day and year go without saying; nullopt: the
  /// clock's.
  std::optional<std::int64_t> now = std::nullopt;
  /// Of a stream of several sources: their names, and what JSON calls them.
  std::vector<std::string> sources = {};
  std::string source_field = "source";
};

/// Appends operations to a buffer in one of the formats. One of a closed set; made once a run.
class Formatter {
 public:
  /// Cause::usage where the template does not parse.
  static Result<Formatter> make(FormatOptions options);

  /// Appends one operation, whole, with its line end. `tag`: what tag_of() says.
  /// Cause::damaged where the document's BSON is broken; `out` then is as it was before.
  Status append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out);
  Status append(const oplog::Operation& operation, const SourceTag& tag, std::string& out);

  /// Of the operation that is appended next; empty if there is one source. Valid until the next
  /// call. Its cursor is that of all sources, where the format tells it: each where set_position()
  /// and the operations since have put it.
  SourceTag tag_of(const oplog::Operation& operation);
  /// One more.
  void add_source(std::string name);
  /// Whether set_position() is of use.
  bool tells_positions() const;
  /// All of the source up to there has come; nullopt: nothing is known of it.
  void set_position(std::size_t source, const std::optional<oplog::OpTime>& after,
                    std::optional<std::int32_t> index);
  /// What JSON calls them: FormatOptions::source_field.
  void call_sources(std::string field);

  /// The transactions of the operations appended so far that committed at `up_to` or before have no
  /// further operation, shown or not. `operations`: how many the one at `up_to` has, if known. For
  /// a transaction whose last operation is appended this is not needed.
  void end_transaction(oplog::OpTime up_to, std::optional<std::int64_t> operations, Buffer& out);
  /// Nothing more is at hand: what waits for a further part of a transaction on another shard ends.
  void idle(Buffer& out);

  /// Each operation looks the same whatever comes before it, so that several formatters made alike
  /// can share the work.
  bool lines_are_independent() const;

  /// The terminal was resized.
  void set_width(int columns);

  ~Formatter();
  Formatter(Formatter&&) noexcept;
  Formatter& operator=(Formatter&&) noexcept;

 private:
  class Form;
  explicit Formatter(std::unique_ptr<Form> form);

  std::unique_ptr<Form> form_;
};

}  // namespace mongotail::output
