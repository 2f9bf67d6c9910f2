#include "bson/builder.h"

#include <bson/bson.h>
#include <gtest/gtest.h>

#include "bson/all_types.h"

namespace mongotail::bson {
namespace {

TEST(Builder, WritesWhatLibbsonTakesForValid) {
  const auto owned = document_of_all_types();
  bson_t view;
  ASSERT_TRUE(bson_init_static(&view, owned.view().bytes().data(), owned.view().size()));
  EXPECT_TRUE(bson_validate(&view, BSON_VALIDATE_UTF8, nullptr));
}

TEST(Builder, CopiesElementsUnderTheirOwnOrAnotherKey) {
  const auto owned = document_of_all_types();
  Builder copy;
  for (const Element& element : owned.view()) copy.append(element);
  const auto same = copy.take();
  EXPECT_TRUE(std::equal(same.view().bytes().begin(), same.view().bytes().end(),
                         owned.view().bytes().begin(), owned.view().bytes().end()));
  const auto renamed = Builder().append("k", *owned.view().find("bin")).take();
  EXPECT_EQ(renamed.view().find("k")->as_binary()->subtype, 5);
}

TEST(Builder, TakeClosesWhatIsOpenAndStartsAfresh) {
  Builder b;
  b.open_document("a").open_array("b").append("0", 1);
  const auto first = b.take();
  EXPECT_FALSE(validate(first.view()));
  EXPECT_TRUE(first.view().find("a")->as_document()->find("b")->as_array()->find("0"));
  EXPECT_TRUE(b.take().view().empty());
}

TEST(Builder, FinishKeepsItsMemoryAndClearForgets) {
  Builder b;
  b.append("a", 1);
  EXPECT_TRUE(b.finish().find("a"));
  b.clear();
  b.append("b", 2);
  const Document again = b.finish();
  EXPECT_FALSE(again.find("a"));
  EXPECT_TRUE(again.find("b"));
}

TEST(Builder, AnEmptyViewIsWrittenAsAnEmptyDocument) {
  const auto d = Builder().append("d", Document()).append_array("a", Document()).take();
  EXPECT_FALSE(validate(d.view()));
  EXPECT_TRUE(d.view().find("d")->as_document()->empty());
  EXPECT_TRUE(d.view().find("a")->as_array()->empty());
}

TEST(OwnedDocument, CopiesItsBytes) {
  EXPECT_TRUE(OwnedDocument().view().empty());
  EXPECT_TRUE(OwnedDocument(Document()).view().empty());
  OwnedDocument copy;
  {
    const auto d = Builder().append("a", 1).take();
    copy = OwnedDocument(d.view());
  }
  EXPECT_EQ(copy.view().find("a")->as_int32(), 1);
}

TEST(OwnedDocument, AdoptsOnlyOneWholeDocument) {
  EXPECT_TRUE(OwnedDocument::adopt({5, 0, 0, 0, 0}));
  EXPECT_FALSE(OwnedDocument::adopt({5, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(OwnedDocument::adopt({5, 0, 0, 0}));
  EXPECT_FALSE(OwnedDocument::adopt({}));
}

TEST(ArrayKey, IsTheIndexInDecimal) {
  char buffer[24];
  EXPECT_EQ(array_key(0, buffer), "0");
  EXPECT_EQ(array_key(1234567890123, buffer), "1234567890123");
}

}  // namespace
}  // namespace mongotail::bson
