#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oplog/namespace.h"

namespace mongotail::match {

using oplog::NamespaceName;

/// One of the two parts of a pattern: `*` is any characters, also none; `?` is one character (of
/// UTF-8; a byte that is not UTF-8 counts as one); `\` takes the next character literally.
class GlobPart {
 public:
  /// `text` must not end within an escape.
  explicit GlobPart(std::string_view text);

  /// Time is at most the product of both lengths.
  bool matches(std::string_view text) const;
  bool is_any() const { return kind_ == Kind::any; }
  bool is_plain() const { return kind_ != Kind::glob; }
  bool begins_with_star() const { return !steps_.empty() && steps_.front().token == Token::star; }
  /// The one text that matches; nullptr if there may be others.
  const std::string* literal() const { return kind_ == Kind::literal ? &literal_ : nullptr; }
  /// Appends the part as a regular expression; in it `any_character` stands for one character. A
  /// match takes a number of steps that is linear in the text's length, as with matches(): the
  /// server gives up a match of more than about 200,000 steps, and says only that there is none.
  void append_regex(std::string_view any_character, std::string& out) const;

 private:
  enum class Kind { literal, any, glob };
  enum class Token : std::uint8_t { byte, one, star };
  struct Step {
    Token token;
    char byte;
  };

  bool matches_glob(std::string_view text) const;

  Kind kind_ = Kind::literal;
  std::string literal_;
  std::vector<Step> steps_;
};

/// A pattern of `--ns` or `--ns-exclude`, such as `app.users`, `app.*`, `*.log?` or `app`, which is
/// `app.*`. The first dot, escaped or not, ends the database part, so nothing in that part crosses
/// it. Case-sensitive.
///
/// The oplog's entries of a time-series collection `app.points` are those of
/// `app.system.buckets.points`: a pattern that matches the one name matches the other.
class NsGlob {
 public:
  /// Cause::usage: an empty pattern or part, a `\` at the end, bytes that are not UTF-8, NUL.
  static Result<NsGlob> parse(std::string_view pattern);

  /// A namespace without a dot, such as the "" of no-ops, is matched by `*` alone.
  bool matches(std::string_view ns) const { return matches(NamespaceName::split(ns)); }
  bool matches(NamespaceName ns) const;
  /// Without regard to time series.
  bool matches_name(NamespaceName ns) const;
  bool matches_database(std::string_view database) const { return database_.matches(database); }
  /// Whether the pattern takes in every collection of that database.
  bool covers_database(std::string_view database) const;

  /// Takes in every namespace: `*` or `*.*`.
  bool matches_everything() const { return database_.is_any() && collection_.is_any(); }
  bool whole_database() const { return collection_.is_any(); }
  /// The one namespace that matches, beside that of its buckets.
  std::optional<std::string> literal() const;
  /// That of its buckets.
  std::optional<std::string> buckets_literal() const;
  /// Whether there is nothing in it but literal text and whole parts: a match takes few steps.
  bool is_plain() const { return database_.is_plain() && collection_.is_plain(); }
  /// The one database whose collections may match.
  std::optional<std::string_view> database_literal() const;

  /// A PCRE, anchored with `^`, that finds the namespaces with a dot that match, and, as PCRE's `$`
  /// stands before a last newline too, at most such names besides. For UTF mode, the server's.
  std::string regex() const;
  /// The same without the `^`, to be put into alternatives.
  void append_regex(std::string& out) const;

 private:
  NsGlob(GlobPart database, GlobPart collection)
      : database_(std::move(database)), collection_(std::move(collection)) {}

  GlobPart database_;
  GlobPart collection_;
};

}  // namespace mongotail::match
