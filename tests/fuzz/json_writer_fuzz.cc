// Every output format over any bytes: text without controls, valid UTF-8, one line where a line is
// promised, and nothing at all where the BSON is broken.

#include <string>
#include <string_view>

#include "base/utf8.h"
#include "fuzz.h"
#include "output/format.h"
#include "output/json_writer.h"

namespace mongotail {
namespace {

// UTF-8 without controls; line ends apart, which the caller looks at.
bool harmless(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    const bool c0 = step.code_point < 0x20 && step.code_point != '\n';
    const bool del_or_c1 = step.code_point >= 0x7F && step.code_point < 0xA0;
    if (!step.valid || c0 || del_or_c1) return false;
    text.remove_prefix(step.size);
  }
  return true;
}

void judge_json(bson::Document document, output::JsonMode mode) {
  output::JsonWriter writer(mode);
  std::string out = "kept";
  const bool written = writer.append(document, out).has_value();
  fuzz::check(written == !bson::validate(document), "what is intact is written, and only that");
  fuzz::check(written || out == "kept", "what is damaged leaves nothing behind");
  fuzz::check(harmless(out) && out.find('\n') == std::string::npos, "JSON is one harmless line");
}

void judge_format(bson::Document document, output::FormatOptions options) {
  auto formatter = output::Formatter::make(std::move(options));
  fuzz::check(formatter.has_value(), "the formatter is made");
  const auto entry = oplog::Entry::parse(document);
  if (!entry) return;
  oplog::Operation operation;
  operation.entry = *entry;
  operation.optime = entry->optime;
  std::string out = "kept";
  const bool written = formatter->append(operation, {}, out).has_value();
  fuzz::check(written || out == "kept", "what is damaged leaves nothing behind");
  fuzz::check(harmless(out), "a terminal can take it");
  fuzz::check(!written || out.back() == '\n', "it ends its line");
}

void judge(bson::Document document) {
  judge_json(document, output::JsonMode::relaxed);
  judge_json(document, output::JsonMode::canonical);
  for (const auto format : {output::Format::json, output::Format::pretty,
                            output::Format::short_line, output::Format::text}) {
    for (const int width : {0, 40}) {
      output::FormatOptions options;
      options.format = format;
      options.text_template = "{ts} {time} {op} {verb} {ns} {id} {o.a} {o}";
      options.utc = true;
      options.width = width;
      judge_format(document, options);
    }
  }
}

}  // namespace
}  // namespace mongotail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mongotail::fuzz::each_document({data, size}, mongotail::judge);
  return 0;
}
