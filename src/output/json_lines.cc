#include "output/json_lines.h"

#include <fmt/format.h>

#include "bson/builder.h"

namespace mongotail::output {

namespace {

// A line of that size may come again; a larger one is not kept room for.
constexpr std::size_t kept_line = 1u << 20;

}  // namespace

Status JsonLines::append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out) {
  const bson::Document document = operation.entry.document;
  if (auto status = writer_.append(document, out); !status) return status;
  if (!tag.name.empty()) {
    out.cut_back(out.size() - 1);
    out.append(document.empty() ? "\"" : ",\"");
    out.append(source_field_);
    out.append("\":");
    append_json_string(tag.name, out);
    out.push_back('}');
  }
  if (with_cursor_) {
    cursor_.clear();
    append_cursor_after(operation, tag, cursor_);
    out.cut_back(out.size() - 1);
    out.append(document.empty() && tag.name.empty() ? "\"cursor\":" : ",\"cursor\":");
    append_json_string(cursor_, out);
    out.push_back('}');
  }
  out.push_back('\n');
  return {};
}

Status JsonLines::append(const oplog::Operation& operation, const SourceTag& tag,
                         std::string& out) {
  line_.clear(kept_line);
  if (auto status = append(operation, tag, line_); !status) return status;
  out.append(line_.view());
  return {};
}

Status BsonDocuments::append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out) {
  const bson::Document document = operation.entry.document;
  const auto as_text = [](bson::Bytes bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  // Whoever reads the stream finds a document's end by its length alone, so damage inside would
  // stay unseen.
  if (const auto damage = bson::validate(document)) {
    return fail(Cause::damaged, fmt::format("a document's BSON is damaged at byte {} of it: {}",
                                            damage->offset, damage->reason));
  }
  if (tag.name.empty() && document.size() > 0) {
    out.append(as_text(document.bytes()));
    return {};
  }
  bson::Builder builder;
  for (const bson::Element& field : document) builder.append(field);
  if (!tag.name.empty()) builder.append(source_field_, tag.name);
  out.append(as_text(builder.finish().bytes()));
  return {};
}

}  // namespace mongotail::output
