#include "output/summary_key.h"

#include <algorithm>
#include <array>
#include <compare>

#include "base/text.h"
#include "oplog/command.h"
#include "oplog/update_diff.h"
#include "output/digits.h"
#include "output/json_writer.h"
#include "output/operation_text.h"

namespace mongotail::output {
namespace {

using Named = std::pair<std::string_view, SummaryKey>;
constexpr std::array<Named, 11> names = {{{"ns", SummaryKey::ns},
                                          {"op", SummaryKey::op},
                                          {"db", SummaryKey::db},
                                          {"id", SummaryKey::id},
                                          {"field", SummaryKey::field},
                                          {"user", SummaryKey::user},
                                          {"session", SummaryKey::session},
                                          {"minute", SummaryKey::minute},
                                          {"hour", SummaryKey::hour},
                                          {"day", SummaryKey::day},
                                          {"shard", SummaryKey::shard}}};

constexpr std::string_view ellipsis = "\u2026";

/// A beginning that doesn't end within a character.
std::string_view cut(std::string_view text) {
  text = text.substr(0, SummaryKeyReader::max_value - ellipsis.size());
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) {
    text.remove_suffix(1);
  }
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  return text;
}

/// `lines.$.qty`; a number that isn't the first step is taken for an index, as $v:1 doesn't say.
void append_path(std::span<const oplog::PathKey> path, std::string& out) {
  bool first = true;
  for (const oplog::PathKey& key : path) {
    if (out.size() > SummaryKeyReader::max_value) return;
    if (!first) out += '.';
    const bool index = key.array_index || (!first && all_digits(key.name));
    out += index ? "$" : key.name.substr(0, SummaryKeyReader::max_value);
    first = false;
  }
}

std::int64_t length_of(SummaryKey key) {
  constexpr std::int64_t minute = 60;
  if (key == SummaryKey::minute) return minute;
  return key == SummaryKey::hour ? 60 * minute : 24 * 60 * minute;
}

/// Where the period that `second` lies in begins.
std::int64_t begin_of(SummaryKey key, std::int64_t second, TimeText& times) {
  const std::int64_t length = length_of(key);
  const auto begin_with = [&](std::int64_t offset) {
    return (second + offset) / length * length - offset;
  };
  const std::int64_t begin = begin_with(times.offset_at(second));
  // A day on which the offset changes began with another one.
  return key == SummaryKey::day ? begin_with(times.offset_at(begin)) : begin;
}

std::strong_ordering compare(const bson::Element& a, const bson::Element& b) {
  if (a.type() != b.type()) return a.type() <=> b.type();
  if (const auto date = a.as_date()) return *date <=> *b.as_date();
  if (const auto number = a.as_integer()) {
    if (const auto other = b.as_integer()) return *number <=> *other;
  }
  if (const auto text = a.as_text()) return *text <=> *b.as_text();
  return std::lexicographical_compare_three_way(a.value().begin(), a.value().end(),
                                                b.value().begin(), b.value().end());
}

}  // namespace

std::string_view name_of(SummaryKey key) {
  return std::ranges::find(names, key, &Named::second)->first;
}

