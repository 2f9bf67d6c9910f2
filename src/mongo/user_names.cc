#include "mongo/user_names.h"

#include <string_view>

#include "bson/builder.h"
#include "mongo/member.h"

namespace mongotail::mongo {
namespace {

void add_names(const std::optional<bson::Element>& users, std::vector<std::string>& names) {
  const auto array = users ? users->as_array() : std::nullopt;
  for (const bson::Element& element : array.value_or(bson::Document())) {
    const auto user = element.as_document().value_or(bson::Document());
    const auto name = user.find("user");
    const auto database = user.find("db");
    if (!name || !database || !name->as_text() || !database->as_text()) continue;
    std::string full(*name->as_text());
    full += '@';
    full += *database->as_text();
    names.push_back(std::move(full));
  }
}

}  // namespace

std::vector<std::string> user_names(Connection& connection) {
  std::vector<std::string> names;
  const auto member = connection.select();
  if (!member) return names;
  const auto status =
      (*member)->run("admin", bson::Builder().append("connectionStatus", 1).finish());
  const auto info = status ? (*status)->view().find("authInfo") : std::nullopt;
  const auto document = info ? info->as_document() : std::nullopt;
  if (document) add_names(document->find("authenticatedUsers"), names);
  if (names.empty()) return names;
  bson::Builder command;
  command.open_document("usersInfo").append("forAllDBs", true).close();
  const auto users = (*member)->run("admin", command.finish());
  if (users) add_names((*users)->view().find("users"), names);
  return names;
}

}  // namespace mongotail::mongo
