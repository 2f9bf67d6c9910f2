#include "source/bson_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>

#include "oplog/entry.h"
#include "oplog/txn_meta.h"
#include "source/block_pool.h"
#include "source/byte_input.h"
#include "source/counted_input.h"
#include "source/entry_scan.h"
#include "source/json_input.h"
#include "source/part_store.h"

namespace mongotail::source {
namespace {

// Files whose entries can be looked up; a transaction that is spread over more is not known of.
constexpr std::size_t max_open_files = 128;

// What looking for the next intact entry may cost, in bytes examined: some, and a multiple of what
// was read, so that no input makes it loop for ever.
constexpr std::uint64_t search_allowance = std::uint64_t{2} << 30;
constexpr std::uint64_t search_factor = 64;

struct InputFile {
  explicit InputFile(OpenFile opened) : file(std::move(opened)) {}

  OpenFile file;
  std::optional<FileIndex> index;  // where it can be read again
};

// A stretch that is being skipped; offsets into the input.
struct Gap {
  std::uint64_t begin;
  std::optional<std::uint64_t> frame_end;  // where the damaged document says that it ends
  std::string reason;
};

std::string damage_hint(std::uint64_t offset) {
  return offset == 0 ? "this does not look like a saved oplog: name mongodump's oplog.bson, or the "
                       "local/oplog.rs.bson of a dump (archives made with --archive can't be read)"
                     : "leave it out with --skip-damaged, or try another copy of the file; all "
                       "entries before it were read";
}

}  // namespace

class BsonStream::State {
 public:
  State(std::vector<std::string> paths, BsonStreamOptions options)
      : paths_(std::move(paths)),
        options_(std::move(options)),
        blocks_(options_.block_bytes),
        spill_(options_.spill_bytes) {}

  Result<std::optional<oplog::Batch>> next();
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime optime);

 private:
  bool stopped() const { return options_.stop && options_.stop->load(std::memory_order_relaxed); }
  bson::Bytes unread() const { return {block_->bytes.get() + begin_, end_ - begin_}; }
  std::uint64_t offset() const { return base_ + begin_; }

  Status open_next();
  Status detect();
  void close_input();
  Status fill();
  void make_room();

  void take_entries(oplog::Batch& batch);
  void take(const EntryScan& scan, oplog::Batch& batch);
  void move_watermark(oplog::OpTime optime, bool unwound);
  Status remember(const EntryScan& scan);
  oplog::Batch deliver(oplog::Batch batch);

  void meet_damage(const EntryScan& scan);
  void meet_end();
  bool search();
  bool search_at_frame_end();
  void end_gap();

  std::vector<std::string> paths_;
  BsonStreamOptions options_;
  BlockPool blocks_;
  std::size_t next_path_ = 0;

  std::mutex files_mutex_;
  std::deque<std::shared_ptr<InputFile>> files_;
  PartSpill spill_;
  bool spill_works_ = true;

  std::unique_ptr<ByteInput> input_;
  std::shared_ptr<InputFile> file_;
  bool detected_ = false;   // whether it is compressed, or JSON
  bool converted_ = false;  // from JSON
  bool at_end_ = false;     // of the input
  bool past_last_ = false;  // in this file
  bool followed_ = false;
  bool told_idle_ = false;
  bool stepped_over_ = false;  // entries, of which nothing was said

  std::shared_ptr<Block> block_;  // batches share it
  bool shared_ = false;           // with a batch
  std::size_t begin_ = 0;         // of what is not yet taken, in the block
  std::size_t end_ = 0;           // of what was read
  std::size_t needed_ = 0;        // bytes from begin_ on, to get any further
  std::uint64_t base_ = 0;        // the block's begin in the input

  std::optional<Gap> gap_;
  std::uint64_t searched_ = 0;
  std::uint64_t consumed_ = 0;
  std::optional<oplog::OpTime> watermark_;
  std::optional<oplog::OpTime> unwinding_;  // the entry that the last operation was unwound from
  std::optional<Error> failure_;
};

Status BsonStream::State::open_next() {
  const std::string& path = paths_[next_path_++];
  auto opened = open_file(path);
  if (!opened) return fail(std::move(opened.error()));
  file_ = std::make_shared<InputFile>(std::move(*opened));
  followed_ = options_.follow && next_path_ == paths_.size() && file_->file.regular && path != "-";
  input_ =
      followed_ ? follow_file(file_->file, options_.stop) : read_file(file_->file, options_.stop);
  if (options_.bytes_read != nullptr) input_ = counted(std::move(input_), *options_.bytes_read);
  detected_ = at_end_ = past_last_ = false;
  begin_ = end_ = needed_ = 0;
  block_.reset();
  return {};
}

