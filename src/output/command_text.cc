#include "output/command_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/safe_text.h"
#include "output/operation_text.h"

namespace mongotail::output {
namespace {

using bson::Document;
using bson::Element;

std::string_view text_of(const std::optional<Element>& field) {
  return field ? field->as_text().value_or("") : std::string_view();
}

/// Writes one sentence; each member appends a part of it.
class Sentence {
 public:
  Sentence(const oplog::Entry& entry, const ShellWriter& shell) : entry_(entry), shell_(shell) {}

  std::optional<std::string> make();

 private:
  enum class Form {
    unknown,
    collection,
    options,
    index,
    index_build,
    drop_index,
    rename,
    database
  };
  static Form form_of(std::string_view command);

  std::string_view database() const { return entry_.ns.substr(0, entry_.ns.find('.')); }
  bool name_collection(const Element& first);
  void rest(ShellWriter::Keys skip);
  void index(Document spec);
  void indexes();
  void dropped_index();
  bool rename(const Element& first);
  bool append(Document document, ShellWriter::Keys skip = {});

  const oplog::Entry& entry_;
  const ShellWriter& shell_;
  std::string out_;
  bool whole_ = true;
};

Sentence::Form Sentence::form_of(std::string_view command) {
  constexpr std::pair<std::string_view, Form> forms[] = {
      {"create", Form::options},
      {"drop", Form::collection},
      {"collMod", Form::options},
      {"emptycapped", Form::collection},
      {"createIndexes", Form::index},
      {"startIndexBuild", Form::index_build},
      {"commitIndexBuild", Form::index_build},
      {"abortIndexBuild", Form::index_build},
      {"dropIndexes", Form::drop_index},
      {"dropIndex", Form::drop_index},
      {"deleteIndexes", Form::drop_index},
      {"deleteIndex", Form::drop_index},
      {"renameCollection", Form::rename},
      {"dropDatabase", Form::database},
  };
  const auto* found = std::find_if(std::begin(forms), std::end(forms),
                                   [&](const auto& form) { return form.first == command; });
  return found != std::end(forms) ? found->second : Form::unknown;
}

bool Sentence::append(Document document, ShellWriter::Keys skip) {
  whole_ = shell_.append_document(document, out_, skip) == ShellWriter::Outcome::whole && whole_;
  return whole_;
}

bool Sentence::name_collection(const Element& first) {
  const auto name = first.as_text();
  if (!name) return false;
  out_ += ' ';
  append_safe_text(database(), out_);
  out_ += '.';
  append_safe_text(*name, out_);
  return true;
}

// The command's other fields, if there are any.
void Sentence::rest(ShellWriter::Keys skip) {
  const std::size_t before = out_.size();
  out_ += ' ';
  if (append(entry_.o, skip) && out_.compare(before, std::string::npos, " {}") == 0) {
    out_.resize(before);
  }
}

// `{ email: 1 } unique { expireAfterSeconds: 60 }`
void Sentence::index(Document spec) {
  out_ += ' ';
  const auto key = spec.find("key");
  append(key ? key->as_document().value_or(Document()) : Document());
  std::array<std::string_view, 12> skip{"v",    "key",          "name", "ns", "createIndexes",
                                        "lsid", "$clusterTime", "$db"};
  std::size_t skipped = 8;
  for (const Element& field : spec) {
    if (!field.as_bool().value_or(false) || skipped == skip.size()) continue;
    out_ += ' ';
    append_safe_text(field.key(), out_);
    skip[skipped++] = field.key();
  }
  const std::size_t before = out_.size();
  out_ += ' ';
  const auto keys = ShellWriter::Keys(skip).first(skipped);
  if (append(spec, keys) && out_.compare(before, std::string::npos, " {}") == 0) {
    out_.resize(before);
  }
}

void Sentence::indexes() {
  const auto specs = entry_.o.find("indexes");
  bool first = true;
  for (const Element& spec : specs ? specs->as_array().value_or(Document()) : Document()) {
    if (!first) out_ += ',';
    first = false;
    index(spec.as_document().value_or(Document()));
  }
  const auto cause = entry_.o.find("cause");
  const auto reason = cause && cause->as_document() ? cause->as_document()->find("errmsg")
                                                    : std::optional<Element>();
  if (const std::string_view text = text_of(reason); !text.empty()) {
    out_ += ": ";
    append_safe_text(text, out_);
  }
}

void Sentence::dropped_index() {
  if (const std::string_view name = text_of(entry_.o.find("index")); !name.empty()) {
    out_ += ' ';
    append_safe_text(name, out_);
  }
  const auto key = entry_.o2 ? entry_.o2->find("key") : std::optional<Element>();
  if (key && key->as_document()) {
    out_ += ' ';
    append(*key->as_document());
  }
}

bool Sentence::rename(const Element& first) {
  const auto from = first.as_text();
  const std::string_view to = text_of(entry_.o.find("to"));
  if (!from || to.empty()) return false;
  out_ = "rename ";
  append_safe_text(*from, out_);
  out_ += " → ";
  append_safe_text(to, out_);
  const auto dropped = entry_.o.find("dropTarget");
  if (dropped && dropped->type() == bson::Type::binary) out_ += ", replacing it";
  return true;
}

std::optional<std::string> Sentence::make() {
  const auto first = entry_.o.first();
  if (!first) return std::nullopt;
  const Form form = form_of(first->key());
  if (form == Form::unknown) return std::nullopt;
  out_ = first->key();
  const bool names_one = form != Form::rename && form != Form::database;
  if (names_one && !name_collection(*first)) return std::nullopt;
  switch (form) {
    case Form::options: {
      const std::string_view skip[] = {first->key(), "idIndex"};
      rest(skip);
      break;
    }
    case Form::index:
      index(entry_.o);
      break;
    case Form::index_build:
      indexes();
      break;
    case Form::drop_index:
      dropped_index();
      break;
    case Form::rename:
      if (!rename(*first)) return std::nullopt;
      break;
    case Form::database:
      out_ += ' ';
      append_safe_text(database(), out_);
      break;
    case Form::unknown:
    case Form::collection:
      break;
  }
  if (!whole_) return std::nullopt;
  return std::move(out_);
}

}  // namespace

std::optional<std::string> command_sentence(const oplog::Entry& entry, const ShellWriter& shell) {
  return Sentence(entry, shell).make();
}

std::optional<std::string> sentence_of(const oplog::Entry& entry, const ShellWriter& shell) {
  const Verb verb = verb_of(entry);
  if (verb == Verb::command) return command_sentence(entry, shell);
  if (verb != Verb::noop) return std::nullopt;
  const auto first = entry.o.first();
  if (!first || first->key() != "msg" || !first->as_text()) return std::nullopt;
  return safe_text(*first->as_text());
}

}  // namespace mongotail::output
