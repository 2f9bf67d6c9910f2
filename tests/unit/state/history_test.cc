#include "state/history.h"

#include <gtest/gtest.h>

#include "state/state_support.h"

namespace mongotail::state {
namespace {

using testing_states = std::vector<std::string>;
using Kind = Value::Kind;

struct Case {
  std::vector<std::pair<const char*, const char*>> operations;  // op and o
  const char* later = nullptr;                                  // nullptr: no document
};

testing_states states(const Case& what) {
  Stream stream;
  for (const auto& [op, o] : what.operations) {
    const auto document = doc(o);
    stream.add(op, document.view());
  }
  if (what.later == nullptr) return states_of(stream, Value::absent());
  const auto later = doc(what.later);
  return states_of(stream, Value::of(later.view()));
}

TEST(WorkedBack, WithoutOperationsTheDocumentIsAsItIs) {
  EXPECT_EQ(states({{}, R"({"_id":1,"a":2})"}), testing_states({shown(R"({"_id":1,"a":2})")}));
  EXPECT_EQ(states({{}, nullptr}), testing_states({"absent"}));
}

TEST(WorkedBack, WhatNoUpdateTouchedHasTodaysValue) {
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"a":1}})"},
               {"u", R"({"$v":1,"$set":{"b":2}})"},
               {"u", R"({"$v":1,"$set":{"a":3}})"}},
              R"({"_id":1,"a":3,"b":2,"c":5})"}),
      testing_states({shown(R"({"_id":1,"c":5})", "a, b"), shown(R"({"_id":1,"a":1,"c":5})", "b"),
                      shown(R"({"_id":1,"a":1,"b":2,"c":5})"),
                      shown(R"({"_id":1,"a":3,"b":2,"c":5})")}));
}

TEST(WorkedBack, WhatWasRemovedLaterIsUnknownBefore) {
  EXPECT_EQ(states({{{"u", R"({"$v":2,"diff":{"u":{"a":1}}})"},
                     {"u", R"({"$v":2,"diff":{"d":{"g":false}}})"}},
                    R"({"_id":1,"a":1})"}),
            testing_states({shown(R"({"_id":1})", "a, g"), shown(R"({"_id":1,"a":1})", "g"),
                            shown(R"({"_id":1,"a":1})")}));
}

TEST(WorkedBack, AnAncestorThatIsReplacedLaterHidesWhatWasBelow) {
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"p.x":1}})"}, {"u", R"({"$v":1,"$set":{"p":{"y":2}}})"}},
              R"({"_id":1,"p":{"y":2}})"}),
      testing_states({shown(R"({"_id":1})", "p"), shown(R"({"_id":1,"p":{"x":1}})", "p.*"),
                      shown(R"({"_id":1,"p":{"y":2}})")}));
}

TEST(WorkedBack, AParentMayHaveComeWithItsFirstField) {
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$set":{"p.q.r":1}})"}}, R"({"_id":1,"p":{"q":{"r":1}}})"}),
            testing_states({shown(R"({"_id":1})", "p"), shown(R"({"_id":1,"p":{"q":{"r":1}}})")}));
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"p.q.r":1}})"}}, R"({"_id":1,"p":{"q":{"r":1},"x":2}})"}),
      testing_states({shown(R"({"_id":1,"p":{"x":2}})", "p.q"),
                      shown(R"({"_id":1,"p":{"q":{"r":1},"x":2}})")}));
}

TEST(WorkedBack, AnElementThatIsTheLastMayHaveBeenPushed) {
  const testing_states expected = {shown(R"({"_id":1,"l":[1]})", "l.*"),
                                   shown(R"({"_id":1,"l":[1,2]})", "l.*"),
                                   shown(R"({"_id":1,"l":[1,2,3]})")};
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$set":{"l.1":2}})"}, {"u", R"({"$v":1,"$set":{"l.2":3}})"}},
                    R"({"_id":1,"l":[1,2,3]})"}),
            expected);
  EXPECT_EQ(states({{{"u", R"({"$v":2,"diff":{"sl":{"a":true,"u1":2}}})"},
                     {"u", R"({"$v":2,"diff":{"sl":{"a":true,"u2":3}}})"}},
                    R"({"_id":1,"l":[1,2,3]})"}),
            expected);
}

