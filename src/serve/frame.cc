#include "serve/frame.h"

#include <cstring>
#include <utility>

namespace mongotail::serve {
namespace {

constexpr std::size_t smallest = 5;

tl::unexpected<Error> damaged(const char* why) {
  return fail(Cause::damaged, std::string("the other mongotail sent ") + why,
              "use the same version of mongotail on both sides");
}

std::uint32_t length_at(const std::string& bytes, std::size_t at) {
  std::uint32_t length = 0;
  for (int i = 3; i >= 0; --i) {
    length = length << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return length;
}

std::string text_of(const bson::Document& document, std::string_view key) {
  const auto field = document.find(key);
  return std::string(field ? field->as_text().value_or("") : "");
}

Cause cause_of(End::Reason reason) {
  switch (reason) {
    case End::Reason::lost:
      return Cause::history_lost;
    case End::Reason::rolled_back:
      return Cause::rolled_back;
    case End::Reason::failed:
      return Cause::server;
    case End::Reason::done:
    case End::Reason::slow:
    case End::Reason::shutdown:
      break;
  }
  return Cause::connection;
}

End parse_end(const bson::Document& document) {
  End end;
  end.reason = reason_named(text_of(document, "end"));
  end.error = {cause_of(end.reason), text_of(document, "error"), text_of(document, "hint")};
  end.cursor = text_of(document, "cursor");
  return end;
}

}  // namespace

Result<Frame> parse_frame(bson::Document document) {
  Frame frame;
  bson::Reader fields(document);
  for (bson::Element field; fields.next(field);) {
    if (field.key() == "at") {
      frame.cursor = field.as_text().value_or("");
    } else if (field.key() == "index") {
      frame.index = field.as_int32().value_or(oplog::Operation::no_index);
    } else if (field.key() == "last") {
      frame.last = field.as_bool().value_or(true);
    } else if (field.key() == "transaction") {
      frame.transaction = field.as_bool().value_or(false);
    } else if (field.key() == "o") {
      frame.operation = field.as_document();
    } else if (field.key() == "end") {
      if (const auto end = field.as_document()) frame.end = parse_end(*end);
    }
  }
  if (fields.damaged()) return damaged("a damaged document");
  return frame;
}

Result<std::string> FrameBuffer::take_whole() {
  std::size_t end = 0;
  while (bytes_.size() - end >= smallest) {
    const std::size_t length = length_at(bytes_, end);
    if (length < smallest || length > largest) return damaged("what is not a document");
    if (bytes_.size() - end < length) break;
    end += length;
  }
  if (end == 0) return std::string();
  std::string rest = bytes_.substr(end);
  bytes_.resize(end);
  return std::exchange(bytes_, std::move(rest));
}

}  // namespace mongotail::serve
