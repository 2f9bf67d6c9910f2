#include "output/json_lines.h"

#include <fmt/format.h>

#include "bson/builder.h"

namespace mongotail::output {

Status JsonLines::append(const oplog::Operation& operation, std::string_view shard,
                         std::string& out) {
  const bson::Document document = operation.entry.document;
  if (auto status = writer_.append(document, out); !status) return status;
  if (!shard.empty()) {
    out.back() = ',';
    if (document.empty()) out.pop_back();
    out += "\"shard\":";
    append_json_string(shard, out);
    out += '}';
  }
  out += '\n';
  return {};
}

Status BsonDocuments::append(const oplog::Operation& operation, std::string_view shard,
                             std::string& out) {
  const bson::Document document = operation.entry.document;
  const auto as_text = [](bson::Bytes bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  // Whoever reads the stream finds a document's end by its length alone, so damage inside would go
  // on unseen.
  if (const auto damage = bson::validate(document)) {
    return fail(Cause::damaged, fmt::format("a document's BSON is damaged at byte {} of it: {}",
                                            damage->offset, damage->reason));
  }
  if (shard.empty() && document.size() > 0) {
    out += as_text(document.bytes());
    return {};
  }
  bson::Builder builder;
  for (const bson::Element& field : document) builder.append(field);
  if (!shard.empty()) builder.append("shard", shard);
  out += as_text(builder.finish().bytes());
  return {};
}

}  // namespace mongotail::output