TEST(WorkedBack, NullsBeforeAPushedElementMayBePadding) {
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"l.3.x":2}})"}}, R"({"_id":1,"l":[1,null,null,{"x":2}]})"}),
      testing_states(
          {shown(R"({"_id":1,"l":[1]})", "l.*"), shown(R"({"_id":1,"l":[1,null,null,{"x":2}]})")}));
}

TEST(WorkedBack, ThePaddingOfAnElementThatWasCutOffLaterIsForgottenToo) {
  for (const char* push :
       {R"({"$v":2,"diff":{"sl":{"a":true,"u3":2}}})", R"({"$v":1,"$set":{"l.3.x":2}})"}) {
    EXPECT_EQ(states({{{"u", push}, {"u", R"({"$v":2,"diff":{"sl":{"a":true,"l":3}}})"}},
                      R"({"_id":1,"l":[1,null,null]})"})
                  .front(),
              shown(R"({"_id":1,"l":[1]})", "l.*"));
  }
}

TEST(WorkedBack, IndexesNeedNotComeInTheirOrder) {
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"l.2":3,"l.1":2}})"}}, R"({"_id":1,"l":[1,2,3]})"}),
      testing_states({shown(R"({"_id":1,"l":[1]})", "l.*"), shown(R"({"_id":1,"l":[1,2,3]})")}));
}

TEST(WorkedBack, AnArrayThatWasCutWasLonger) {
  EXPECT_EQ(states({{{"u", R"({"$v":2,"diff":{"sl":{"a":true,"l":2,"u0":9}}})"}},
                    R"({"_id":1,"l":[9,2]})"}),
            testing_states(
                {shown(R"({"_id":1,"l":[null,2]})", "l.0, l.*"), shown(R"({"_id":1,"l":[9,2]})")}));
}

TEST(WorkedBack, OfAnElementThatWasUnsetThereIsNull) {
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$unset":{"l.0":true}})"}}, R"({"_id":1,"l":[null,2]})"}),
            testing_states(
                {shown(R"({"_id":1,"l":[null,2]})", "l.0"), shown(R"({"_id":1,"l":[null,2]})")}));
}

TEST(WorkedBack, AnInsertSaysAllFromThereOnAndTodayNothingOfBefore) {
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$set":{"a":1}})"},
                     {"d", R"({"_id":1})"},
                     {"i", R"({"_id":1,"b":2})"},
                     {"u", R"({"$v":1,"$set":{"c":3}})"}},
                    R"({"_id":1,"b":2,"c":3})"}),
            testing_states({"unknown", shown(R"({"_id":1,"a":1})", "*"), "absent",
                            shown(R"({"_id":1,"b":2})"), shown(R"({"_id":1,"b":2,"c":3})")}));
}

TEST(WorkedBack, AReplacementToo) {
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"a":1}})"}, {"u", R"({"_id":1,"b":2})"}},
              R"({"_id":1,"b":2})"}),
      testing_states({"unknown", shown(R"({"_id":1,"a":1})", "*"), shown(R"({"_id":1,"b":2})")}));
}

TEST(WorkedBack, WhatContradictsTheUpdatesIsNotUsed) {
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$set":{"a":1}})"}}, R"({"_id":1,"a":2,"b":3})"}),
            testing_states({"unknown", shown(R"({"_id":1,"a":1})", "*")}));
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$set":{"a.b":1}})"}}, R"({"_id":1,"a":7})"}),
            testing_states({"unknown", shown(R"({"_id":1,"a":{"b":1}})", "a.*, *")}));
  EXPECT_EQ(states({{{"u", R"({"$v":1,"$set":{"a":1}})"}}, nullptr}),
            testing_states({"unknown", shown(R"({"_id":1,"a":1})", "*")}));
}

TEST(WorkedBack, AnUpdateThatIsNotUnderstoodHidesEverythingBefore) {
  EXPECT_EQ(
      states({{{"u", R"({"$v":1,"$set":{"a":1}})"}, {"u", R"({"$v":9})"}}, R"({"_id":1,"b":2})"}),
      testing_states({"unknown", shown(R"({"_id":1,"a":1})", "*"), shown(R"({"_id":1,"b":2})")}));
}

