#include "oplog/user.h"

#include <algorithm>

namespace mongotail::oplog {

std::string full_user_name(std::string_view name) {
  std::string full(name);
  if (name.find('@') == std::string_view::npos) full += "@admin";
  return full;
}

UserId user_id(std::string_view full_name) {
  return sha256(full_name);
}

std::optional<bson::Element> lsid_field(const Entry& entry, std::string_view name) {
  const auto lsid = entry.lsid ? entry.lsid->as_document() : std::nullopt;
  return lsid ? lsid->find(name) : std::nullopt;
}

std::optional<UserId> user_id_of(const Entry& entry) {
  const auto uid = lsid_field(entry, "uid");
  const auto binary = uid ? uid->as_binary() : std::nullopt;
  UserId id{};
  if (!binary || binary->data.size() != id.size()) return std::nullopt;
  std::ranges::copy(binary->data, id.begin());
  return id;
}

void UserNames::add(std::string_view full_name) {
  names_[user_id(full_name)] = full_name;
}

std::string_view UserNames::name_of(const Entry& entry) const {
  if (names_.empty() || !entry.lsid) return {};
  const auto id = user_id_of(entry);
  const auto found = id ? names_.find(*id) : names_.end();
  return found == names_.end() ? std::string_view() : found->second;
}

}  // namespace mongotail::oplog
