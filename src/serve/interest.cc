#include "serve/interest.h"

#include <algorithm>

namespace mongotail::serve {
namespace {

void add_text(std::string& key, std::string_view text) {
  // With its length before it no text can pass for two.
  key += std::to_string(text.size());
  key += ':';
  key += text;
}

void add_texts(std::string& key, std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  key += std::to_string(texts.size());
  key += ';';
  for (const std::string& text : texts) add_text(key, text);
}

void add_document(std::string& key, const std::optional<bson::OwnedDocument>& document) {
  if (!document) {
    key += '-';
    return;
  }
  const bson::Bytes bytes = document->view().bytes();
  add_text(key, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string selection_key(const match::Selection& selection) {
  std::string key;
  add_texts(key, selection.ns);
  add_texts(key, selection.ns_exclude);
  const match::OpSet& ops = selection.ops;
  for (const bool flag : {ops.insert, ops.update, ops.remove, ops.command, ops.noop, ops.unknown,
                          selection.internal}) {
    key += flag ? '1' : '0';
  }
  add_document(key, selection.id);
  add_texts(key, selection.changed);
  add_document(key, selection.query);
  return key;
}

void Interest::note_match(Seq seq) {
  if (matches_.size() == remembered) {
    const auto half = matches_.begin() + remembered / 2;
    known_from_ = *(half - 1) + 1;
    matches_.erase(matches_.begin(), half);
  }
  matches_.push_back(seq);
}

void Interest::forget(Seq next) {
  matches_.clear();
  known_from_ = next;
}

std::optional<Seq> Interest::next_match(Seq from) const {
  const auto found = std::lower_bound(matches_.begin(), matches_.end(), from);
  return found == matches_.end() ? std::nullopt : std::optional(*found);
}

}  // namespace mongotail::serve
