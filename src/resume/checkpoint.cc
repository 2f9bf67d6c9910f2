#include "resume/checkpoint.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/safe_text.h"

namespace mongotail::resume {
namespace {

constexpr std::string_view header = "mongotail cursor file, version 1\n";

// No cursor file is longer; anything else is not read to its end.
constexpr std::size_t longest_file = 64u << 10;

}  // namespace

Result<CursorFile> CursorFile::claim(std::string path) {
  auto file = ClaimedFile::claim(std::move(path), header);
  if (!file) return fail(std::move(file.error()));
  return CursorFile(*std::move(file));
}

Result<std::optional<Cursors>> CursorFile::load() const {
  const auto text = file_.read(longest_file);
  if (!text) return fail(text.error());
  if (*text == header) return std::nullopt;

  std::string_view rest = *text;
  if (rest.starts_with(header) && rest.ends_with('\n')) {
    rest.remove_prefix(header.size());
    rest.remove_suffix(1);
    if (auto cursors = parse_cursors(rest)) return *std::move(cursors);
  }
  return fail(Cause::damaged,
              fmt::format("{} is not a cursor file of mongotail", safe_text(path())),
              "name another file, or remove this one to start afresh");
}

Status CursorFile::save(const Cursors& cursors) {
  return file_.replace(fmt::format("{}{}\n", header, to_string(cursors)));
}

}  // namespace mongotail::resume
