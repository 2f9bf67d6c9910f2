// BSON to Extended JSON, in bytes of BSON a second. Entries: synthetic ones of about 920 bytes, as
// mixed as an order book's oplog, and those of the test data.

#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "bson/builder.h"
#include "output/json_writer.h"

namespace mongotail {
namespace {

using bson::Builder;
using bson::Element;
using bson::OwnedDocument;
using output::JsonMode;
using output::JsonWriter;

class Entries {
 public:
  explicit Entries(std::string_view text) : text_(text) {}

  std::vector<OwnedDocument> make() {
    std::vector<OwnedDocument> entries;
    for (int i = 0; i < 500; ++i) entries.push_back(entry(i));
    return entries;
  }

 private:
  Element raw(bson::Type type, std::size_t size) {
    bytes_.resize(size);
    for (auto& byte : bytes_) byte = static_cast<std::uint8_t>(random_());
    return {type, "", bytes_};
  }
  Element uuid() {
    raw(bson::Type::binary, 21);
    const std::uint8_t header[] = {16, 0, 0, 0, 4};
    std::copy(std::begin(header), std::end(header), bytes_.begin());
    return {bson::Type::binary, "", bytes_};
  }
  Element date() {
    const std::int64_t millis = 1700000000000 + static_cast<std::int64_t>(random_() % 100000000);
    raw(bson::Type::date, 8);
    std::memcpy(bytes_.data(), &millis, sizeof millis);
    return {bson::Type::date, "", bytes_};
  }
  double cents() { return static_cast<double>(random_() % 100000) / 100.0; }

  void item(Builder& builder, std::string_view key) {
    builder.open_document(key)
        .append("sku", "AB-1029384")
        .append("quantity", static_cast<std::int32_t>(random_() % 100))
        .append("price", cents())
        .append("name", text_.substr(0, 40))
        .close();
  }

  OwnedDocument entry(int i) {
    Builder builder;
    builder.open_document("lsid").append("id", uuid()).close();
    builder.append("txnNumber", std::int64_t{i}).append("op", "i").append("ns", "shop.orders");
    builder.append("ui", uuid()).open_document("o").append("_id", raw(bson::Type::object_id, 12));
    builder.append("customer", text_.substr(0, 24)).append("created", date());
    builder.append("status", "paid").append("total", cents()).append("vip", i % 2 == 0);
    builder.open_array("items");
    for (const auto* key : {"0", "1", "2"}) item(builder, key);
    builder.close().open_document("address");
    builder.append("street", text_.substr(0, 30)).append("city", "Potsdam").append("zip", "14482");
    builder.close().append("note", text_.substr(0, 134)).append("views", std::int64_t{i} * 7919);
    builder.close().append("stmtId", 0).append("ts", bson::Timestamp{1700000000u, 17});
    builder.append("t", std::int64_t{3}).append("v", std::int64_t{2}).append("wall", date());
    builder.open_document("prevOpTime")
        .append("ts", bson::Timestamp{})
        .append("t", std::int64_t{-1});
    return builder.take();
  }

  std::string_view text_;
  std::mt19937_64 random_{7};
  std::vector<std::uint8_t> bytes_;
};

constexpr std::string_view ascii =
    "Please leave the parcel with the neighbours on the second floor; the bell does not work. "
    "They are at home from eight to five on every day of the week but Monday. If nobody opens, "
    "call 0331 123456 and ask for the caretaker, who has a key to the cellar and can sign for it.";
constexpr std::string_view mixed =
    "Bitte das P\xC3\xA4"
    "ckchen bei den Nachbarn im 2. Stock abgeben; die Klingel geht nicht. "
    "\xC3\x96"
    "ffnungszeiten t\xC3\xA4glich 8\xE2\x80\x93"
    "17 Uhr au\xC3\x9F"
    "er montags.\n\"Danke!\" "
    "\xE2\x82\xAC 12,50 liegen bereit. Falls niemand \xC3\xB6"
    "ffnet, bitte den Hausmeister anrufen, "
    "der einen Schl\xC3\xBCssel zum Keller hat und unterschreiben darf. Vielen Dank.";

std::vector<OwnedDocument> read_entries(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
  bson::Bytes rest(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  std::vector<OwnedDocument> entries;
  while (const auto document = bson::Document::from(rest)) {
    entries.emplace_back(*document);
    rest = rest.subspan(document->size());
  }
  return entries;
}

void write_all(benchmark::State& state, const std::vector<OwnedDocument>& entries, JsonMode mode) {
  JsonWriter writer(mode);
  std::string out;
  std::size_t in_bytes = 0;
  for (auto _ : state) {
    out.clear();
    for (const OwnedDocument& entry : entries) {
      if (!writer.append(entry.view(), out)) state.SkipWithError("damaged");
      in_bytes += entry.view().size();
    }
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(in_bytes));
  std::size_t once = 0;
  for (const OwnedDocument& entry : entries) once += entry.view().size();
  state.counters["bytes/entry"] = entries.empty() ? 0 : static_cast<double>(once / entries.size());
}

void ascii_entries(benchmark::State& state, JsonMode mode) {
  write_all(state, Entries(ascii).make(), mode);
}
void mixed_entries(benchmark::State& state, JsonMode mode) {
  write_all(state, Entries(mixed).make(), mode);
}
void recorded_entries(benchmark::State& state, JsonMode mode) {
  const auto entries = read_entries(MONGOTAIL_TESTDATA "/oplog/5.0.4.bson");
  if (entries.empty()) return state.SkipWithError("no test data");
  write_all(state, entries, mode);
}

BENCHMARK_CAPTURE(ascii_entries, relaxed, JsonMode::relaxed);
BENCHMARK_CAPTURE(ascii_entries, canonical, JsonMode::canonical);
BENCHMARK_CAPTURE(mixed_entries, relaxed, JsonMode::relaxed);
BENCHMARK_CAPTURE(mixed_entries, canonical, JsonMode::canonical);
BENCHMARK_CAPTURE(recorded_entries, relaxed, JsonMode::relaxed);
BENCHMARK_CAPTURE(recorded_entries, canonical, JsonMode::canonical);

}  // namespace
}  // namespace mongotail

BENCHMARK_MAIN();