// Looks at the first bytes, for which it may wait.
Status BsonStream::State::detect() {
  auto detected = decompress_if_needed(std::move(input_), file_->file.name);
  if (!detected) return fail(std::move(detected.error()));
  auto entries =
      convert_if_json(std::move(detected->input),
                      {file_->file.name, options_.skip_damaged, options_.reporter, options_.stop});
  if (!entries) return fail(std::move(entries.error()));
  input_ = std::move(entries->input);
  detected_ = true;
  converted_ = entries->converted;
  const bool readable_again = file_->file.regular && !detected->compressed && !converted_;
  base_ = readable_again ? file_->file.begin : 0;
  if (!readable_again) return {};
  file_->index.emplace(file_->file);
  const std::lock_guard lock(files_mutex_);
  files_.push_back(file_);
  if (files_.size() > max_open_files) files_.pop_front();
  return {};
}

void BsonStream::State::close_input() {
  input_.reset();
  file_.reset();
  gap_.reset();
}

Result<std::optional<oplog::Batch>> BsonStream::State::next() {
  while (true) {
    if (stopped()) return std::nullopt;
    if (failure_) return fail(*failure_);
    if (!input_) {
      if (next_path_ == paths_.size()) return std::nullopt;
      if (auto opened = open_next(); !opened) failure_ = opened.error();
      continue;
    }
    oplog::Batch batch;
    if (!detected_ && (told_idle_ || input_->ready())) {
      if (auto detected = detect(); !detected) failure_ = detected.error();
      continue;
    }
    if (block_) take_entries(batch);
    // What was stepped over moves the watermark.
    if (!batch.entries.empty() || std::exchange(stepped_over_, false)) {
      return deliver(std::move(batch));
    }
    if (failure_) continue;
    if (past_last_ || (at_end_ && begin_ == end_)) {
      close_input();
    } else if (!told_idle_ && !input_->ready()) {
      return deliver(std::move(batch));
    } else if (auto filled = fill(); !filled && !stopped()) {
      failure_ = filled.error();
    }
  }
}

oplog::Batch BsonStream::State::deliver(oplog::Batch batch) {
  if (!batch.entries.empty()) {
    batch.bytes = block_;
    batch.origin = oplog::Origin{file_->file.name, block_->bytes.get(),
                                 converted_ ? std::nullopt : std::optional(base_)};
    shared_ = true;
  }
  told_idle_ = !input_->ready();
  // A pipe that falls idle is not at its end.
  batch.caught_up = followed_ && told_idle_;
  batch.watermark = watermark_;
  return batch;
}

// Reads once, and on while there is room and nothing to wait for.
Status BsonStream::State::fill() {
  make_room();
  const std::size_t before = end_;
  do {
    const auto got = input_->read({block_->bytes.get() + end_, block_->capacity - end_});
    // What was read is handed out first; the error comes again.
    if (!got && end_ > before) return {};
    if (!got) return fail(got.error());
    at_end_ = *got == 0;
    end_ += *got;
    consumed_ += *got;
  } while (!at_end_ && end_ < block_->capacity && !stopped() && input_->ready());
  return {};
}

void BsonStream::State::make_room() {
  const std::size_t unread_bytes = end_ - begin_;
  const std::size_t needed = std::max(needed_, unread_bytes + 1);
  if (block_ && end_ < block_->capacity && block_->capacity - begin_ >= needed) return;
  const std::size_t capacity = std::max(options_.block_bytes, needed);
  if (!block_ || shared_ || block_->capacity < capacity) {
    auto block = blocks_.take(capacity);
    if (unread_bytes > 0) std::memcpy(block->bytes.get(), unread().data(), unread_bytes);
    block_ = std::move(block);
    shared_ = false;
  } else if (unread_bytes > 0) {
    std::memmove(block_->bytes.get(), unread().data(), unread_bytes);
  }
  base_ += begin_;
  begin_ = 0;
  end_ = unread_bytes;
}

// Takes all that is whole; stops at damage, at the window's end, and where bytes are missing.
void BsonStream::State::take_entries(oplog::Batch& batch) {
  needed_ = 0;
  while (!past_last_ && !failure_) {
    if (gap_ && !search()) return;
    if (begin_ == end_) return;
    const EntryScan scan = scan_entry(unread(), options_.skipped);
    switch (scan.found) {
      case EntryScan::Found::entry:
        take(scan, batch);
        break;
      case EntryScan::Found::damaged:
        meet_damage(scan);
        break;
      case EntryScan::Found::more:
        needed_ = scan.size;
        if (!at_end_) return;
        meet_end();
        break;
    }
  }
}

void BsonStream::State::take(const EntryScan& scan, oplog::Batch& batch) {
  if (options_.last && scan.ts > *options_.last) {
    past_last_ = true;
    return;
  }
  if (auto kept = remember(scan); !kept && std::exchange(spill_works_, false)) {
    if (options_.reporter != nullptr) {
      options_.reporter->warning(kept.error().what + "; transactions may be shown as incomplete");
    }
  }
  move_watermark({scan.ts, scan.term}, scan.unwound);
  if (!options_.since || scan.ts >= *options_.since) {
    if (scan.skipped) {
      stepped_over_ = true;
    } else {
      batch.entries.push_back(scan.document);
    }
  }
  begin_ += scan.document.size();
}

// After an operation that was unwound others of the same entry may come.
void BsonStream::State::move_watermark(oplog::OpTime optime, bool unwound) {
  if (!unwound) {
    watermark_ = optime;
  } else if (unwinding_ && *unwinding_ != optime) {
    watermark_ = unwinding_;
  }
  unwinding_ = unwound ? std::optional(optime) : std::nullopt;
}

