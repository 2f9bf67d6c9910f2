#pragma once

#include <string_view>

namespace mongotail::oplog {

/// A namespace, split at its first dot. Views.
struct NamespaceName {
  std::string_view database;
  std::string_view collection;  ///< may hold dots; empty if there is no dot

  static NamespaceName split(std::string_view ns) {
    const std::size_t dot = ns.find('.');
    if (dot == std::string_view::npos) return {ns, {}};
    return {ns.substr(0, dot), ns.substr(dot + 1)};
  }

  /// What the collections that hold a time series' buckets are called, before its name.
  static constexpr std::string_view buckets = "system.buckets.";

  /// The time series whose buckets the collection holds; its own name if it has none.
  NamespaceName time_series() const {
    if (!holds_buckets()) return *this;
    return {database, collection.substr(buckets.size())};
  }
  bool holds_buckets() const {
    return collection.starts_with(buckets) && collection.size() > buckets.size();
  }
};

}  // namespace mongotail::oplog
