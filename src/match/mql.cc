#include "match/mql.h"

#include <utility>

#include "match/mql_expression.h"
#include "match/mql_parse.h"

namespace mongotail::match {

Mql::Mql(bson::OwnedDocument query, std::unique_ptr<const Expression> root)
    : query_(std::move(query)), root_(std::move(root)) {}
Mql::~Mql() = default;
Mql::Mql(Mql&&) noexcept = default;
Mql& Mql::operator=(Mql&&) noexcept = default;

Result<Mql> Mql::parse(bson::Document query) {
  bson::OwnedDocument copy(query);
  auto root = parse_query(copy.view());
  if (!root) return fail(std::move(root.error()));
  // Moving the document does not move its bytes.
  return Mql(std::move(copy), *std::move(root));
}

bool Mql::matches(bson::Document document, Effort& effort) const {
  return root_->matches(document, effort);
}

}  // namespace mongotail::match
