#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "merge/merge.h"
#include "merge_support.h"
#include "random_seed.h"

namespace mongotail::merge {
namespace {

constexpr int schedules = 3000;

/// What one source says, and when.
struct Speech {
  std::int64_t ms = 0;
  std::vector<Scripted> entries;
  std::optional<std::uint32_t> watermark;
};

struct Script {
  std::string name;
  std::vector<Speech> speeches;
};

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::int64_t up_to(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(engine_);
  }

  /// `longest_pause`: between what one source says, in ms.
  std::vector<Script> scripts(std::int64_t longest_pause) {
    std::vector<Script> all;
    const auto count = 1 + up_to(5);
    for (std::int64_t i = 0; i < count; ++i) {
      // Neither their order nor its reverse.
      Script script{std::string(1, static_cast<char>('a' + (i * 5 + 3) % 7)), {}};
      std::int64_t ms = 0;
      std::int32_t number = 0;
      std::uint32_t second = 1;
      for (auto left = up_to(12); left > 0; --left) {
        Speech speech;
        ms += up_to(longest_pause);
        speech.ms = ms;
        for (auto entries = up_to(4); entries > 0; --entries) {
          second += static_cast<std::uint32_t>(up_to(2));
          speech.entries.push_back({second, number++});
        }
        // Nothing with that ts comes any more, where it says so.
        if (up_to(3) != 0) speech.watermark = second++;
        script.speeches.push_back(std::move(speech));
      }
      all.push_back(std::move(script));
    }
    return all;
  }

 private:
  std::mt19937 engine_;
};

std::vector<Taken> in_order(const std::vector<Script>& scripts) {
  std::vector<Taken> all;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    for (const Speech& speech : scripts[i].speeches) {
      for (const Scripted& entry : speech.entries) all.push_back({i, entry});
    }
  }
  std::ranges::stable_sort(all, [&](const Taken& a, const Taken& b) {
    if (a.entry.second != b.entry.second) return a.entry.second < b.entry.second;
    return scripts[a.source].name < scripts[b.source].name;
  });
  return all;
}

/// Plays scripts to a merge in virtual time, and checks what holds always.
class Play {
 public:
  Play(const std::vector<Script>& scripts, Options options) : scripts_(scripts), merge_(options) {
    for (const Script& script : scripts) merge_.add({script.name, {}});
    next_.resize(scripts.size());
    dealt_with_.resize(scripts.size());
  }

  /// Speeches as they are due; takes whenever something may have changed.
  void in_time() {
    for (;;) {
      const auto soonest = due();
      const auto deadline = merge_.deadline();
      if (!soonest && !deadline) break;
      if (deadline && (!soonest || *deadline < at(speech(*soonest).ms))) {
        take(*deadline);
      } else {
        const auto now = at(speech(*soonest).ms);
        say(*soonest, now);
        take(now);
      }
    }
  }

  /// Whoever has room, whenever; time stands still.
  void in_any_order(Random& random) {
    while (!all_said()) {
      const auto i = static_cast<std::size_t>(random.up_to(static_cast<int>(next_.size()) - 1));
      if (next_[i] <= scripts_[i].speeches.size() && merge_.wants(i)) say(i, at(0));
      if (random.up_to(1) == 0) take(at(0));
    }
    take(at(0));
  }

  const std::vector<Taken>& taken() const { return taken_; }
  std::chrono::milliseconds longest_wait() const { return longest_wait_; }
  std::map<std::size_t, int> lags() const { return lags_; }
  Merge& merge() { return merge_; }

