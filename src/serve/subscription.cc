#include "serve/subscription.h"

#include "bson/builder.h"
#include "output/json_writer.h"

namespace mongotail::serve {
namespace {

bson::OwnedDocument document_of(const End& end) {
  bson::Builder builder;
  builder.append("end", name_of(end.reason));
  if (end.reason != End::Reason::done) {
    builder.append("error", end.error.what);
    if (!end.error.hint.empty()) builder.append("hint", end.error.hint);
  }
  if (!end.cursor.empty()) builder.append("cursor", end.cursor);
  return builder.take();
}

std::string json_of(bson::Document document) {
  std::string text;
  // What the program itself has built is whole.
  [[maybe_unused]] const auto written =
      output::JsonWriter(output::JsonMode::relaxed).append(document, text);
  return text;
}

std::string frame_of(std::string_view key, const bson::OwnedDocument& document) {
  const auto whole = bson::Builder().append(key, document.view()).take();
  const bson::Bytes bytes = whole.view().bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string id_line(std::string_view cursor) {
  return cursor.empty() ? "" : "id: " + std::string(cursor) + "\n";
}

}  // namespace

std::string_view name_of(End::Reason reason) {
  switch (reason) {
    case End::Reason::done:
      return "done";
    case End::Reason::slow:
      return "slow";
    case End::Reason::lost:
      return "lost";
    case End::Reason::rolled_back:
      return "rolled_back";
    case End::Reason::shutdown:
      return "shutdown";
    case End::Reason::failed:
      break;
  }
  return "failed";
}

End::Reason reason_named(std::string_view name) {
  using Reason = End::Reason;
  for (const Reason reason :
       {Reason::done, Reason::slow, Reason::lost, Reason::rolled_back, Reason::shutdown}) {
    if (name == name_of(reason)) return reason;
  }
  return Reason::failed;
}

std::string end_text(Form form, const End& end) {
  const bson::OwnedDocument document = document_of(end);
  switch (form) {
    case Form::frames:
      return frame_of("end", document);
    case Form::events:
      return "event: end\n" + id_line(end.cursor) + "data: " + json_of(document.view()) + "\n\n";
    case Form::lines:
      break;
  }
  if (end.reason == End::Reason::done) return {};
  const auto whole = bson::Builder().append("mongotail", document.view()).take();
  return json_of(whole.view()) + "\n";
}

std::string heartbeat_text(Form form, std::string_view cursor) {
  switch (form) {
    case Form::frames:
      return position_frame(cursor);
    case Form::events:
      return ":\n" + id_line(cursor) + "\n";
    case Form::lines:
      break;
  }
  return "\n";
}

std::string begin_text(Form form, std::string_view cursor) {
  if (form == Form::events) return "retry: 1000\n" + id_line(cursor) + "\n";
  if (form == Form::frames && !cursor.empty()) return position_frame(cursor);
  return {};
}

}  // namespace mongotail::serve
