#include "serve/hub.h"

#include <chrono>

#include "hub_fake.h"
#include "match/id_match.h"
#include "match/query_json.h"

namespace mongotail::serve {
namespace {

using namespace std::chrono_literals;
using State = Delivery::State;

class HubTest : public testing::Test {
 protected:
  static constexpr std::size_t plenty = 1u << 20;

  void make_hub(std::size_t ring_bytes) {
    hub.emplace(Hub::Options{ring_bytes, 30s, cursor_text}, place_at(10), outside, outside);
  }
  void SetUp() override { make_hub(plenty); }

  SubscriberId subscribe(Start start = StartNow(), std::string ns = "", Form form = Form::lines) {
    Subscription subscription;
    subscription.form = form;
    subscription.start = start;
    if (!ns.empty()) subscription.selection.ns = {ns};
    return *hub->subscribe(std::move(subscription));
  }

  void publish(std::uint32_t second, std::string_view ns = "app.users", std::string_view id = "1") {
    hub->publish(insert_at(second, ns, id), place_at(second));
  }

  /// The seconds of all that it can take now.
  std::vector<std::uint32_t> take_all(SubscriberId id) {
    std::vector<std::uint32_t> seconds;
    for (;;) {
      const Delivery delivery = hub->take(id, now);
      last_state = delivery.state;
      last_end = delivery.end;
      if (delivery.state == State::later) continue;
      if (delivery.state != State::text) return seconds;
      std::string text = joined(delivery.pieces);
      for (std::size_t at = text.find("{\"t\":"); at != std::string::npos;
           at = text.find("{\"t\":", at + 1)) {
        seconds.push_back(static_cast<std::uint32_t>(std::stoul(text.substr(at + 5))));
      }
    }
  }

  using Seconds = std::vector<std::uint32_t>;

