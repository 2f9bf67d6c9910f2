#include "output/format.h"

#include <utility>
#include <variant>

#include "oplog/positions.h"
#include "output/event_lines.h"
#include "output/json_lines.h"
#include "output/pretty.h"
#include "output/short_line.h"
#include "output/text_template.h"

namespace mongotail::output {

namespace {

bool tells_cursors(const FormatOptions& options) {
  switch (options.format) {
    case Format::json:
      return options.with_cursor;
    case Format::text:
      return options.text_template.find("{cursor") != std::string::npos;
    case Format::event:
      return true;
    case Format::pretty:
    case Format::short_line:
    case Format::bson:
      break;
  }
  return false;
}

}  // namespace

class Formatter::Form {
 public:
  std::variant<JsonLines, EventLines, BsonDocuments, TextTemplate, Pretty, ShortLine> format;
  bool tells_cursors;
  std::vector<std::string> sources = {};
  oplog::Positions positions = {};  // of the sources
  std::string cursor = {};
  std::string text = {};  // of a form that writes no Buffer
};

Formatter::Formatter(std::unique_ptr<Form> form) : form_(std::move(form)) {}
Formatter::~Formatter() = default;
Formatter::Formatter(Formatter&&) noexcept = default;
Formatter& Formatter::operator=(Formatter&&) noexcept = default;

Result<Formatter> Formatter::make(FormatOptions options) {
  const auto form = [&](auto format) {
    Formatter made(std::make_unique<Form>(Form{std::move(format), tells_cursors(options)}));
    for (std::string& name : options.sources) made.add_source(std::move(name));
    return made;
  };
  switch (options.format) {
    case Format::json:
      break;
    case Format::event:
      return form(
          EventLines(options.json_mode, options.state, options.source_field, options.users));
    case Format::pretty:
      return form(Pretty({options.palette, options.utc, options.ascii, options.verbose,
                          options.width, options.now, options.state, options.users}));
    case Format::short_line:
      return form(ShortLine({options.palette, options.utc, options.ascii, options.width,
                             options.now, options.state, options.users}));
    case Format::bson:
      return form(BsonDocuments(options.source_field));
    case Format::text:
      return TextTemplate::parse(options.text_template,
                                 {options.json_mode, options.ascii, options.users})
          .map(form);
  }
  return form(JsonLines(options.json_mode, options.with_cursor, options.source_field));
}

Status Formatter::append(const oplog::Operation& operation, const SourceTag& tag, Buffer& out) {
  const auto append = [&](auto& format) -> Status {
    if constexpr (requires { format.append(operation, tag, out); }) {
      return format.append(operation, tag, out);
    } else {
      std::string& text = form_->text;
      text.clear();
      if (auto status = format.append(operation, tag, text); !status) return status;
      out.append(text);
      return {};
    }
  };
  return std::visit(append, form_->format);
}

Status Formatter::append(const oplog::Operation& operation, const SourceTag& tag,
                         std::string& out) {
  Buffer whole;
  if (auto status = append(operation, tag, whole); !status) return status;
  out.append(whole.view());
  return {};
}

SourceTag Formatter::tag_of(const oplog::Operation& operation) {
  if (operation.source >= form_->sources.size()) return {};
  const std::string_view name = form_->sources[operation.source];
  if (!form_->tells_cursors) return {name};
  form_->positions.set(operation.source, operation.optime, oplog::cursor_index(operation));
  form_->cursor.clear();
  form_->positions.append(form_->cursor);
  return {name, form_->cursor};
}

void Formatter::add_source(std::string name) {
  form_->positions.add_source(name);
  form_->sources.push_back(std::move(name));
}

bool Formatter::tells_positions() const {
  return form_->tells_cursors && !form_->sources.empty();
}

void Formatter::set_position(std::size_t source, const std::optional<oplog::OpTime>& after,
                             std::optional<std::int32_t> index) {
  if (source >= form_->sources.size()) return;
  if (after) {
    form_->positions.set(source, *after, index);
  } else {
    form_->positions.unset(source);
  }
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

void Formatter::idle(Buffer& out) {
  auto* const pretty = std::get_if<Pretty>(&form_->format);
  if (pretty == nullptr) return;
  std::string& text = form_->text;
  text.clear();
  pretty->idle(text);
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
