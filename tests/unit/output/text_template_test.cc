#include "output/text_template.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>

#include "output/operation_support.h"

namespace mongotail::output {
namespace {

constexpr std::string_view update =
    R"({"op":"u","ns":"app.u","o2":{"_id":"k"},)"
    R"("o":{"$v":1,"$set":{"status":"paid","n":2.5}},)"
    R"("ts":{"$timestamp":{"t":9,"i":1}},"t":3,"wall":{"$date":"2026-11-23T01:20:58Z"}})";

std::string fill(std::string text, std::string_view json = update,
                 JsonMode mode = JsonMode::relaxed) {
  return print(json, {.format = Format::text, .json_mode = mode, .text_template = std::move(text)});
}

constexpr std::string_view insert =
    R"({"op":"i","ns":"app.u",)"
    R"("o":{"_id":"k","status":"paid","n":1.5,"items":[{"sku":"A"},{"sku":"B"}]}})";

/// An insert of a document with that `_id`.
std::string insert_of(std::string_view id) {
  return fmt::format(R"({{"op":"i","ns":"app.u","o":{{"_id":{}}}}})", id);
}

Error error_of(std::string_view text) {
  const auto parsed = TextTemplate::parse(text, {});
  return parsed ? Error{} : parsed.error();
}

TEST(TextTemplate, NamedFieldsAreFilledIn) {
  EXPECT_EQ(fill("{ts} {op} {verb} {ns} {id}"), "9:1 u update app.u k\n");
  EXPECT_EQ(fill("{time}"), "2026-11-23T01:20:58.000Z\n");
}

TEST(TextTemplate, TheNamespaceHasTwoParts) {
  EXPECT_EQ(fill("{db}|{coll}", R"({"op":"i","ns":"app.a.b","o":{}})"), "app|a.b\n");
  EXPECT_EQ(fill("{db}|{coll}", R"({"op":"c","ns":"app.$cmd","o":{"drop":"u"}})"), "app|u\n");
  EXPECT_EQ(fill("{db}|{coll}", R"({"op":"c","ns":"app.$cmd","o":{"dropDatabase":1}})"), "app|\n");
}

TEST(TextTemplate, TheCursorIsThePlaceRightAfterTheOperation) {
  const auto cursor_of = [](const oplog::Operation& operation) {
    return print(operation, {.format = Format::text, .text_template = "{cursor}"});
  };
  EXPECT_EQ(fill("{cursor}"), "9:1@3\n");
  EXPECT_EQ(cursor_of(SampleOperation(update).in_transaction(2, false).get()), "9:1@3#2\n");
  EXPECT_EQ(cursor_of(SampleOperation(update).in_transaction(2, true).get()), "9:1@3\n");
}

TEST(TextTemplate, OfSeveralSourcesEachIsNamed) {
  EXPECT_EQ(
      print(update, {.format = Format::text, .text_template = "{shard} {source} {cursor}"}, "rs1"),
      "rs1 rs1 9:1@3\n");
}

TEST(TextTemplate, TheChangeIsWhatShortSays) {
  EXPECT_EQ(fill("{change}", R"({"op":"u","ns":"app.u","o2":{"_id":1},
      "o":{"$v":2,"diff":{"d":{"x":false},"u":{"a":1},"sb":{"a":true,"l":2}}}})"),
            "- x, ~ a: 1, ~ b: now 2 elements\n");
  EXPECT_EQ(fill("{change}"), "~ status: 'paid', ~ n: 2.5\n");
  EXPECT_EQ(fill("{change}", R"({"op":"u","ns":"app.u","o2":{"_id":1},"o":{"_id":1,"a":2}})"),
            "replace { _id: 1, a: 2 }\n");
  EXPECT_EQ(fill("{change}", R"({"op":"i","ns":"app.u","o":{"_id":1,"a":"b"}})"), "{ a: 'b' }\n");
  EXPECT_EQ(fill("<{change}>", R"({"op":"d","ns":"app.u","o":{"_id":1}})"), "<>\n");
  EXPECT_EQ(fill("{change}", R"({"op":"c","ns":"app.$cmd","o":{"drop":"u"}})"), "drop app.u\n");
}

TEST(TextTemplate, DottedPathsReachIntoDocumentsAndArrays) {
  EXPECT_EQ(fill("{o.status}|{o.n}|{o.items.1.sku}", insert), "paid|1.5|B\n");
}

TEST(TextTemplate, ScalarsAreBare) {
  const std::pair<const char*, const char*> values[] = {
      {R"("a word")", "a word"},
      {R"({"$oid":"6b03e7870a4b4654683d4b39"})", "6b03e7870a4b4654683d4b39"},
      {R"({"$binary":{"base64":"EjRWeJCrEjRWeJCrEjRWeA==","subType":"04"}})",
       "12345678-90ab-1234-5678-90ab12345678"},
      {R"({"$date":"2026-11-23T01:20:58.007Z"})", "2026-11-23T01:20:58.007Z"},
      {R"({"$date":{"$numberLong":"-1"}})", "1969-12-31T23:59:59.999Z"},
      {R"({"$date":{"$numberLong":"-62135596800000"}})", "0001-01-01T00:00:00Z"},
      {R"({"$date":{"$numberLong":"253402300800000"}})", "253402300800000"},
      {"7", "7"},
      {R"({"$numberLong":"-9007199254740993"})", "-9007199254740993"},
      {"1.5", "1.5"},
      {R"({"$numberDouble":"NaN"})", "NaN"},
      {R"({"$numberDecimal":"39.00"})", "39.00"}};
  for (const auto& [json, bare] : values) {
    EXPECT_EQ(fill("{id}", insert_of(json)), std::string(bare) + "\n") << json;
  }
}

TEST(TextTemplate, OtherValuesAreRelaxedJson) {
  for (const char* json : {"true", "null", R"({"a":{"$oid":"6b03e7870a4b4654683d4b39"}})",
                           R"(["x"])", R"({"$timestamp":{"t":1,"i":2}})", R"({"$minKey":1})",
                           R"({"$binary":{"base64":"AA==","subType":"04"}})",
                           R"({"$binary":{"base64":"EjRWeJCrEjRWeJCrEjRWeA==","subType":"03"}})"}) {
    EXPECT_EQ(fill("{o._id}", insert_of(json)), std::string(json) + "\n");
  }
}

TEST(TextTemplate, AsJsonAFieldKeepsItsType) {
  EXPECT_EQ(fill("{id:json} {o._id:json} {ns:json}", insert_of(R"("a\tb")")),
            "\"a\\tb\" \"a\\tb\" \"app.u\"\n");
  EXPECT_EQ(fill("{id:json}", insert_of(R"({"$oid":"6b03e7870a4b4654683d4b39"})")),
            "{\"$oid\":\"6b03e7870a4b4654683d4b39\"}\n");
  EXPECT_EQ(fill("{id:json}", insert_of("7")), "7\n");
  EXPECT_EQ(fill("{id:json}", insert_of("7"), JsonMode::canonical), "{\"$numberInt\":\"7\"}\n");
  EXPECT_EQ(fill("<{o.gone:json}>", insert), "<>\n");
}

TEST(TextTemplate, MissingFieldsAreEmpty) {
  EXPECT_EQ(fill("<{o.gone}{o.status.x}{txnNumber}>", insert), "<>\n");
  EXPECT_EQ(fill("<{id}{time}{ns}>", R"({"op":"n"})"), "<>\n");
}

TEST(TextTemplate, BackslashesBeginTabsNewlinesAndThemselves) {
  EXPECT_EQ(fill(R"({op}\t{ns}\n\\t\d\)"), "u\tapp.u\n\\t\\d\\\n");
}

TEST(TextTemplate, DoubledBracesAreLiteral) {
  EXPECT_EQ(fill("{{{op}}} }}{{"), "{u} }{\n");
}

TEST(TextTemplate, AnEmptyTemplateIsAnEmptyLine) {
  EXPECT_EQ(fill(""), "\n");
}

TEST(TextTemplate, DocumentTextCantHoldControlSequencesOrNewlines) {
  const auto entry = R"({"op":"i","ns":"a\u001b.b","o":{"_id":"x\ny","d":{"k":"\u202e\u0085"}}})";
  EXPECT_EQ(fill("{ns} {id} {o.d}", entry), "a\\x1b.b x\\ny {\"k\":\"\\u202e\\u0085\"}\n");
}

TEST(TextTemplate, ErrorsNameThePartThatIsWrong) {
  EXPECT_EQ(error_of("{op} {ns").what, "--format: the { at column 6 is never closed");
  EXPECT_EQ(error_of("{op} } x").what, "--format: the } at column 6 closes nothing");
  EXPECT_EQ(error_of("{o..x}").what, "--format: {o..x} does not name a field");
  EXPECT_EQ(error_of("{}").what, "--format: {} does not name a field");
  EXPECT_EQ(error_of("{o. x}").what, "--format: {o. x} does not name a field");
  EXPECT_EQ(error_of("{id.x}").what, "--format: {id} has no fields in it");
  EXPECT_EQ(error_of("{}").cause, Cause::usage);
  EXPECT_FALSE(error_of("{}").hint.empty());
}

TEST(TextTemplate, ANameThatNoEntryHasIsAnErrorWithAProposal) {
  const std::pair<const char*, const char*> meant[] = {
      {"{tsx}", "did you mean {ts}?"},
      {"{_id}", "did you mean {id}?"},
      {"{curser}", "did you mean {cursor}?"},
      {"{txnNumer}", "did you mean {txnNumber}?"},
      {"{chnage}", "did you mean {change}?"},
      {"{id:jsn}", "did you mean {id}?"},
      {"{quantity}", "a document's own fields are in o, as {o.quantity}"},
      {"{customer.name}", "a document's own fields are in o, as {o.customer.name}"}};
  for (const auto& [text, hint] : meant) {
    EXPECT_EQ(error_of(text).what, fmt::format("--format: {} is not a field of an entry", text));
    EXPECT_EQ(error_of(text).hint, hint);
    EXPECT_EQ(error_of(text).cause, Cause::usage);
  }
}

}  // namespace
}  // namespace mongotail::output
