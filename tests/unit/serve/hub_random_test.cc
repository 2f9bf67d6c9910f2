#include <random>

#include "hub_fake.h"
#include "random_seed.h"
#include "serve/hub.h"

namespace mongotail::serve {
namespace {

// A stream, subscribers that come, read, stall and go, and a reader of the past that hands out what
// the stream was: whatever the order of things, each subscriber gets just what it asked for.
class World {
 public:
  explicit World(unsigned seed)
      : random_(seed),
        hub_({2048, std::chrono::seconds(30), cursor_text}, place_at(1), outside_, outside_) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    for (auto& [id, reader] : readers_) drain(id, reader);
  }

 private:
  struct Operation {
    resume::Cursor place;
    std::string ns;
  };
  struct Reader {
    std::string ns;        // empty: everything
    resume::Cursor start;  // the last place that is not wanted
    std::string got;
    bool in_catch_up = false;
    std::optional<resume::Cursor> caught;  // where its reader of the past stands
  };

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  void step() {
    const int what = pick(10);
    if (what < 3) publish();
    if (what == 3 && readers_.size() < 12) join();
    if (readers_.empty()) return;
    auto at = std::next(readers_.begin(), pick(static_cast<int>(readers_.size())));
    if (what >= 4 && what < 7) take(at->first, at->second);
    if (what >= 7 && what < 9) catch_up(at->first, at->second);
    if (what == 9 && pick(10) == 0) leave(at);
  }

  void publish() {
    std::vector<TestOperation> operations;
    for (int entries = pick(4); entries > 0; --entries) {
      ++second_;
      const int inner = pick(3) == 0 ? 1 + pick(4) : 1;
      for (int i = 0; i < inner; ++i) {
        const resume::Cursor place = i + 1 < inner ? place_at(second_, 1, i) : place_at(second_);
        const std::string ns = pick(2) == 0 ? "app.users" : "app.carts";
        history_.push_back({place, ns});
        operations.emplace_back(place, ns, "1");
      }
    }
    if (pick(4) == 0) ++second_;
    hub_.publish(block_of(operations), place_at(second_));
  }

  void join() {
    Subscription subscription;
    Reader reader;
    if (pick(2) == 0) reader.ns = "app.users";
    if (!reader.ns.empty()) subscription.selection.ns = {reader.ns};
    reader.start = place_at(second_);
    if (pick(2) == 0 && !history_.empty()) {
      reader.start =
          history_[static_cast<std::size_t>(pick(static_cast<int>(history_.size())))].place;
      subscription.start = StartAfter{reader.start};
    }
    const SubscriberId id = *hub_.subscribe(subscription);
    readers_[id] = reader;
    note_starts();
  }

  void note_starts() {
    for (const auto& [id, after] : outside_.started) {
      const auto found = readers_.find(id);
      if (found == readers_.end()) continue;
      found->second.in_catch_up = true;
      found->second.caught = after.value_or(found->second.start);
    }
    outside_.started.clear();
  }

  bool wants(const Reader& reader, const Operation& operation) const {
    return reader.ns.empty() || reader.ns == operation.ns;
  }

  // One block of what lies past where it stands.
  void catch_up(SubscriberId id, Reader& reader) {
    if (!reader.in_catch_up) return;
    std::vector<TestOperation> operations;
    std::optional<resume::Cursor> position;
    int count = 1 + pick(5);
    for (const Operation& operation : history_) {
      if (!comes_before(*reader.caught, operation.place)) continue;
      if (count-- == 0) break;
      position = operation.place;
      if (wants(reader, operation)) operations.emplace_back(operation.place, operation.ns, "1");
    }
    if (position) {
      reader.caught = position;
      hub_.caught(id, block_of(operations), position);
    } else {
      reader.in_catch_up = false;
      hub_.caught_up(id, place_at(second_));
    }
    if (reader.in_catch_up && pick(4) == 0) {
      reader.in_catch_up = false;
      hub_.catch_up_paused(id);
    }
  }

  Delivery::State take(SubscriberId id, Reader& reader) {
    const Delivery delivery = hub_.take(id, {});
    for (const std::string_view piece : delivery.pieces) reader.got += piece;
    note_starts();
    return delivery.state;
  }

  void drain(SubscriberId id, Reader& reader) {
    for (int patience = 0; patience < 100'000; ++patience) {
      const auto state = take(id, reader);
      if (state == Delivery::State::nothing && !reader.in_catch_up) break;
      catch_up(id, reader);
    }
    std::string wanted;
    for (const Operation& operation : history_) {
      if (!comes_before(reader.start, operation.place) || !wants(reader, operation)) continue;
      const auto block = block_of({TestOperation(operation.place, operation.ns, "1")});
      std::vector<std::string_view> pieces;
      block->append_pieces(Form::lines, 0, 1, pieces);
      wanted += joined(pieces);
    }
    EXPECT_EQ(reader.got, wanted);
    EXPECT_EQ(hub_.cursor(id), cursor_text(place_at(second_)));
  }

  void leave(std::map<SubscriberId, Reader>::iterator at) {
    drain(at->first, at->second);
    hub_.unsubscribe(at->first);
    readers_.erase(at);
  }

  std::mt19937 random_;
  FakeOutside outside_;
  Hub hub_;
  std::uint32_t second_ = 1;
  std::vector<Operation> history_;
  std::map<SubscriberId, Reader> readers_;
};

TEST(HubRandomTest, EachSubscriberGetsAllItAskedForOnce) {
  const unsigned first = random_seed();
  for (unsigned i = 0; i < 20; ++i) {
    SCOPED_TRACE(testing::Message() << "seed " << first + i);
    World(first + i).run(300);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace mongotail::serve
