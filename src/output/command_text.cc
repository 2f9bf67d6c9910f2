#include "output/command_text.h"

#include <array>
#include <string_view>

#include "base/safe_text.h"
#include "oplog/command.h"
#include "output/operation_text.h"

namespace mongotail::output {
namespace {

using bson::Document;
using bson::Element;
using oplog::CommandDetail;

std::string_view text_of(const std::optional<Element>& field) {
  return field ? field->as_text().value_or("") : std::string_view();
}

bool is_whole(ShellWriter::Outcome outcome) {
  return outcome == ShellWriter::Outcome::whole;
}

/// Writes one sentence; each member appends a part of it.
class Writer {
 public:
  Writer(const oplog::Entry& entry, const ShellWriter& shell, const Glyphs& glyphs)
      : entry_(entry), shell_(shell), glyphs_(glyphs) {}

  std::optional<Sentence> make();

 private:
  bool subject(const Element& first, CommandDetail detail);
  bool rename(const Element& first);
  void rest(ShellWriter::Keys skip);
  void index(Document spec);
  void indexes();
  void dropped_index();
  void append(Document document);
  std::string& next_word();

  const oplog::Entry& entry_;
  const ShellWriter& shell_;
  const Glyphs& glyphs_;
  Sentence out_;
  bool whole_ = true;
};

// The detail, ready for another word.
std::string& Writer::next_word() {
  if (!out_.detail.empty()) out_.detail += ' ';
  return out_.detail;
}

void Writer::append(Document document) {
  whole_ = is_whole(shell_.append_document(document, next_word())) && whole_;
}

// What is left of the fields, if anything is.
void Writer::rest(ShellWriter::Keys skip) {
  std::string text;
  whole_ = is_whole(shell_.append_document(entry_.o, text, skip)) && whole_;
  if (text != "{}") next_word() += text;
}

bool Writer::rename(const Element& first) {
  const auto from = first.as_text();
  const std::string_view to = text_of(entry_.o.find("to"));
  if (!from || to.empty()) return false;
  out_.subject = "rename ";
  append_safe_text(*from, out_.subject);
  out_.subject += ' ';
  out_.subject += glyphs_.arrow;
  out_.subject += ' ';
  append_safe_text(to, out_.subject);
  const auto dropped = entry_.o.find("dropTarget");
  if (dropped && dropped->type() == bson::Type::binary) out_.subject += ", replacing it";
  return true;
}

bool Writer::subject(const Element& first, CommandDetail detail) {
  if (detail == CommandDetail::unknown) return false;
  if (detail == CommandDetail::rename) return rename(first);
  if (oplog::CommandTarget::of(entry_).kind() == oplog::CommandTarget::Kind::none) return false;
  out_.subject = first.key();
  out_.subject += ' ';
  append_safe_text(oplog::named_namespace(entry_), out_.subject);
  return true;
}

// `{ email: 1 } unique { expireAfterSeconds: 60 }`
void Writer::index(Document spec) {
  const auto key = spec.find("key");
  append(key ? key->as_document().value_or(Document()) : Document());
  std::array<std::string_view, 12> skip{"v",    "key",          "name", "ns", "createIndexes",
                                        "lsid", "$clusterTime", "$db"};
  std::size_t skipped = 8;
  for (const Element& field : spec) {
    if (!field.as_bool().value_or(false) || skipped == skip.size()) continue;
    append_safe_text(field.key(), next_word());
    skip[skipped++] = field.key();
  }
  std::string text;
  const auto keys = ShellWriter::Keys(skip).first(skipped);
  whole_ = is_whole(shell_.append_document(spec, text, keys)) && whole_;
  if (text != "{}") next_word() += text;
}

void Writer::indexes() {
  const auto specs = entry_.o.find("indexes");
  for (const Element& spec : specs ? specs->as_array().value_or(Document()) : Document()) {
    if (!out_.detail.empty()) out_.detail += ',';
    index(spec.as_document().value_or(Document()));
  }
  const auto cause = entry_.o.find("cause");
  const auto reason = cause && cause->as_document() ? cause->as_document()->find("errmsg")
                                                    : std::optional<Element>();
  if (const std::string_view text = text_of(reason); !text.empty()) {
    out_.detail += ": ";
    append_safe_text(text, out_.detail);
  }
}

void Writer::dropped_index() {
  if (const std::string_view name = text_of(entry_.o.find("index")); !name.empty()) {
    append_safe_text(name, next_word());
  }
  const auto key = entry_.o2 ? entry_.o2->find("key") : std::optional<Element>();
  if (key && key->as_document()) append(*key->as_document());
}

std::optional<Sentence> Writer::make() {
  const auto first = entry_.o.first();
  if (!first) return std::nullopt;
  const CommandDetail detail = oplog::detail_of(first->key());
  if (!subject(*first, detail)) return std::nullopt;
  switch (detail) {
    case CommandDetail::options: {
      const std::string_view skip[] = {first->key(), "idIndex"};
      rest(skip);
      break;
    }
    case CommandDetail::index:
      index(entry_.o);
      break;
    case CommandDetail::index_build:
      indexes();
      break;
    case CommandDetail::drop_index:
      dropped_index();
      break;
    case CommandDetail::unknown:
    case CommandDetail::nothing:
    case CommandDetail::rename:
      break;
  }
  if (!whole_) return std::nullopt;
  return std::move(out_);
}

}  // namespace

std::optional<Sentence> sentence_of(const oplog::Entry& entry, const ShellWriter& shell,
                                    const Glyphs& glyphs) {
  const Verb verb = verb_of(entry);
  if (verb == Verb::command) return Writer(entry, shell, glyphs).make();
  if (verb != Verb::noop) return std::nullopt;
  const auto first = entry.o.first();
  if (!first || first->key() != "msg" || !first->as_text()) return std::nullopt;
  return Sentence{safe_text(*first->as_text()), {}};
}

bson::OwnedDocument beside_subject(const oplog::Entry& command) {
  bson::Builder fields;
  bool first = true;
  for (const Element& field : command.o) {
    if (!first && field.key() != "idIndex") fields.append(field);
    first = false;
  }
  return fields.take();
}

}  // namespace mongotail::output
