#include <array>
#include <charconv>
#include <utility>

#include "cli/resolve.h"

namespace mongotail::cli {
namespace {

constexpr int default_width = 80;

class FormatResolver {
 public:
  FormatResolver(const Invocation& typed, const Environment& environment)
      : typed_(typed), environment_(environment), blame_(typed) {}

  Result<output::FormatOptions> run() {
    options_.utc = typed_.utc;
    options_.ascii = !environment_.utf8;
    options_.verbose = typed_.verbose;
    options_.width = environment_.stdout_is_terminal ? width() : 0;
    auto done = format();
    if (done) done = json_mode();
    if (done) done = color();
    if (done) done = with_cursor();
    if (done) done = text_template();
    if (!done) return fail(std::move(done.error()));
    return std::move(options_);
  }

 private:
  Status format() {
    using output::Format;
    static constexpr std::array<Choice<Format>, 5> formats = {{{"json", Format::json},
                                                               {"pretty", Format::pretty},
                                                               {"short", Format::short_line},
                                                               {"event", Format::event},
                                                               {"bson", Format::bson}}};
    const bool for_people = environment_.stdout_is_terminal && !typed_.with_cursor;
    options_.format = for_people ? Format::pretty : Format::json;
    if (!typed_.output) return {};
    auto chosen = choose(*typed_.output, formats);
    if (!chosen) return blame_.bad_value("--output", std::move(chosen.error()));
    options_.format = *chosen;
    if (options_.format == Format::bson && environment_.stdout_is_terminal) {
      return blame_.contradiction({"--output"}, "-o bson would write binary data to the terminal",
                                  "send stdout to a file or a pipe, or use -o json");
    }
    return {};
  }

  Status json_mode() {
    using output::JsonMode;
    static constexpr std::array<Choice<JsonMode>, 2> modes = {
        {{"relaxed", JsonMode::relaxed}, {"canonical", JsonMode::canonical}}};
    if (!typed_.json_format) return {};
    auto chosen = choose(*typed_.json_format, modes);
    if (!chosen) return blame_.bad_value("--jsonFormat", std::move(chosen.error()));
    options_.json_mode = *chosen;
    return {};
  }

  Status color() {
    enum class When { automatic, always, never };
    static constexpr std::array<Choice<When>, 3> choices = {
        {{"auto", When::automatic}, {"always", When::always}, {"never", When::never}}};
    auto when = choose(typed_.color.value_or("auto"), choices);
    if (!when) return blame_.bad_value("--color", std::move(when.error()));
    const bool wanted = environment_.stdout_is_terminal && environment_.no_color.empty() &&
                        environment_.term != "dumb";
    if (*when == When::never || (*when == When::automatic && !wanted)) return {};
    auto palette = output::Palette::parse(environment_.colors);
    if (!palette) {
      palette.error().what.insert(0, "$MONGOTAIL_COLORS: ");
      return fail(std::move(palette.error()));
    }
    options_.palette = *std::move(palette);
    return {};
  }

  Status with_cursor() {
    if (!typed_.with_cursor) return {};
    const bool has_room = options_.format == output::Format::json && !typed_.text_template;
    // Events have one anyway.
    if (!has_room && options_.format != output::Format::event) {
      return blame_.contradiction({"--with-cursor", "--output", "--format"},
                                  "--with-cursor is for JSON lines",
                                  "use -o json or -o event; in a --format, write {cursor}");
    }
    options_.with_cursor = has_room;
    return {};
  }

  /// Last, as the formatter is tried with all else.
  Status text_template() {
    if (!typed_.text_template) return {};
    if (typed_.output) {
      return blame_.contradiction({"--output", "--format"}, "--output and --format are both given",
                                  "give one of them");
    }
    if (typed_.text_template->empty()) {
      return blame_.bad_value("--format", "the template is empty",
                              "write one such as '{ts} {op} {ns} {id}'");
    }
    options_.format = output::Format::text;
    options_.text_template = *typed_.text_template;
    auto formatter = output::Formatter::make(options_);
    if (!formatter) return blame_.of("--format", std::move(formatter.error()));
    return {};
  }

  /// What the terminal says is newer than what the shell exported.
  int width() const {
    if (environment_.terminal_width > 0) return environment_.terminal_width;
    int columns = 0;
    const std::string& text = environment_.columns;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
    const bool good = error == std::errc() && at == text.data() + text.size() && columns > 0;
    return good ? columns : default_width;
  }

  const Invocation& typed_;
  const Environment& environment_;
  Blame blame_;
  output::FormatOptions options_;
};

}  // namespace

Result<output::FormatOptions> resolve_format(const Invocation& typed,
                                             const Environment& environment) {
  return FormatResolver(typed, environment).run();
}

}  // namespace mongotail::cli
