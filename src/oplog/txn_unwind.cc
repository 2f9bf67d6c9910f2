#include "oplog/txn_unwind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "oplog/txn_meta.h"
#include "oplog/txn_parts.h"

namespace mongotail::oplog {
namespace {

// What an inner operation takes over from the entry that committed it, in this order.
constexpr std::array<std::string_view, 6> taken_over = {"ts",   "t",    "v",
                                                        "wall", "lsid", "txnNumber"};

unsigned bit_of(std::string_view key) {
  const auto* found = std::find(taken_over.begin(), taken_over.end(), key);
  return found == taken_over.end() ? 0 : 1u << (found - taken_over.begin());
}

// The whole element as stored: type, key and value lie side by side.
bson::Bytes stored_bytes(const bson::Element& element) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(element.key().data()) - 1;
  return {begin, element.value().data() + element.value().size()};
}

/// Builds the documents of inner operations, one at a time, in memory of its own.
class InnerDocument {
 public:
  void set_terminal(bson::Document terminal) {
    for (auto& bytes : fields_) bytes = {};
    for (const bson::Element& field : terminal) {
      const unsigned bit = bit_of(field.key());
      if (bit == 0) continue;
      auto& bytes = fields_[static_cast<std::size_t>(std::countr_zero(bit))];
      if (bytes.empty()) bytes = stored_bytes(field);
    }
  }

  /// Valid until the next call. Cause::damaged where `inner` can't be read.
  Result<Entry> build(bson::Document inner, std::int32_t index) {
    const auto present = present_in(inner);
    if (!present) {
      return fail(Cause::damaged, "an operation inside an applyOps entry is damaged");
    }
    make_room(inner);
    scratch_.assign(inner.bytes().begin(), inner.bytes().end() - 1);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if ((*present >> i & 1u) == 0) append(fields_[i]);
    }
    append_index(index);
    const auto size = static_cast<std::int32_t>(scratch_.size());
    std::memcpy(scratch_.data(), &size, sizeof size);
    return Entry::parse(*bson::Document::from(scratch_));
  }

 private:
  // An operation can have 16 MB: memory that grew step by step would have it twice, and have room
  // for two.
  void make_room(bson::Document inner) {
    std::size_t size = inner.size() + most_appended;
    for (const auto& bytes : fields_) size += bytes.size();
    if (size <= scratch_.capacity()) return;
    const std::size_t roomy = std::min(2 * scratch_.capacity(), kept_scratch);
    std::vector<std::uint8_t>().swap(scratch_);
    scratch_.reserve(std::max(size, roomy));
  }

  // Which of the fields `inner` has itself, a bit each.
  static std::optional<unsigned> present_in(bson::Document inner) {
    unsigned present = 0;
    bson::Reader reader(inner);
    bson::Element field;
    while (reader.next(field)) present |= bit_of(field.key());
    return reader.damaged() ? std::nullopt : std::optional(present);
  }

  void append(bson::Bytes bytes) { scratch_.insert(scratch_.end(), bytes.begin(), bytes.end()); }

  void append_index(std::int32_t index) {
    static constexpr char header[] = "\x10txnOpIndex";  // with its closing NUL
    std::array<std::uint8_t, sizeof header + sizeof index + 1> bytes{};
    std::memcpy(bytes.data(), header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &index, sizeof index);
    append(bytes);
  }

  static constexpr std::size_t most_appended = 32;  // the index
  static constexpr std::size_t kept_scratch = 1u << 20;

  std::array<bson::Bytes, taken_over.size()> fields_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace

class TxnUnwind::State {
 public:
  State(EntryLookup& lookup, std::size_t kept_bytes, OnDamage on_damage)
      : lookup_(&lookup), parts_(kept_bytes), on_damage_(on_damage), reader_(on_damage) {}

  Status feed(const Entry& entry);
  Result<bool> next(Operation& operation);
  const LeftOut& left_out() const { return left_out_; }
  std::size_t kept_bytes() const { return parts_.kept_bytes(); }

 private:
  void reset();
  void drop_aborted(const Entry& entry);
  Status start(EntryKind kind);
  Status walk_back();
  Result<std::optional<OpTime>> before(OpTime part);
  Status read_part(OpTime part);
  Result<bool> find_ahead();
  bool read_ahead(bson::Document& operation);
  Result<bool> open_next();
  void put(const Entry& entry, std::int32_t index, Operation& operation) const;
  tl::unexpected<Error> part_is_gone(OpTime part) const;

