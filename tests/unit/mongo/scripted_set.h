#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/reporter.h"
#include "mongo/member_state.h"
#include "mongo/oplog_reader.h"
#include "mongo/patience.h"

namespace mongotail::mongo {

/// An entry that a test writes: where, in which term.
inline oplog::OpTime at(std::uint32_t seconds, std::int64_t term) {
  return {{seconds, 1}, term};
}

/// For what only an unwilling member would make wait.
inline constexpr Patience hardly_any{std::chrono::milliseconds(1), std::chrono::milliseconds(20)};

/// A member of a set that a test writes. Whatever it changes shows at the next question. Where
/// several threads ask, one question comes after the other, and what a test changes meanwhile it
/// changes in `before_batches` and `before_opens`, or holds `lock`.
struct ScriptedMember {
  std::shared_ptr<std::recursive_mutex> lock = std::make_shared<std::recursive_mutex>();
  std::string address;
  std::vector<oplog::OpTime> oplog;
  std::optional<std::size_t> committed;  ///< how many of them a majority has; nullopt: all
  bool set_begins = true;                ///< with its first entry
  bool reachable = true;                 ///< else each question is a broken connection
  bool heard = true;                     ///< of it by the driver
  bool dead_tails = false;               ///< a tail is one batch: 6.0 after a crash
  bool refuses_filters = false;
  /// A read that takes in more seconds of the oplog than this takes too long; backwards, any does.
  std::optional<std::uint32_t> longest_span;
  MemberState state;                ///< what its `hello` says
  std::optional<Error> fails_next;  ///< the next batch that is asked for, once
  /// Run one after the other, each before a batch is read, or before a stream is opened.
  std::deque<std::function<void()>> before_batches, before_opens;
  std::vector<OplogQuery> opened;
  std::size_t connections = 0;                ///< that there have been
  std::size_t restarts = 0;                   ///< each ends the cursors that there are
  std::optional<std::size_t> batch_entries;   ///< at most so many in a batch
  std::size_t cursors = 0, most_cursors = 0;  ///< that are open now, and were at once
};

/// Its members have the numbers 1, 2, ….
class ScriptedSet final : public OplogSet {
 public:
  /// `members` must outlive this object; the first one that can be reached is selected, from the
  /// one numbered `preferred` on.
  explicit ScriptedSet(std::deque<ScriptedMember>& members, std::uint32_t preferred = 1)
      : members_(members), preferred_(preferred) {}

  Result<std::unique_ptr<OplogReader>> select() override;
  Result<std::unique_ptr<OplogReader>> member(std::uint32_t server_id) override;
  Others others_than(std::optional<std::uint32_t> server_id) override;

 private:
  std::deque<ScriptedMember>& members_;
  std::uint32_t preferred_;
};

/// Keeps what is said.
class Said final : public Reporter {
 public:
  void detail(std::string_view what) override { details.emplace_back(what); }
  void notice(std::string_view) override {}
  void requested(std::string_view) override {}
  void warning(std::string_view what) override {
    warnings.emplace_back(what);
    if (after_warning) after_warning();
  }
  void error(const Error&) override {}

  std::vector<std::string> details, warnings;
  std::function<void()> after_warning;
};

}  // namespace mongotail::mongo
