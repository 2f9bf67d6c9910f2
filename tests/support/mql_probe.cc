// For test_mql_differential.py: judges documents by queries. stdin holds BSON documents one after
// the other, {q: a query, d: [documents]}; for each, stdout gets a line: a 1 or a 0 a document, or
// "refused: " and why.

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "match/mql.h"

namespace {

using mongotail::bson::Bytes;
using mongotail::bson::Document;

std::string judge(Document request) {
  const auto query = request.find("q");
  const auto documents = request.find("d");
  if (!query || !documents || !query->as_document() || !documents->as_array()) return "bad request";
  const auto parsed = mongotail::match::Mql::parse(*query->as_document());
  if (!parsed) return "refused: " + parsed.error().what;
  std::string verdicts;
  const Document array = *documents->as_array();
  for (const auto& document : array) {
    mongotail::match::Effort effort(std::chrono::seconds(10));
    const bool matches = parsed->matches(*document.as_document(), effort);
    verdicts += effort.spent() ? '?' : matches ? '1' : '0';
  }
  return verdicts;
}

}  // namespace

int main() {
  const std::vector<std::uint8_t> input{std::istreambuf_iterator<char>(std::cin), {}};
  Bytes rest(input);
  while (const auto request = Document::from(rest)) {
    std::cout << judge(*request) << '\n';
    rest = rest.subspan(request->size());
  }
  return rest.empty() ? 0 : 1;
}
