#include "base/redact_message.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/uri.h"

namespace mongotail {
namespace {

constexpr std::string_view hidden = "***";

// What hints show in the place of a login.
constexpr std::array<std::string_view, 4> placeholders = {"user", "NAME", "USER:PASSWORD",
                                                          "[USER[:PASSWORD]"};

bool has_placeholder(std::string_view uri) {
  uri.remove_prefix(std::min(uri.find("://"), uri.size() - 3) + 3);
  if (uri == "host:port" || uri == "host:port/") return true;
  return std::any_of(placeholders.begin(), placeholders.end(), [uri](std::string_view name) {
    return uri.starts_with(name) && uri.rfind('@') == name.size();
  });
}

/// Where the word at `from` begins: after the last blank or quote before it.
std::size_t begin_of_word(std::string_view message, std::size_t from) {
  const auto before = message.substr(0, from).find_last_of(" \t\r\n'\"");
  return before == std::string_view::npos ? 0 : before + 1;
}

/// Where the connection string ends whose `://` is at `mark`: at the quote that it began with, or
/// else with the word. A password may contain blanks: what may still be one is part of it.
std::size_t end_of_uri(std::string_view message, std::size_t begin, std::size_t mark) {
  if (begin > 0 && blanks.find(message[begin - 1]) == std::string_view::npos) {
    const auto quote = message.rfind(message[begin - 1]);
    if (quote > mark) return quote;
  }
  const auto word_end = std::min(message.find_first_of(blanks, mark), message.size());
  const auto end = message.find_last_not_of(".,;:)", word_end - 1) + 1;
  const std::string_view rest = message.substr(mark + 3, end - mark - 3);
  if (rest.find('@') != std::string_view::npos) return end;
  if (!redact_uri(message.substr(begin, end - begin)).ends_with(hidden)) return end;
  const auto last_at = message.rfind('@');
  return last_at == std::string_view::npos || last_at < end
             ? end
             : std::min(message.find_first_of(blanks, last_at), message.size());
}

std::string redact_uris(std::string_view message) {
  std::string out;
  for (auto mark = message.find("://"); mark != std::string_view::npos;
       mark = message.find("://")) {
    const auto begin = begin_of_word(message, mark);
    const auto end = end_of_uri(message, begin, mark);
    const std::string_view uri = message.substr(begin, end - begin);
    out.append(message.substr(0, begin));
    out.append(has_placeholder(uri) ? std::string(uri) : redact_uri(uri));
    message.remove_prefix(end);
  }
  return out.append(message);
}

/// `1795395795:2@1`, also behind `shard=`; or the form of one.
bool ends_as_cursor(std::string_view before, std::string_view after) {
  if (after.starts_with("TERM")) return true;
  const auto colon = before.rfind(':');
  const auto seconds = before.substr(0, colon);
  return all_digits(before.substr(colon + 1)) && !seconds.empty() && is_digit(seconds.back()) &&
         !after.empty() && (is_digit(after.front()) || after.front() == '-');
}

/// `ann:secret@host` where no scheme says what it is.
std::string redact_bare_logins(std::string_view message) {
  std::string out;
  for (auto at = message.find('@'); at != std::string_view::npos; at = message.find('@')) {
    const auto begin = begin_of_word(message, at);
    const std::string_view login = message.substr(begin, at - begin);
    const auto colon = login.find(':');
    const bool bare = colon != std::string_view::npos && colon + 1 < login.size() &&
                      login.find("://") == std::string_view::npos;
    const bool shown = !bare || ends_as_cursor(login, message.substr(at + 1));
    out.append(message.substr(0, begin)).append(shown ? login : hidden).append("@");
    message.remove_prefix(at + 1);
  }
  return out.append(message);
}

}  // namespace

std::string redact_message(std::string_view message) {
  return redact_bare_logins(redact_uris(message));
}

}  // namespace mongotail
