#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/view.h"
#include "serve/subscription.h"

// Form::frames from the reader's side: a stream of BSON documents, one after the other.
namespace mongotail::serve {

/// One of them. Views are into its bytes.
struct Frame {
  /// The stream's position with it; empty if that is not said.
  std::string_view cursor;
  /// An operation's own document, and its place among those of its entry as in oplog::Operation.
  std::optional<bson::Document> operation;
  std::int32_t index = oplog::Operation::no_index;
  bool last = true;
  bool transaction = false;
  /// What the stream ends with.
  std::optional<End> end;
};

/// Cause::damaged if it is not one.
Result<Frame> parse_frame(bson::Document document);

/// Takes whole frames out of bytes that come in pieces of any size.
class FrameBuffer {
 public:
  /// No frame is larger: BSON's own limit, with room for what goes around a document.
  static constexpr std::size_t largest = (16u << 20) + (64u << 10);

  void append(std::string_view bytes) { bytes_.append(bytes); }
  /// All whole frames that are there, side by side; what is left stays. Cause::damaged where no
  /// frame can begin so.
  Result<std::string> take_whole();
  /// Nothing has begun that has not been taken.
  bool empty() const { return bytes_.empty(); }
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_;
};

}  // namespace mongotail::serve