  FakeOutside outside;
  std::optional<Hub> hub;
  Hub::Clock::time_point now;
  State last_state = State::nothing;
  End last_end;
};

/// A subscriber with a query that takes too long on slow_operation().
Subscription slow_query() {
  Subscription subscription;
  subscription.selection.query =
      *match::parse_query_json(R"({"o._id":{"$regex":"(?i)LOREM.*IPSUM.*DOLOR|^1$"}})");
  return subscription;
}

SharedBlock slow_operation(std::uint32_t second) {
  std::string words;
  while (words.size() < 240'000) words += "lorem ipsum ";
  return insert_at(second, "app.users", '"' + words + '"');
}

TEST_F(HubTest, WhatAQueryTakesTooLongForIsJudgedByACatchUp) {
  const SubscriberId slow = *hub->subscribe(slow_query());
  const SubscriberId other = subscribe();
  EXPECT_EQ(take_all(slow), Seconds());
  publish(11, "app.users", R"("1")");
  hub->publish(slow_operation(12), place_at(12));
  publish(13, "app.users", R"("1")");
  EXPECT_EQ(take_all(other), (Seconds{11, 12, 13}));
  EXPECT_EQ(take_all(slow), Seconds{11});
  EXPECT_EQ(outside.started[slow], place_at(11));
  hub->caught(slow, slow_operation(12), place_at(12));
  hub->caught_up(slow, place_at(12));
  EXPECT_EQ(take_all(slow), (Seconds{12, 13}));
  EXPECT_EQ(outside.starts, 1);
}

TEST_F(HubTest, AStreamWhoseQueryTakesTooLongForACatchUpEnds) {
  const SubscriberId slow = *hub->subscribe(slow_query());
  EXPECT_EQ(take_all(slow), Seconds());
  hub->publish(slow_operation(11), place_at(11));
  EXPECT_EQ(take_all(slow), Seconds());
  ASSERT_EQ(outside.started[slow], place_at(10));
  hub->catch_up_ended(slow, End::Reason::failed, {Cause::too_costly, "too long", ""});
  EXPECT_EQ(take_all(slow), Seconds());
  EXPECT_EQ(last_state, State::end);
  EXPECT_EQ(last_end.error.cause, Cause::too_costly);
}

TEST_F(HubTest, WhatIsPastBeforeASubscriberBeganIsJudgedByACatchUpToo) {
  publish(11, "app.users", R"("1")");
  hub->publish(slow_operation(12), place_at(12));
  Subscription subscription = slow_query();
  subscription.start = StartAfter{place_at(11)};
  const SubscriberId slow = *hub->subscribe(std::move(subscription));
  EXPECT_EQ(take_all(slow), Seconds());
  EXPECT_EQ(outside.started[slow], place_at(11));
}

TEST_F(HubTest, ASubscriberGetsWhatComesAfterIt) {
  publish(11);
  const SubscriberId id = subscribe();
  EXPECT_EQ(take_all(id), Seconds());
  publish(12);
  EXPECT_TRUE(outside.ready_ids.contains(id));
  publish(13);
  EXPECT_EQ(take_all(id), (Seconds{12, 13}));
  EXPECT_EQ(take_all(id), Seconds());
}

TEST_F(HubTest, OnlyThoseThatAreConcernedAreWoken) {
  const SubscriberId users = subscribe(StartNow(), "app.users");
  const SubscriberId carts = subscribe(StartNow(), "app.carts");
  take_all(users);
  take_all(carts);
  publish(11, "app.carts");
  EXPECT_EQ(outside.ready_ids, std::set<SubscriberId>{carts});
}

TEST_F(HubTest, TheCursorMovesOnWhileNothingMatches) {
  const SubscriberId id = subscribe(StartNow(), "app.users");
  EXPECT_EQ(hub->cursor(id), "10:1@1");
  take_all(id);
  publish(11, "app.carts");
  hub->publish(nullptr, place_at(15));
  EXPECT_EQ(hub->cursor(id), "15:1@1");
  publish(16);
  EXPECT_EQ(hub->cursor(id), "15:1@1");
  EXPECT_EQ(take_all(id), Seconds{16});
  EXPECT_EQ(hub->cursor(id), "16:1@1");
}

TEST_F(HubTest, APlaceInTheRingNeedsNoCatchUp) {
  for (std::uint32_t second = 11; second < 16; ++second) publish(second);
  EXPECT_EQ(take_all(subscribe(StartAfter{place_at(13)})), (Seconds{14, 15}));
  EXPECT_EQ(take_all(subscribe(StartAfter{place_at(15)})), Seconds());
  EXPECT_EQ(take_all(subscribe(StartFrom{{13, 0}})), (Seconds{13, 14, 15}));
  EXPECT_EQ(take_all(subscribe(StartFrom{{13, 1}})), (Seconds{13, 14, 15}));
  EXPECT_EQ(take_all(subscribe(StartFrom{{13, 2}})), (Seconds{14, 15}));
  EXPECT_TRUE(outside.started.empty());
}

TEST_F(HubTest, WhatTheRingCannotVouchForNeedsACatchUp) {
  publish(11);
  resume::Cursor other_term = place_at(11);
  other_term.optime.term = 2;
  for (const Start& start : {Start(StartAfter{other_term}), Start(StartAfter{place_at(5)}),
                             Start(StartFrom{{9, 0}}), Start(StartInPast())}) {
    const SubscriberId id = subscribe(start);
    EXPECT_TRUE(outside.started.contains(id));
    EXPECT_EQ(take_all(id), Seconds());
    EXPECT_EQ(last_state, State::nothing);
  }
}

TEST_F(HubTest, AStartInTheFutureSkipsWhatComesBefore) {
  const SubscriberId id = subscribe(StartFrom{{13, 0}});
  EXPECT_EQ(take_all(id), Seconds());
  for (std::uint32_t second = 11; second < 15; ++second) publish(second);
  EXPECT_EQ(take_all(id), (Seconds{13, 14}));
}

TEST_F(HubTest, ACatchUpMeetsTheRingWithNothingLostOrTwice) {
  const SubscriberId id = subscribe(StartAfter{place_at(5)});
  publish(11);
  hub->caught(
      id,
      block_of({TestOperation(place_at(6), "a.b", "1"), TestOperation(place_at(9), "a.b", "1")}),
      place_at(10));
  hub->caught(id, insert_at(11), place_at(11));
  hub->caught_up(id, place_at(11));
  publish(12);
  EXPECT_EQ(take_all(id), (Seconds{6, 9, 11, 12}));
  EXPECT_EQ(outside.taken[id], 2);
  EXPECT_EQ(outside.starts, 1);
  publish(13);
  EXPECT_EQ(take_all(id), Seconds{13});
}

TEST_F(HubTest, EachReadingOfThePastIsGivenWhatTheSubscriberAskedFor) {
  make_hub(1);
  Subscription subscription;
  subscription.start = StartInPast();
  const auto request = std::make_shared<const Past::Request>();
  subscription.request = request;
  const SubscriberId id = *hub->subscribe(std::move(subscription));
  EXPECT_EQ(outside.requests[id], request);
  outside.requests.clear();
  publish(11);
  publish(12);
  hub->caught_up(id, place_at(10));
  EXPECT_EQ(take_all(id), Seconds());
  EXPECT_EQ(outside.starts, 2);
  EXPECT_EQ(outside.requests[id], request);
}

TEST_F(HubTest, ACatchUpThatTheRingHasOvertakenContinues) {
  make_hub(1);
  const SubscriberId id = subscribe(StartInPast());
  publish(11);
  publish(12);
  publish(13);
  hub->caught_up(id, place_at(11));
  EXPECT_EQ(take_all(id), Seconds());
  EXPECT_EQ(outside.starts, 2);
  EXPECT_EQ(outside.started[id], place_at(11));
  hub->caught(id, insert_at(12), place_at(12));
  hub->caught_up(id, place_at(12));
  EXPECT_EQ(take_all(id), (Seconds{12, 13}));
}

TEST_F(HubTest, WhoFallsBehindTheRingIsCaughtUpFromItsCursor) {
  make_hub(1);
  const SubscriberId id = subscribe();
  take_all(id);
  publish(11);
  EXPECT_EQ(hub->take(id, now).state, State::text);
  for (std::uint32_t second = 12; second < 16; ++second) publish(second);
  EXPECT_EQ(take_all(id), Seconds());
  EXPECT_EQ(outside.started[id], place_at(11));
}

TEST_F(HubTest, AnIdleSubscriberDoesNotFallBehind) {
  make_hub(1);
  const SubscriberId id = subscribe(StartNow(), "app.carts");
  take_all(id);
  for (std::uint32_t second = 11; second < 20; ++second) publish(second);
  publish(20, "app.carts");
  EXPECT_EQ(take_all(id), Seconds{20});
  EXPECT_TRUE(outside.started.empty());
}

TEST_F(HubTest, APausedCatchUpIsStartedAgainOnceItsBlocksAreTaken) {
  const SubscriberId id = subscribe(StartInPast());
  hub->caught(id, insert_at(6), place_at(7));
  hub->catch_up_paused(id);
  EXPECT_EQ(outside.starts, 1);
  EXPECT_EQ(take_all(id), Seconds{6});
  EXPECT_EQ(outside.starts, 2);
  EXPECT_EQ(outside.started[id], place_at(7));
}

TEST_F(HubTest, AFailedCatchUpEndsTheStreamAfterWhatItGave) {
  const SubscriberId id = subscribe(StartInPast());
  hub->caught(id, insert_at(6), std::nullopt);
  hub->catch_up_ended(id, End::Reason::lost, {Cause::history_lost, "gone", "start later"});
  EXPECT_EQ(take_all(id), Seconds{6});
  EXPECT_EQ(last_state, State::end);
  EXPECT_EQ(last_end.reason, End::Reason::lost);
  EXPECT_EQ(last_end.cursor, "6:1@1");
}

TEST_F(HubTest, TheLimitEndsTheStream) {
  Subscription subscription;
  subscription.limit = 2;
  const SubscriberId id = *hub->subscribe(subscription);
  for (std::uint32_t second = 11; second < 16; ++second) publish(second);
  EXPECT_EQ(take_all(id), (Seconds{11, 12}));
  EXPECT_EQ(last_state, State::end);
  EXPECT_EQ(last_end.reason, End::Reason::done);
  EXPECT_EQ(last_end.cursor, "12:1@1");
}

TEST_F(HubTest, AnEndInTimeIsReachedByOperationsAndByWatermarks) {
  Subscription subscription;
  subscription.last = bson::Timestamp{12, 9};
  const SubscriberId early = *hub->subscribe(subscription);
  publish(11);
  EXPECT_EQ(take_all(early), Seconds{11});
  EXPECT_EQ(last_state, State::nothing);
  outside.ready_ids.clear();
  publish(12);
  publish(13);
  EXPECT_EQ(take_all(early), Seconds{12});
  EXPECT_EQ(last_state, State::end);

  subscription.last = bson::Timestamp{20, 0};
  const SubscriberId idle = *hub->subscribe(subscription);
  EXPECT_EQ(take_all(idle), Seconds());
  hub->publish(nullptr, place_at(20));
  EXPECT_TRUE(outside.ready_ids.contains(idle));
  EXPECT_EQ(take_all(idle), Seconds());
  EXPECT_EQ(last_state, State::end);
}

TEST_F(HubTest, ASubscriberThatReadsTooSlowlyIsEndedWithItsCursor) {
  make_hub(1);
  const SubscriberId slow = subscribe();
  const SubscriberId good = subscribe();
  take_all(slow);
  take_all(good);
  publish(11);
  ASSERT_EQ(hub->take(slow, now).state, State::text);  // and it is never asked for again
  EXPECT_EQ(take_all(good), Seconds{11});
  for (std::uint32_t second = 12; second < 80; ++second) {
    publish(second);
    EXPECT_EQ(take_all(good), Seconds{second});
    now += 1s;
    hub->tick(now);
  }
  EXPECT_FALSE(hub->has_ended(good));
  ASSERT_TRUE(hub->has_ended(slow));
  EXPECT_EQ(take_all(slow), Seconds());
  EXPECT_EQ(last_end.reason, End::Reason::slow);
  EXPECT_EQ(last_end.cursor, "11:1@1");
  EXPECT_EQ(hub->counters().ends.at(End::Reason::slow), 1u);
}

TEST_F(HubTest, WhoWaitsForTheServerIsNotTooSlow) {
  make_hub(1);
  const SubscriberId id = subscribe(StartInPast());
  for (std::uint32_t second = 11; second < 200; ++second) {
    publish(second);
    take_all(id);
    now += 1s;
    hub->tick(now);
  }
  EXPECT_FALSE(hub->has_ended(id));
}

TEST_F(HubTest, ARollbackEndsEveryStreamAtTheCommonPlace) {
  const SubscriberId id = subscribe();
  take_all(id);
  publish(11);
  publish(12);
  EXPECT_EQ(take_all(id), (Seconds{11, 12}));
  hub->roll_back(place_at(11));
  EXPECT_EQ(take_all(id), Seconds());
  EXPECT_EQ(last_end.reason, End::Reason::rolled_back);
  EXPECT_EQ(last_end.cursor, "11:1@1");
  const SubscriberId next = subscribe(StartAfter{place_at(11)});
  publish(13);
  EXPECT_EQ(take_all(next), Seconds{13});
}

TEST_F(HubTest, WhoLeavesIsForgotten) {
  const SubscriberId idle = subscribe();
  const SubscriberId behind = subscribe(StartInPast());
  take_all(idle);
  hub->unsubscribe(idle);
  hub->unsubscribe(behind);
  EXPECT_TRUE(outside.cancelled.contains(behind));
  outside.ready_ids.clear();
  publish(11);
  hub->caught(behind, insert_at(5), std::nullopt);
  EXPECT_TRUE(outside.ready_ids.empty());
  EXPECT_EQ(hub->subscribers(), 0u);
}

TEST_F(HubTest, AnEventStreamGetsEvents) {
  const SubscriberId id = subscribe(StartNow(), "", Form::events);
  publish(11);
  const Delivery delivery = hub->take(id, now);
  EXPECT_THAT(joined(delivery.pieces), testing::StartsWith("id: 11:1@1\ndata: {\"op\":\"i\""));
  EXPECT_THAT(joined(delivery.pieces), testing::EndsWith("}\n\n"));
}

TEST_F(HubTest, OneDeliveryIsNoMoreThanOneWriteShouldCarry) {
  const SubscriberId id = subscribe(StartNow(), "", Form::events);
  for (std::uint32_t second = 11; second < 1000; ++second) publish(second);
  const Delivery delivery = hub->take(id, now);
  EXPECT_LE(delivery.pieces.size(), 60u);
  EXPECT_FALSE(delivery.blocks.empty());
}

TEST(EndTextTest, EachFormSaysWhyItEndedAndWhereToResume) {
  const End end{End::Reason::slow, {Cause::output, "too \"slow\"", "hurry"}, "5:1@1"};
  EXPECT_EQ(end_text(Form::lines, end),
            R"({"mongotail":{"end":"slow","error":"too \"slow\"","hint":"hurry","cursor":"5:1@1"}})"
            "\n");
  EXPECT_EQ(end_text(Form::events, end),
            "event: end\nid: 5:1@1\ndata: "
            R"({"end":"slow","error":"too \"slow\"","hint":"hurry","cursor":"5:1@1"})"
            "\n\n");
  EXPECT_EQ(end_text(Form::lines, End()), "");
  EXPECT_EQ(end_text(Form::events, End()), "event: end\ndata: {\"end\":\"done\"}\n\n");
}

TEST(HeartbeatTextTest, AnEventStreamsHeartbeatMovesTheId) {
  EXPECT_EQ(heartbeat_text(Form::lines, "5:1@1"), "\n");
  EXPECT_EQ(heartbeat_text(Form::events, "5:1@1"), ":\nid: 5:1@1\n\n");
  EXPECT_EQ(heartbeat_text(Form::events, ""), ":\n\n");
}

}  // namespace
}  // namespace mongotail::serve
