// A query of any text, up to the first NUL, judges what follows it: any BSON, twice with the same
// answer.

#include <algorithm>
#include <string_view>

#include "fuzz.h"
#include "match/mql.h"
#include "match/query_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mongotail;
  const auto* end = data + size;
  const auto* text_end = std::find(data, end, std::uint8_t{0});
  const std::string_view text(reinterpret_cast<const char*>(data),
                              static_cast<std::size_t>(text_end - data));
  const auto query = match::parse_query_json(text);
  if (!query) {
    fuzz::check(query.error().cause == Cause::usage, "a query that can't be read is a usage error");
    return 0;
  }
  const auto mql = match::Mql::parse(query->view());
  if (!mql) {
    fuzz::check(mql.error().cause == Cause::usage, "a query that is refused is a usage error");
    fuzz::check(!mql.error().what.empty(), "a refusal has a reason");
    return 0;
  }
  const auto matches = [&mql](bson::Document document) {
    match::Effort effort(std::chrono::seconds(1));
    const bool matching = mql->matches(document, effort);
    return !effort.spent() && matching;
  };
  matches(bson::Document());
  if (text_end == end) return 0;
  fuzz::each_document({text_end + 1, end}, [&](bson::Document document) {
    fuzz::check(matches(document) == matches(document), "a query answers the same twice");
  });
  return 0;
}