 private:
  bool all_said() const {
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (next_[i] <= scripts_[i].speeches.size()) return false;
    }
    return true;
  }

  const Speech& speech(std::size_t source) const {
    // The end is said with the last one's time.
    static const Speech nothing;
    const auto& all = scripts_[source].speeches;
    if (all.empty()) return nothing;
    return all[std::min(next_[source], all.size() - 1)];
  }

  std::optional<std::size_t> due() const {
    std::optional<std::size_t> soonest;
    for (std::size_t i = 0; i < next_.size(); ++i) {
      if (next_[i] > scripts_[i].speeches.size()) continue;
      if (!soonest || speech(i).ms < speech(*soonest).ms) soonest = i;
    }
    return soonest;
  }

  void say(std::size_t source, Clock::time_point now) {
    const auto& all = scripts_[source].speeches;
    if (next_[source] < all.size()) {
      const Speech& speech = all[next_[source]];
      ASSERT_TRUE(merge_.offer(source, batch_of(speech.entries, speech.watermark), now));
      for (const Scripted& entry : speech.entries) came_[{source, entry.number}] = now;
    } else {
      merge_.end(source);
    }
    ++next_[source];
  }

  void take(Clock::time_point now) {
    oplog::Batch out;
    while (merge_.take(out, now)) {
      for (const Taken& one : entries_of(out)) {
        const auto came = came_.at({one.source, one.entry.number});
        longest_wait_ = std::max(longest_wait_,
                                 std::chrono::duration_cast<std::chrono::milliseconds>(now - came));
        ASSERT_EQ(one.entry.number, dealt_with_[one.source]++) << "of one source, in its order";
        taken_.push_back(one);
      }
      if (out.watermark) check_position(out.source, out.watermark->ts.seconds);
    }
    for (const Notice& notice : merge_.notices()) {
      int& lags = lags_[notice.source];
      const bool lagging = notice.kind == Notice::Kind::lags;
      ASSERT_EQ(lags % 2 == 0, lagging) << "said once, and once that it is over";
      ++lags;
    }
  }

  /// Whoever resumes there misses nothing.
  void check_position(std::size_t source, std::uint32_t second) {
    for (const Speech& speech : scripts_[source].speeches) {
      for (const Scripted& entry : speech.entries) {
        if (entry.second > second) continue;
        ASSERT_LT(entry.number, dealt_with_[source]);
      }
    }
  }

  const std::vector<Script>& scripts_;
  Merge merge_;
  std::vector<std::size_t> next_;  // speech of each source; one more is its end
  std::vector<std::int32_t> dealt_with_;
  std::map<std::pair<std::size_t, std::int32_t>, Clock::time_point> came_;
  std::vector<Taken> taken_;
  std::chrono::milliseconds longest_wait_{0};
  std::map<std::size_t, int> lags_;
};

TEST(MergeRandom, WithoutAHoldTheOrderIsExactWhoeverSpeaksWhen) {
  Random random(random_seed());
  std::size_t entries = 0;
  for (int i = 0; i < schedules; ++i) {
    const auto scripts = random.scripts(1000);
    Options options;
    options.kept_bytes = static_cast<std::size_t>(random.up_to(300)) + 1;
    Play play(scripts, options);
    play.in_any_order(random);
    ASSERT_EQ(play.taken(), in_order(scripts)) << "schedule " << i;
    ASSERT_TRUE(play.merge().ended());
    entries += play.taken().size();
  }
  EXPECT_GT(entries, 10u * schedules);
}

TEST(MergeRandom, NothingWaitsLongerThanTheHoldAndNothingIsLost) {
  Random random(random_seed());
  int lags = 0;
  for (int i = 0; i < schedules; ++i) {
    const auto scripts = random.scripts(3000);
    Play play(scripts, {Options::Order::ts, milliseconds(2000), {}});
    play.in_time();
    ASSERT_LE(play.longest_wait(), milliseconds(2000)) << "schedule " << i;
    auto expected = in_order(scripts), taken = play.taken();
    for (const auto& [source, said] : play.lags()) lags += said;
    if (play.lags().empty()) {
      ASSERT_EQ(taken, expected) << "schedule " << i;
    }
    const auto by_source = [](const Taken& a, const Taken& b) {
      return std::pair(a.source, a.entry.number) < std::pair(b.source, b.entry.number);
    };
    std::ranges::sort(expected, by_source);
    std::ranges::sort(taken, by_source);
    ASSERT_EQ(taken, expected) << "schedule " << i;
  }
  EXPECT_GT(lags, schedules / 10);
}

TEST(MergeRandom, InOrderOfArrivalNothingWaitsAtAll) {
  Random random(random_seed());
  for (int i = 0; i < schedules / 10; ++i) {
    const auto scripts = random.scripts(3000);
    Play play(scripts, {Options::Order::arrival, {}, {}});
    play.in_time();
    ASSERT_EQ(play.longest_wait(), milliseconds(0));
    ASSERT_EQ(play.taken().size(), in_order(scripts).size());
    ASSERT_TRUE(play.lags().empty());
  }
}

}  // namespace
}  // namespace mongotail::merge
