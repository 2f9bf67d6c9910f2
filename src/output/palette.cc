#include "output/palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/safe_text.h"

namespace mongotail::output {
namespace {

struct Name {
  std::string_view name;
  std::string Palette::*color;
};

constexpr std::array<Name, 11> names = {{{"time", &Palette::time},
                                         {"ns", &Palette::ns},
                                         {"insert", &Palette::added},
                                         {"update", &Palette::changed},
                                         {"delete", &Palette::removed},
                                         {"command", &Palette::command},
                                         {"string", &Palette::text},
                                         {"number", &Palette::number},
                                         {"date", &Palette::date},
                                         {"id", &Palette::id},
                                         {"word", &Palette::word}}};

std::string escape(std::string_view parameters) {
  return parameters.empty() ? std::string() : fmt::format("\x1b[{}m", parameters);
}

tl::unexpected<Error> bad(std::string what) {
  std::string all;
  for (const Name& each : names) all += fmt::format("{}{}", all.empty() ? "" : ", ", each.name);
  return fail(Cause::usage, std::move(what),
              fmt::format("write it as insert=32:number=1;33, with the names {}", all));
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// One pass over the text of values.
class Colorer {
 public:
  Colorer(std::string_view text, const Palette& palette, std::string& out)
      : text_(text), palette_(palette), out_(out) {}

  void run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\x1b') {
        copy_to(std::min(text_.find('m', at_), text_.size() - 1) + 1);
      } else if (c == '\'') {
        quoted();
      } else if (c == '/' && value_begins()) {
        paint(palette_.text, end_of_quoted('/'));
      } else if (is_letter(c)) {
        word();
      } else if (is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_number_after_sign())) {
        paint(palette_.number, end_of_number());
      } else {
        copy_to(at_ + 1);
      }
    }
  }

 private:
  void copy_to(std::size_t end) {
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }
  void paint(std::string_view color, std::size_t end) {
    out_ += color;
    out_ += text_.substr(at_, end - at_);
    if (!color.empty()) out_ += palette_.reset;
    at_ = end;
  }

  bool value_begins() const { return at_ == 0 || text_[at_ - 1] == ' '; }
  bool is_number_after_sign() const { return is_digit(text_[at_ + 1]) || text_[at_ + 1] == 'I'; }

  std::size_t end_of_quoted(char quote) const {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2u : 1u;
    return std::min(end + 1, text_.size());
  }

  std::size_t end_of_number() const {
    constexpr std::string_view parts = "0123456789.eE+-Infity";
    return std::min(text_.find_first_not_of(parts, at_ + 1), text_.size());
  }

  bool is_key_end(std::size_t end) const { return end < text_.size() && text_[end] == ':'; }

  void quoted() {
    const std::size_t end = end_of_quoted('\'');
    if (is_key_end(end)) return copy_to(end);
    paint(palette_.text, end);
  }

  /// A key, `true` and the like, or a call such as ObjectId('…').
  void word() {
    std::size_t end = at_ + 1;
    while (end < text_.size() &&
           (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.')) {
      ++end;
    }
    const std::string_view name = text_.substr(at_, end - at_);
    if (is_key_end(end)) return copy_to(end);
    if (name == "new") return copy_to(end);
    if (end < text_.size() && text_[end] == '(')
      return paint(color_of_call(name), end_of_call(end));
    if (name == "NaN" || name == "Infinity") return paint(palette_.number, end);
    // Any other word is a path before an index.
    constexpr std::array<std::string_view, 4> words = {"true", "false", "null", "undefined"};
    if (std::ranges::find(words, name) == words.end()) return copy_to(end);
    paint(palette_.word, end);
  }

  std::size_t end_of_call(std::size_t open) {
    int depth = 0;
    for (std::size_t end = open; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '\'') {
        const std::size_t before = std::exchange(at_, end);
        end = end_of_quoted('\'') - 1;
        at_ = before;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        return end + 1;
      }
    }
    return text_.size();
  }

  std::string_view color_of_call(std::string_view name) const {
    if (name == "ObjectId" || name == "UUID") return palette_.id;
    if (name == "ISODate" || name == "Date" || name == "Timestamp") return palette_.date;
    if (name == "Long" || name == "Decimal128") return palette_.number;
    return palette_.word;
  }

  std::string_view text_;
  const Palette& palette_;
  std::string& out_;
  std::size_t at_ = 0;
};

}  // namespace

Palette Palette::standard() {
  Palette palette;
  palette.time = palette.dim = escape("2");
  palette.ns = palette.word = escape("1");
  palette.added = palette.text = palette.id = escape("32");
  palette.changed = palette.number = escape("33");
  palette.removed = escape("31");
  palette.command = escape("36");
  palette.date = escape("35");
  palette.reset = escape("0");
  return palette;
}

Result<Palette> Palette::parse(std::string_view spec) {
  Palette palette = standard();
  while (!spec.empty()) {
    const std::string_view item = spec.substr(0, spec.find(':'));
    spec.remove_prefix(std::min(item.size() + 1, spec.size()));
    const auto equals = item.find('=');
    const auto found = std::ranges::find(names, item.substr(0, equals), &Name::name);
    if (equals == std::string_view::npos || found == names.end()) {
      return bad(fmt::format("'{}' sets no colour", safe_text(item)));
    }
    const std::string_view value = item.substr(equals + 1);
    if (value.find_first_not_of("0123456789;") != std::string_view::npos) {
      return bad(fmt::format("'{}' is not a colour", safe_text(value)));
    }
    palette.*found->color = escape(value);
  }
  return palette;
}

std::string_view Palette::of(Verb verb) const {
  switch (verb) {
    case Verb::insert:
      return added;
    case Verb::update:
      return changed;
    case Verb::remove:
      return removed;
    case Verb::command:
      return command;
    case Verb::noop:
    case Verb::other:
      break;
  }
  return dim;
}

void append_colored(std::string_view text, const Palette& palette, std::string& out) {
  Colorer(text, palette, out).run();
}

void color_from(std::size_t begin, const Palette& palette, std::string& out) {
  if (!palette.is_on()) return;
  const std::string plain = out.substr(begin);
  out.resize(begin);
  append_colored(plain, palette, out);
}

}  // namespace mongotail::output
