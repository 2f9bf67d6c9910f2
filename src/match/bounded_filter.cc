#include "match/bounded_filter.h"

#include <utility>
#include <vector>

#include "match/ns_filter.h"
#include "match/ns_glob.h"
#include "match/pushdown.h"

namespace mongotail::match {
namespace {

/// Commands are left to the predicate, as in server_filter().
bson::OwnedDocument without_internal() {
  bson::Builder out;
  out.open_array("$or").open_document("0").open_document("ns").open_array("$nin");
  char buffer[24];
  std::size_t index = 0;
  for (const std::string_view pattern : internal_namespaces) {
    const auto glob = NsGlob::parse(pattern);
    if (glob) out.append_regex(bson::array_key(index++, buffer), glob->regex(), "");
  }
  out.close().close().close();
  out.open_document("1").append("op", "c").close().close();
  return out.take();
}

bson::OwnedDocument all_of(std::vector<bson::OwnedDocument> conditions) {
  std::erase_if(conditions, [](const auto& condition) { return condition.view().empty(); });
  if (conditions.empty()) return {};
  if (conditions.size() == 1) return std::move(conditions.front());
  bson::Builder out;
  char buffer[24];
  std::size_t index = 0;
  out.open_array("$and");
  for (const bson::OwnedDocument& condition : conditions) {
    out.append(bson::array_key(index++, buffer), condition.view());
  }
  out.close();
  return out.take();
}

}  // namespace

Result<bson::OwnedDocument> bounded_filter(const Selection& wish, const Selection& bound) {
  auto seen = server_filter(bound, PushdownLevel::full);
  if (!seen) return fail(std::move(seen.error()));
  Selection metadata = wish;
  metadata.changed.clear();
  metadata.query = std::nullopt;
  auto wished = server_filter(metadata, PushdownLevel::full);
  if (!wished) return fail(std::move(wished.error()));
  std::vector<bson::OwnedDocument> conditions;
  if (bound.ns.empty() && !bound.internal) conditions.push_back(without_internal());
  conditions.push_back(*std::move(seen));
  conditions.push_back(*std::move(wished));
  return all_of(std::move(conditions));
}

}  // namespace mongotail::match
