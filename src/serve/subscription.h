#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "match/selection.h"
#include "resume/cursor.h"
#include "serve/block.h"
#include "serve/past.h"

namespace mongotail::serve {

/// With the next operation that comes.
struct StartNow {};
/// Right after a place that somebody was told; it may lie in another history, or be gone.
struct StartAfter {
  resume::Cursor place;
};
/// With the first operation at or past that ts.
struct StartFrom {
  bson::Timestamp ts;
};
/// Somewhere that only reading the oplog finds out.
struct StartInPast {};

using Start = std::variant<StartNow, StartAfter, StartFrom, StartInPast>;

/// What a subscriber wants.
struct Subscription {
  match::Selection selection;
  Form form = Form::lines;
  Line line = Line::entry;  ///< of lines and events
  Start start;
  std::optional<bson::Timestamp> last;  ///< the stream ends once all up to here was handed out
  std::optional<std::uint64_t> limit;   ///< or after this many operations
  std::shared_ptr<const Past::Request> request;  ///< what Past::start() is given
};

/// Why a subscriber's stream ended.
struct End {
  enum class Reason {
    done,         ///< as requested
    slow,         ///< it reads too slowly
    lost,         ///< the oplog no longer reaches back to where it stands
    rolled_back,  ///< what it got is void from its cursor on
    failed,       ///< the oplog can't be read
    shutdown,     ///< the server goes down
  };

  Reason reason = Reason::done;
  Error error;              ///< unless done
  std::string cursor = {};  ///< where to resume; empty if that is not known
};

/// The word for it in the last line and in the metrics.
std::string_view name_of(End::Reason reason);
/// The reverse; failed if there is none of that name.
End::Reason reason_named(std::string_view name);

/// What a stream in that form says last; nothing where a stream of lines ends as requested.
std::string end_text(Form form, const End& end);

/// What a stream says while there is nothing to say; `cursor` may be empty.
std::string heartbeat_text(Form form, std::string_view cursor);

/// What a stream begins with.
std::string begin_text(Form form, std::string_view cursor);

}  // namespace mongotail::serve