// So that find_entry() finds it.
Status BsonStream::State::remember(const EntryScan& scan) {
  if (file_->index) {
    file_->index->note(scan.ts, offset(), scan.document.size());
    return {};
  }
  if (scan.op != "c" || !spill_works_) return {};
  const auto entry = oplog::Entry::parse(scan.document);
  if (!entry || !oplog::is_open_part(oplog::classify(*entry))) return {};
  return spill_.add(entry->optime, scan.document);
}

void BsonStream::State::meet_damage(const EntryScan& scan) {
  std::string what = fmt::format("{}: the entry at byte {} is damaged: {}", file_->file.name,
                                 offset(), scan.reason);
  if (scan.offset > 0) what += fmt::format(" (at byte {})", offset() + scan.offset);
  if (!options_.skip_damaged) {
    failure_ = Error{Cause::damaged, std::move(what), damage_hint(offset())};
    return;
  }
  gap_ = Gap{offset(), std::nullopt, std::move(what)};
  // A length that damage or a stray byte made can lead to another entry's begin by chance.
  if (scan.size > 0 && may_start_entry(unread())) gap_->frame_end = offset() + scan.size;
}

void BsonStream::State::meet_end() {
  std::string what =
      fmt::format("{} ends in the middle of the entry at byte {}: {} of its {} bytes are there",
                  file_->file.name, offset(), end_ - begin_, needed_);
  if (!options_.skip_damaged) {
    failure_ = Error{Cause::damaged, std::move(what),
                     offset() == 0 ? damage_hint(0)
                                   : "copy the file again: it was probably cut short while it was "
                                     "written or copied; all entries before that were read"};
    return;
  }
  gap_ = Gap{offset(), std::nullopt, std::move(what)};
}

// Looks for the next intact entry; true if the gap is over.
bool BsonStream::State::search() {
  if (gap_->frame_end && search_at_frame_end()) return !gap_;
  // The damaged entry itself starts at the gap's begin.
  if (offset() == gap_->begin && begin_ < end_) ++begin_;
  for (; begin_ < end_; ++begin_) {
    if (unread().size() < entry_start_bytes && !at_end_) break;
    if (!may_start_entry(unread())) continue;
    const EntryScan scan = scan_entry(unread());
    if (scan.found == EntryScan::Found::entry) {
      end_gap();
      return true;
    }
    needed_ = scan.size;
    if (scan.found == EntryScan::Found::more && !at_end_) return false;
    searched_ += scan.examined;
    if (searched_ > search_allowance + search_factor * consumed_) {
      failure_ = Error{Cause::damaged, gap_->reason,
                       "copy the file again; there is too much damage to continue"};
      return false;
    }
  }
  needed_ = entry_start_bytes;
  if (!at_end_) return false;
  end_gap();
  return true;
}

// Most damage is inside of a document: what follows it is then intact. True if that is so, or
// where too little has been read to tell.
bool BsonStream::State::search_at_frame_end() {
  const auto at = static_cast<std::size_t>(*gap_->frame_end - base_);
  const EntryScan scan = scan_entry({block_->bytes.get() + at, end_ - at});
  const bool file_ends = at == end_ && at_end_;
  if (scan.found == EntryScan::Found::entry || file_ends) {
    begin_ = at;
    end_gap();
    return true;
  }
  if (scan.found == EntryScan::Found::more && !at_end_) {
    needed_ = at - begin_ + scan.size;
    return true;
  }
  gap_->frame_end.reset();
  return false;
}

void BsonStream::State::end_gap() {
  if (options_.reporter != nullptr) {
    options_.reporter->warning(
        fmt::format("{}; {} bytes were skipped", gap_->reason, offset() - gap_->begin));
  }
  gap_.reset();
  needed_ = 0;
}

Result<std::optional<bson::OwnedDocument>> BsonStream::State::find_entry(oplog::OpTime optime) {
  std::deque<std::shared_ptr<InputFile>> files;
  {
    const std::lock_guard lock(files_mutex_);
    files = files_;
  }
  std::reverse(files.begin(), files.end());
  for (const auto& file : files) {
    auto found = file->index->find(optime);
    if (!found || *found) return found;
  }
  return spill_.find(optime);
}

BsonStream::BsonStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
BsonStream::~BsonStream() = default;

Result<std::unique_ptr<BsonStream>> BsonStream::open(std::vector<std::string> paths,
                                                     BsonStreamOptions options) {
  for (const std::string& path : paths) {
    if (auto readable = check_readable(path); !readable) return fail(readable.error());
  }
  return std::unique_ptr<BsonStream>(
      new BsonStream(std::make_unique<State>(std::move(paths), std::move(options))));
}

Result<std::optional<oplog::Batch>> BsonStream::next() {
  return state_->next();
}

Result<std::optional<bson::OwnedDocument>> BsonStream::find_entry(oplog::OpTime optime) {
  return state_->find_entry(optime);
}

}  // namespace mongotail::source