  EntryLookup* lookup_;
  TxnParts parts_;
  OnDamage on_damage_;

  Entry entry_;                  // fed last
  bool plain_ = false;           // it is still to be handed out itself
  bool own_operations_ = false;  // it has operations that are still to be read
  bool transaction_ = false;
  std::vector<OpTime> chain_;                // the parts before it, oldest first
  std::size_t parts_read_ = 0;               // of chain_
  std::optional<bson::OwnedDocument> part_;  // the part that is being read
  OpTime part_optime_;

  ApplyOpsReader reader_;
  bson::Timestamp reading_;              // the entry that the reader reads
  std::optional<bson::Document> ahead_;  // the next inner operation
  std::optional<Error> late_error_;      // met while looking ahead
  std::int64_t index_ = 0;               // of the next inner operation
  LeftOut left_out_;
  std::int32_t counted_ = 0;  // of what the reader can't read
  InnerDocument inner_;
};

void TxnUnwind::State::reset() {
  for (; parts_read_ < chain_.size(); ++parts_read_) parts_.forget(chain_[parts_read_]);
  chain_.clear();
  parts_read_ = 0;
  part_.reset();
  part_optime_ = {};
  reader_.restart({});
  ahead_.reset();
  late_error_.reset();
  plain_ = own_operations_ = transaction_ = false;
  index_ = 0;
  counted_ = 0;
}

Status TxnUnwind::State::feed(const Entry& entry) {
  reset();
  left_out_ = {};
  entry_ = entry;
  const EntryKind kind = classify(entry);
  switch (kind) {
    case EntryKind::plain:
      plain_ = true;
      return {};
    case EntryKind::partial:
    case EntryKind::prepare:
      parts_.remember(entry);
      return {};
    case EntryKind::abort:
      drop_aborted(entry);
      return {};
    case EntryKind::whole:
    case EntryKind::chain_end:
    case EntryKind::retryable_batch:
    case EntryKind::commit:
      break;
  }
  const Status started = start(kind);
  if (!started) reset();
  return started;
}

void TxnUnwind::State::drop_aborted(const Entry& entry) {
  if (entry.prev_optime && !entry.prev_optime->is_null()) {
    parts_.forget_chain(*entry.prev_optime);
  } else {
    // A new primary ends so what it knows only in part (MongoDB, src/mongo/db/repl/oplog_entry.h).
    parts_.forget_session_of(entry);
  }
}

Status TxnUnwind::State::start(EntryKind kind) {
  transaction_ = is_transaction(entry_, kind);
  own_operations_ = kind != EntryKind::commit;
  inner_.set_terminal(entry_.document);
  if (kind == EntryKind::commit || kind == EntryKind::chain_end) {
    if (auto walked = walk_back(); !walked) return walked;
  }
  auto found = find_ahead();
  return found ? Status() : fail(std::move(found.error()));
}

Status TxnUnwind::State::walk_back() {
  OpTime after = entry_.optime;
  OpTime part = entry_.prev_optime.value_or(OpTime{});
  while (!part.is_null()) {
    if (part.ts >= after.ts) {
      return fail(Cause::damaged,
                  fmt::format("the entry at {} is damaged: it names one at {} as coming before it",
                              with_time(after.ts), with_time(part.ts)));
    }
    const auto earlier = before(part);
    if (!earlier) return fail(earlier.error());
    if (!*earlier) break;
    chain_.push_back(part);
    after = part;
    part = **earlier;
  }
  std::reverse(chain_.begin(), chain_.end());
  return {};
}

// What `part` points back to; nullopt if the entry there is not part of a transaction.
Result<std::optional<OpTime>> TxnUnwind::State::before(OpTime part) {
  if (const auto remembered = parts_.before(part)) return remembered;
  if (auto read = read_part(part); !read) return fail(std::move(read.error()));
  const auto entry = Entry::parse(part_->view());
  if (!entry) return fail(entry.error());
  if (!is_open_part(classify(*entry))) return std::nullopt;
  return entry->prev_optime.value_or(OpTime{});
}

Status TxnUnwind::State::read_part(OpTime part) {
  if (part_ && part_optime_ == part) return {};
  part_.reset();
  part_ = parts_.take_bytes(part);
  if (!part_) {
    auto found = lookup_->find_entry(part);
    if (!found) return fail(std::move(found.error()));
    if (!*found) return part_is_gone(part);
    part_ = std::move(*found);
  }
  part_optime_ = part;
  return {};
}

tl::unexpected<Error> TxnUnwind::State::part_is_gone(OpTime part) const {
  return fail(Cause::history_lost,
              fmt::format("the transaction committed at {} can't be shown whole: its part at {} is "
                          "not in the oplog",
                          with_time(entry_.optime.ts), with_time(part.ts)),
              "read an oplog that reaches further back, or start after that transaction "
              "with --since");
}

// Finds the next inner operation, in whichever part it is.
Result<bool> TxnUnwind::State::find_ahead() {
  ahead_.reset();
  bson::Document operation;
  while (!read_ahead(operation)) {
    if (left_out_.operations > 0 && on_damage_ == OnDamage::stop) {
      return fail(Cause::damaged, left_out_.reason);
    }
    const auto opened = open_next();
    if (!opened || !*opened) return opened;
  }
  ahead_ = operation;
  return true;
}

// What can't be read has an index too.
bool TxnUnwind::State::read_ahead(bson::Document& operation) {
  const bool found = reader_.next(operation);
  const auto& damage = reader_.damage();
  if (damage.operations > 0 && left_out_.operations == 0) {
    left_out_.reason =
        fmt::format("{} at {} is damaged: its applyOps {}",
                    reading_ == entry_.optime.ts ? "the entry" : "this transaction's part",
                    with_time(reading_), damage.first);
  }
  const std::int32_t more = damage.operations - std::exchange(counted_, damage.operations);
  left_out_.operations += more;
  index_ += more;
  return found;
}

// The next part, and at last the entry itself; false if nothing is left.
Result<bool> TxnUnwind::State::open_next() {
  if (parts_read_ < chain_.size()) {
    const OpTime part = chain_[parts_read_++];
    auto read = read_part(part);
    parts_.forget(part);
    if (!read) return fail(std::move(read.error()));
    const auto o = part_->view().find("o");
    reader_.restart(o ? o->as_document().value_or(bson::Document()) : bson::Document());
    reading_ = part.ts;
  } else if (own_operations_) {
    own_operations_ = false;
    reader_.restart(entry_.o);
    reading_ = entry_.optime.ts;
  } else {
    return false;
  }
  counted_ = 0;
  return true;
}

Result<bool> TxnUnwind::State::next(Operation& operation) {
  if (plain_) {
    plain_ = false;
    put(entry_, Operation::no_index, operation);
    return true;
  }
  if (late_error_) {
    Error error = std::move(*late_error_);
    reset();
    return fail(std::move(error));
  }
  if (!ahead_) return false;
  if (index_ > std::numeric_limits<std::int32_t>::max()) {
    reset();
    return fail(Cause::damaged, "a transaction has too many operations");
  }
  const auto index = static_cast<std::int32_t>(index_++);
  auto built = inner_.build(*ahead_, index);
  if (!built) {
    reset();
    return fail(std::move(built.error()));
  }
  // The operation is in memory of its own by now: looking ahead may replace the part it came from.
  if (auto more = find_ahead(); !more) late_error_ = std::move(more.error());
  put(*built, index, operation);
  return true;
}

// In place: an operation is large to copy.
void TxnUnwind::State::put(const Entry& entry, std::int32_t index, Operation& operation) const {
  operation.entry = entry;
  operation.optime = entry_.optime;
  operation.index = index;
  operation.last = !ahead_ && !late_error_;
  operation.transaction = transaction_;
}

TxnUnwind::TxnUnwind(EntryLookup& lookup, std::size_t kept_bytes, OnDamage on_damage)
    : state_(std::make_unique<State>(lookup, kept_bytes, on_damage)) {}
TxnUnwind::~TxnUnwind() = default;
TxnUnwind::TxnUnwind(TxnUnwind&&) noexcept = default;
TxnUnwind& TxnUnwind::operator=(TxnUnwind&&) noexcept = default;

Status TxnUnwind::feed(const Entry& entry) {
  return state_->feed(entry);
}
Result<bool> TxnUnwind::next(Operation& operation) {
  return state_->next(operation);
}
const LeftOut& TxnUnwind::left_out() const {
  return state_->left_out();
}
std::size_t TxnUnwind::kept_bytes() const {
  return state_->kept_bytes();
}

}  // namespace mongotail::oplog
