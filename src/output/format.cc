#include "output/format.h"

#include <utility>
#include <variant>

#include "output/event_lines.h"
#include "output/json_lines.h"
#include "output/pretty.h"
#include "output/short_line.h"
#include "output/text_template.h"

namespace mongotail::output {

class Formatter::Form {
 public:
  std::variant<JsonLines, EventLines, BsonDocuments, TextTemplate, Pretty, ShortLine> format;
  std::vector<std::string> sources = {};
  std::string text = {};  // of a form that writes no Buffer
};

Formatter::Formatter(std::unique_ptr<Form> form) : form_(std::move(form)) {}
Formatter::~Formatter() = default;
Formatter::Formatter(Formatter&&) noexcept = default;
Formatter& Formatter::operator=(Formatter&&) noexcept = default;

Result<Formatter> Formatter::make(FormatOptions options) {
  const auto form = [&](auto format) {
    return Formatter(std::make_unique<Form>(Form{std::move(format), options.sources}));
  };
  switch (options.format) {
    case Format::json:
      break;
    case Format::event:
      return form(
          EventLines(options.json_mode, options.state, options.source_field, options.users));
    case Format::pretty:
      return form(Pretty({options.palette, options.utc, options.ascii, options.verbose, options.width,
                          options.now, options.state, options.users}));
    case Format::short_line:
      return form(ShortLine({options.palette, options.utc, options.ascii, options.width, options.now,
                             options.state, options.users}));
    case Format::bson:
      return form(BsonDocuments(options.source_field));
    case Format::text:
      return TextTemplate::parse(options.text_template, {options.json_mode, options.ascii, options.users})
          .map(form);
  }
  return form(JsonLines(options.json_mode, options.with_cursor, options.source_field));
}

Status Formatter::append(const oplog::Operation& operation, std::string_view shard, Buffer& out) {
  const auto append = [&](auto& format) -> Status {
    if constexpr (requires { format.append(operation, shard, out); }) {
      return format.append(operation, shard, out);
    } else {
      std::string& text = form_->text;
      text.clear();
      if (auto status = format.append(operation, shard, text); !status) return status;
      out.append(text);
      return {};
    }
  };
  return std::visit(append, form_->format);
}

Status Formatter::append(const oplog::Operation& operation, std::string_view shard,
                         std::string& out) {
  Buffer whole;
  if (auto status = append(operation, shard, whole); !status) return status;
  out.append(whole.view());
  return {};
}

std::string_view Formatter::source_of(const oplog::Operation& operation) const {
  const auto& sources = form_->sources;
  return operation.source < sources.size() ? std::string_view(sources[operation.source])
                                           : std::string_view();
}

void Formatter::add_source(std::string name) {
  form_->sources.push_back(std::move(name));
}

void Formatter::call_sources(std::string field) {
  std::visit(
      [&](auto& format) {
        if constexpr (requires { format.call_sources(field); }) format.call_sources(field);
      },
      form_->format);
}

void Formatter::end_transaction(oplog::OpTime up_to, std::optional<std::int64_t> operations,
                                Buffer& out) {
  auto* const pretty = std::get_if<Pretty>(&form_->format);
  if (pretty == nullptr) return;
  std::string& text = form_->text;
  text.clear();
  pretty->end_transaction(up_to, operations, text);
  out.append(text);
}

bool Formatter::lines_are_independent() const {
  // Pretty frames a transaction's operations.
  return !std::holds_alternative<Pretty>(form_->format);
}

void Formatter::set_width(int columns) {
  std::visit(
      [&](auto& format) {
        if constexpr (requires { format.set_width(columns); }) format.set_width(columns);
      },
      form_->format);
}

}  // namespace mongotail::output