std::optional<SummaryKey> summary_key(std::string_view name) {
  const auto* const found = std::ranges::find(names, name, &Named::first);
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

SummaryKeyReader::SummaryKeyReader(std::vector<SummaryKey> keys, bool utc,
                                   std::shared_ptr<const oplog::UserNames> users)
    : keys_(std::move(keys)), times_(utc), users_(std::move(users)) {}

bool SummaryKeyReader::has_field() const {
  return std::ranges::find(keys_, SummaryKey::field) != keys_.end();
}

void SummaryKeyReader::read(const oplog::Operation& operation,
                            const std::function<void(bson::Document)>& take) {
  bool changes = false;
  if (has_field() && verb_of(operation.entry) == Verb::update) {
    oplog::ChangeReader reader(operation.entry.o);
    while (reader.next()) {
      path_.clear();
      append_path(reader.change().path, path_);
      take(build(operation, path_));
      changes = true;
    }
  }
  if (!changes) take(build(operation, std::nullopt));
}

bson::Document SummaryKeyReader::build(const oplog::Operation& operation,
                                       std::optional<std::string_view> path) {
  builder_.clear();
  for (const SummaryKey key : keys_) {
    if (key != SummaryKey::field) {
      append(key, operation);
    } else if (path) {
      append_text("field", *path);
    } else {
      append_null("field");
    }
  }
  return builder_.finish();
}

void SummaryKeyReader::append(SummaryKey key, const oplog::Operation& operation) {
  switch (key) {
    case SummaryKey::ns:
      return append_text("ns", oplog::named_namespace(operation.entry));
    case SummaryKey::op:
      return append_text("op", operation.entry.op);
    case SummaryKey::db:
      return append_text(
          "db", oplog::NamespaceName::split(oplog::named_namespace(operation.entry)).database);
    case SummaryKey::id:
      return append_id(operation);
    case SummaryKey::user:
      return append_user(operation);
    case SummaryKey::session:
      return append_session(operation);
    case SummaryKey::minute:
    case SummaryKey::hour:
    case SummaryKey::day:
      builder_.append_date(name_of(key), begin_of(key, operation.optime.ts.seconds, times_) * 1000);
      return;
    case SummaryKey::shard:
      return append_shard(operation);
    case SummaryKey::field:
      return;
  }
}

void SummaryKeyReader::append_shard(const oplog::Operation& operation) {
  if (operation.source < sources_.size()) {
    return append_text("shard", sources_[operation.source]);
  }
  for (const std::string_view name : {"shard", "source"}) {
    const auto field = operation.entry.document.find(name);
    if (const auto text = field ? field->as_text() : std::nullopt) {
      return append_text("shard", *text);
    }
  }
  append_null("shard");
}

void SummaryKeyReader::append_text(std::string_view name, std::string_view text) {
  if (text.size() <= max_value) {
    builder_.append(name, text);
  } else {
    builder_.append(name, std::string_view(std::string(cut(text)).append(ellipsis)));
  }
}

void SummaryKeyReader::append_id(const oplog::Operation& operation) {
  const auto id = document_id(operation.entry);
  if (!id) return append_null("id");
  if (id->value().size() <= max_value) {
    builder_.append("id", *id);
  } else if (const auto text = id->as_text()) {
    append_text("id", *text);
  } else {
    std::string json;
    // What is damaged inside is a group of its own.
    static_cast<void>(JsonWriter(JsonMode::relaxed).append_value(*id, json));
    append_text("id", json);
  }
}

void SummaryKeyReader::append_user(const oplog::Operation& operation) {
  constexpr std::size_t shown_bytes = 6;
  const std::string_view name = users_ ? users_->name_of(operation.entry) : std::string_view();
  if (!name.empty()) return append_text("user", name);
  const auto uid = oplog::lsid_field(operation.entry, "uid");
  const auto binary = uid ? uid->as_binary() : std::nullopt;
  if (!binary) return append_null("user");
  char text[2 * shown_bytes];
  const char* const end =
      put_hex(text, binary->data.first(std::min(shown_bytes, binary->data.size())));
  append_text("user", std::string_view(text, static_cast<std::size_t>(end - text)));
}

void SummaryKeyReader::append_session(const oplog::Operation& operation) {
  const auto id = oplog::lsid_field(operation.entry, "id");
  const auto binary = id ? id->as_binary() : std::nullopt;
  if (!binary || binary->data.size() > max_value) return append_null("session");
  builder_.append("session", *id);
}

void SummaryKeyReader::append_null(std::string_view name) {
  builder_.append(name, bson::Element(bson::Type::null, name, {}));
}

bool comes_before(bson::Document a, bson::Document b) {
  auto left = a.begin();
  auto right = b.begin();
  for (; left != a.end() && right != b.end(); ++left, ++right) {
    const auto order = compare(*left, *right);
    if (order != 0) return order < 0;
  }
  return false;
}

}  // namespace mongotail::output
