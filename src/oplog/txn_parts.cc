#include "oplog/txn_parts.h"

#include <functional>
#include <string_view>
#include <utility>

namespace mongotail::oplog {
namespace {

std::size_t hash_of(const std::optional<bson::Element>& field) {
  if (!field) return 0;
  const auto* text = reinterpret_cast<const char*>(field->value().data());
  return std::hash<std::string_view>()(std::string_view(text, field->value().size()));
}

std::uint64_t session_of(const Entry& entry) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
  return hash_of(entry.lsid) * odd + hash_of(entry.txn_number);
}

}  // namespace

void TxnParts::remember(const Entry& part) {
  links_[part.optime] = {part.prev_optime.value_or(OpTime{}), session_of(part)};
  while (links_.size() > max_parts_) {
    const OpTime oldest = links_.begin()->first;
    forget(oldest);
  }
  keep(part);
}

void TxnParts::keep(const Entry& part) {
  drop_bytes(part.optime);
  const std::size_t size = part.document.size();
  if (size > max_bytes_ || !links_.contains(part.optime)) return;
  while (kept_bytes_ + size > max_bytes_) {
    const OpTime oldest = kept_.begin()->first;
    drop_bytes(oldest);
  }
  kept_.emplace(part.optime, bson::OwnedDocument(part.document));
  kept_bytes_ += size;
}

void TxnParts::drop_bytes(OpTime optime) {
  take_bytes(optime);
}

std::optional<OpTime> TxnParts::before(OpTime optime) const {
  const auto found = links_.find(optime);
  return found != links_.end() ? std::optional(found->second.before) : std::nullopt;
}

std::optional<bson::OwnedDocument> TxnParts::take_bytes(OpTime optime) {
  const auto found = kept_.find(optime);
  if (found == kept_.end()) return std::nullopt;
  kept_bytes_ -= found->second.view().size();
  std::optional<bson::OwnedDocument> bytes(std::move(found->second));
  kept_.erase(found);
  return bytes;
}

void TxnParts::forget(OpTime optime) {
  drop_bytes(optime);
  links_.erase(optime);
}

void TxnParts::forget_chain(OpTime optime) {
  for (auto before = this->before(optime); before; before = this->before(optime)) {
    forget(optime);
    optime = *before;
  }
}

void TxnParts::forget_session_of(const Entry& entry) {
  const std::uint64_t session = session_of(entry);
  for (auto link = links_.begin(); link != links_.end();) {
    const OpTime optime = link->first;
    const bool same = link->second.session == session;
    ++link;
    if (same) forget(optime);
  }
}

}  // namespace mongotail::oplog
