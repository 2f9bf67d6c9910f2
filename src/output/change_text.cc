#include "output/change_text.h"

#include <fmt/format.h>

#include <iterator>

namespace mongotail::output {
namespace {

using Kind = oplog::Change::Kind;

void append_sign(Kind kind, const Palette& palette, std::string& out) {
  switch (kind) {
    case Kind::append:
      out += palette.added;
      out += '+';
      break;
    case Kind::unset:
      out += palette.removed;
      out += '-';
      break;
    case Kind::set:
    case Kind::truncate:
    case Kind::splice:
      out += palette.changed;
      out += '~';
      break;
  }
  out += palette.reset;
}

}  // namespace

void append_path(std::span<const oplog::PathKey> path, std::string& out) {
  bool first = true;
  for (const oplog::PathKey& key : path) {
    if (key.array_index) {
      out += '[';
      out += key.name;
      out += ']';
    } else {
      if (!first) out += '.';
      // A dotted path of $v:1 has indexes that are not known to be such.
      const bool number =
          !key.name.empty() && key.name.find_first_not_of("0123456789") == std::string_view::npos;
      if (number) {
        out += key.name;
      } else {
        append_shell_key(key.name, out);
      }
    }
    first = false;
  }
}

void append_change_head(const oplog::Change& change, const Palette& palette, std::string& out) {
  append_sign(change.kind, palette, out);
  out += ' ';
  append_path(change.path, out);
  switch (change.kind) {
    case Kind::set:
    case Kind::append:
      out += ": ";
      break;
    case Kind::unset:
      break;
    case Kind::truncate:
      fmt::format_to(std::back_inserter(out), ": now {} element{}", change.length,
                     change.length == 1 ? "" : "s");
      break;
    case Kind::splice:
      fmt::format_to(std::back_inserter(out), ": from byte {} on ", change.length);
      break;
  }
}

}  // namespace mongotail::output
