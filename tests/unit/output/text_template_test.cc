#include "output/text_template.h"

#include <gtest/gtest.h>

#include "output/operation_support.h"

namespace mongotail::output {
namespace {

constexpr std::string_view update =
    R"({"op":"u","ns":"app.u","ui":{"$binary":{"base64":"AA==","subType":"04"}},"o2":{"_id":"k"},)"
    R"("o":{"status":"paid","n":1.5,"items":[{"sku":"A"},{"sku":"B"}]},)"
    R"("ts":{"$timestamp":{"t":9,"i":1}},"wall":{"$date":"2026-11-23T01:20:58Z"}})";

std::string fill(std::string text, std::string_view json = update, std::string_view shard = {}) {
  return print(json, {.format = Format::text, .text_template = std::move(text)}, shard);
}

Error error_of(std::string_view text) {
  const auto parsed = TextTemplate::parse(text);
  return parsed ? Error{} : parsed.error();
}

TEST(TextTemplate, NamedFieldsAreFilledIn) {
  EXPECT_EQ(fill("{ts} {op} {verb} {ns} {id}"), "9:1 u update app.u k\n");
  EXPECT_EQ(fill("{time}"), "2026-11-23T01:20:58.000Z\n");
  EXPECT_EQ(fill("{shard}", update, "rs1"), "rs1\n");
}

TEST(TextTemplate, DottedPathsReachIntoDocumentsAndArrays) {
  EXPECT_EQ(fill("{o.status}|{o.n}|{o.items.1.sku}"), "paid|1.5|B\n");
}

TEST(TextTemplate, OtherValuesAreRelaxedJson) {
  EXPECT_EQ(fill("{o.items} {ui}"),
            "[{\"sku\":\"A\"},{\"sku\":\"B\"}] "
            "{\"$binary\":{\"base64\":\"AA==\",\"subType\":\"04\"}}\n");
}

TEST(TextTemplate, MissingFieldsAreEmpty) {
  EXPECT_EQ(fill("<{o.gone}{o.status.x}{nothing}{shard}>"), "<>\n");
  EXPECT_EQ(fill("<{id}{time}{ns}>", R"({"op":"n"})"), "<>\n");
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
  EXPECT_EQ(error_of("{}").cause, Cause::usage);
  EXPECT_FALSE(error_of("{}").hint.empty());
}

}  // namespace
}  // namespace mongotail::output