TEST(WorkedBack, AnotherCollectionUnderTheNameHidesWhatWasBefore) {
  Stream stream;
  const auto first = doc(R"({"$v":1,"$set":{"a":1}})");
  const auto rename = doc(R"({"renameCollection":"db.x","to":"db.c"})");
  const auto second = doc(R"({"$v":1,"$set":{"b":2}})");
  stream.add("u", first.view());
  stream.add("c", rename.view());
  stream.add("u", second.view());
  const Event events[] = {Event::update, Event::renewed, Event::update};
  const auto later = doc(R"({"_id":1,"b":2,"c":3})");
  History history;
  for (std::size_t i = 0; i < 3; ++i) history.see(events[i], stream.operations()[i]);
  Tracker tracker(std::move(history).work_back(Value::of(later.view())));
  testing_states seen;
  for (std::size_t i = 0; i < 3; ++i) {
    tracker.see(events[i], stream.operations()[i]);
    seen.push_back(text_of(tracker.document()));
  }
  EXPECT_EQ(seen,
            testing_states({shown(R"({"_id":1,"a":1})", "*"), shown(R"({"_id":1,"c":3})", "b"),
                            shown(R"({"_id":1,"b":2,"c":3})")}));
}

TEST(WorkedBack, UpdatesThatHaveLeftTheOplogSinceStillCount) {
  Stream stream;
  for (const char* o : {R"({"$v":1,"$set":{"a":1}})", R"({"$v":1,"$set":{"b":2}})",
                        R"({"$v":1,"$set":{"a":3}})", R"({"$v":1,"$set":{"n":4}})"}) {
    const auto document = doc(o);
    stream.add("u", document.view());
  }
  const auto later = doc(R"({"_id":1,"a":3,"b":2})");
  History history;
  for (std::size_t i = 0; i < 3; ++i) history.see(Event::update, stream.operations()[i]);
  const auto found = std::move(history).work_back(Value::of(later.view()));
  ASSERT_TRUE(found);
  Tracker second(found);
  second.see(Event::update, stream.operations()[1]);
  EXPECT_EQ(text_of(second.document()), shown(R"({"_id":1,"a":1,"b":2})"));
  Tracker last(found);
  last.see(Event::update, stream.operations()[3]);
  EXPECT_EQ(text_of(last.document()), shown(R"({"_id":1,"a":3,"b":2,"n":4})"));
}

TEST(WorkedBack, AHistoryThatIsTooLongIsNotKept) {
  Stream stream;
  const auto o = doc(R"({"$v":1,"$set":{"a":1}})");
  History history(50);
  for (int i = 0; i < 3; ++i) history.see(Event::update, stream.add("u", o.view()));
  EXPECT_TRUE(history.overflowed());
  EXPECT_FALSE(std::move(history).work_back(Value::of(o.view())));
}

TEST(WorkedBack, AfterARollbackNothingIsKnown) {
  Tracker tracker;
  Stream stream;
  const auto o = doc(R"({"_id":1,"a":1})");
  tracker.see(Event::whole, stream.add("i", o.view()));
  EXPECT_EQ(text_of(tracker.document()), shown(R"({"_id":1,"a":1})"));
  tracker.forget();
  EXPECT_EQ(text_of(tracker.document()), "unknown");
}

TEST(WorkedBack, AnUpdateSentByHandTellsLess) {
  Stream stream;
  const auto o = doc(R"({"$v":1,"$set":{"p.q":1}})");
  const auto later = doc(R"({"_id":1,"p":{"q":1,"r":2}})");
  History history;
  history.see(Event::update, stream.add("u", o.view(), 0));
  Tracker tracker(std::move(history).work_back(Value::of(later.view())));
  EXPECT_EQ(text_of(tracker.document()), shown(R"({"_id":1})", "p"));
  tracker.see(Event::update, stream.operations()[0]);
  EXPECT_EQ(text_of(tracker.document()), shown(R"({"_id":1,"p":{"q":1,"r":2}})"));
}

}  // namespace
}  // namespace mongotail::state
