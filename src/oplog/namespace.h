#pragma once

#include <string_view>

namespace mongotail::oplog {

/// A namespace, split at its first dot. Views.
struct NamespaceName {
  std::string_view database;
  std::string_view collection;  ///< may hold dots; empty where there is no dot

  static NamespaceName split(std::string_view ns) {
    const std::size_t dot = ns.find('.');
    if (dot == std::string_view::npos) return {ns, {}};
    return {ns.substr(0, dot), ns.substr(dot + 1)};
  }
};

}  // namespace mongotail::oplog
