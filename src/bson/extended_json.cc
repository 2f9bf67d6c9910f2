#include "bson/extended_json.h"

#include <bson/bson.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

namespace mongotail::bson {
namespace {

// Not a unique_ptr: bson_t's alignment attribute would be lost in the template argument.
class Parsed {
 public:
  explicit Parsed(bson_t* document) : document_(document) {}
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  ~Parsed() { bson_destroy(document_); }

  explicit operator bool() const { return document_ != nullptr; }
  std::optional<Document> view() const {
    return Document::from(Bytes(bson_get_data(document_), document_->len));
  }

 private:
  bson_t* document_;
};

bool only_space(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// libbson's reader takes a stream of documents; the end of the first shows whether more follows.
std::size_t end_of_object(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return json.size();
}

}  // namespace

Result<OwnedDocument> parse_document(std::string_view json) {
  const auto not_json = [](std::string_view why) {
    return fail(Cause::usage, fmt::format("not Extended JSON: {}", why));
  };
  const std::size_t begin = json.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || json[begin] != '{') {
    return not_json("a document must start with {");
  }
  if (!only_space(json.substr(end_of_object(json)))) {
    return not_json("there is text after the document's closing }");
  }
  bson_error_t error{};
  const Parsed parsed(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                         static_cast<ssize_t>(json.size()), &error));
  if (!parsed) return not_json(error.message);
  const auto document = parsed.view();
  // A name may hold NUL in JSON, and then cuts the field in two.
  if (!document || validate(*document)) return not_json("it can't be written as BSON");
  return OwnedDocument(*document);
}

Result<OwnedDocument> parse_value(std::string_view json) {
  auto parsed = parse_document(fmt::format("{{\"v\":{}}}", json));
  if (!parsed) return parsed;
  Reader reader(parsed->view());
  Element element;
  if (!reader.next(element) || reader.next(element)) {
    return fail(Cause::usage, "not Extended JSON: one value is expected");
  }
  return parsed;
}

std::string to_text(Document document) {
  constexpr std::size_t longest = 300;
  bson_t view;
  if (!bson_init_static(&view, document.bytes().data(), document.size())) return "";
  std::size_t size = 0;
  const std::unique_ptr<char, void (*)(void*)> json(bson_as_relaxed_extended_json(&view, &size),
                                                    bson_free);
  if (!json) return "";
  std::string_view text(json.get(), size);
  if (size <= longest) return std::string(text);
  text = text.substr(0, longest);
  // Not within a character.
  while ((static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.remove_suffix(1);
  if (static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  return std::string(text) + "...";
}

}  // namespace mongotail::bson
