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
  add_texts(key, ops.commands);
  add_texts(key, selection.users);
  add_document(key, selection.id);
  add_texts(key, selection.changed);
  add_document(key, selection.query);
  return key;
}

Verdict Interest::judge(const oplog::Entry& operation, Allowance& of_all) {
  const auto verdict = [](bool matches) { return matches ? Verdict::yes : Verdict::no; };
  if (!selection_.query && selection_.changed.empty()) {
    return verdict(predicate_.matches(operation).value_or(false));
  }
  // Most judgements take no more, so they are not left open even if there is a debt.
  constexpr Allowance::Duration always = std::chrono::microseconds(10);
  const auto begin = Allowance::Clock::now();
  match::Effort effort(std::max(always, std::min(allowance_.left(), of_all.left())));
  const auto matches = predicate_.matches(operation, effort);
  if (effort.used() > effort.used().zero()) {
    const auto taken = Allowance::Clock::now() - begin;
    allowance_.take(taken);
    of_all.take(taken);
  }
  return matches ? verdict(*matches) : Verdict::open;
}

void Interest::note_match(const Match& match) {
  if (matches_.size() == remembered) {
    const auto half = matches_.begin() + remembered / 2;
    known_from_ = (half - 1)->seq + 1;
    matches_.erase(matches_.begin(), half);
  }
  matches_.push_back(match);
}

void Interest::forget(Seq next) {
  matches_.clear();
  known_from_ = next;
}

std::optional<Interest::Match> Interest::next_match(Seq from) const {
  const auto found = std::ranges::lower_bound(matches_, from, {}, &Match::seq);
  return found == matches_.end() ? std::nullopt : std::optional(*found);
}

}  // namespace mongotail::serve
