#include "source/part_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "source/entry_scan.h"

namespace mongotail::source {
namespace {

constexpr std::size_t max_marks = 1u << 17;
constexpr std::size_t max_spilled = 250'000;

tl::unexpected<Error> io_failure(const std::string& what) {
  return fail(Cause::input, fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

// Fills `into` from `offset` on; fewer bytes only where the file ends.
Result<std::size_t> read_at(int fd, std::span<std::uint8_t> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failure("can't read an earlier part of a transaction");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Status write_at(int fd, bson::Bytes bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put =
        ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return io_failure("can't keep a part of a transaction in a temporary file");
    done += static_cast<std::size_t>(put);
  }
  return {};
}

bool is_wanted(const EntryScan& entry, oplog::OpTime optime) {
  return entry.ts == optime.ts &&
         (optime.term == oplog::OpTime::no_term || entry.term == optime.term);
}

}  // namespace

void FileIndex::note(bson::Timestamp ts, std::uint64_t offset, std::size_t size) {
  const std::lock_guard lock(mutex_);
  sorted_ = sorted_ && last_ <= ts;
  last_ = ts;
  if (!marks_.empty() && offset < marks_.back().offset + spacing_) {
    marks_.back().end = offset + size;
    return;
  }
  marks_.push_back({ts, offset, offset + size});
  if (marks_.size() > max_marks) thin_out();
}

// Every second mark goes; the one before it answers for its entries.
void FileIndex::thin_out() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < marks_.size(); i += 2) {
    Mark mark = marks_[i];
    if (i + 1 < marks_.size()) mark.end = marks_[i + 1].end;
    marks_[kept++] = mark;
  }
  marks_.resize(kept);
  spacing_ *= 2;
}

std::vector<FileIndex::Mark> FileIndex::places_of(bson::Timestamp ts) const {
  const std::lock_guard lock(mutex_);
  if (!sorted_) return marks_;
  const auto after =
      std::upper_bound(marks_.begin(), marks_.end(), ts,
                       [](bson::Timestamp wanted, const Mark& mark) { return wanted < mark.ts; });
  if (after == marks_.begin()) return {};
  return {*(after - 1)};
}

Result<std::optional<bson::OwnedDocument>> FileIndex::find(oplog::OpTime optime) const {
  for (const Mark& mark : places_of(optime.ts)) {
    auto found = find_at(mark, optime);
    if (!found || *found) return found;
  }
  return std::nullopt;
}

Result<std::optional<bson::OwnedDocument>> FileIndex::find_at(const Mark& mark,
                                                              oplog::OpTime optime) const {
  std::vector<std::uint8_t> bytes(mark.end - mark.offset);
  const auto got = read_at(file_.fd.get(), bytes, mark.offset);
  if (!got) return fail(got.error());
  bytes.resize(*got);
  for (std::size_t at = 0; at < bytes.size();) {
    const bson::Bytes rest = bson::Bytes(bytes).subspan(at);
    const EntryScan scan = may_start_entry(rest) ? scan_entry(rest) : EntryScan();
    if (scan.found != EntryScan::Found::entry) {
      ++at;
    } else if (!is_wanted(scan, optime)) {
      at += scan.document.size();
    } else {
      // The bytes themselves become the document: a part may have 16 MiB.
      bytes.resize(at + scan.document.size());
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
      return bson::OwnedDocument::adopt(std::move(bytes));
    }
  }
  return std::nullopt;
}

Status PartSpill::open() {
  const char* folder = ::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/var/tmp") + "/mongotail-XXXXXX";
  fd_ = UniqueFd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd_) return io_failure("can't make a temporary file for parts of transactions");
  ::unlink(path.c_str());
  return {};
}

Status PartSpill::add(oplog::OpTime optime, bson::Document part) {
  const std::lock_guard lock(mutex_);
  if (part.size() > max_bytes_) return {};
  if (!fd_) {
    if (auto opened = open(); !opened) return opened;
  }
  if (next_ + part.size() > max_bytes_) {
    forget_overwritten(max_bytes_);
    next_ = 0;
  }
  const std::uint64_t end = next_ + part.size();
  forget_overwritten(end);
  if (auto written = write_at(fd_.get(), part.bytes(), next_); !written) return written;
  places_[optime] = {next_, part.size()};
  order_.push_back({next_, end, optime});
  next_ = end;
  return {};
}

// Forgets what lies between the next place to write and `end`, and whatever is too many.
void PartSpill::forget_overwritten(std::uint64_t end) {
  while (!order_.empty() && ((order_.front().offset < end && order_.front().end > next_) ||
                             order_.size() >= max_spilled)) {
    const auto place = places_.find(order_.front().optime);
    if (place != places_.end() && place->second.offset == order_.front().offset) {
      places_.erase(place);
    }
    order_.pop_front();
  }
}

Result<std::optional<bson::OwnedDocument>> PartSpill::find(oplog::OpTime optime) const {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(optime);
  if (place == places_.end()) return std::nullopt;
  std::vector<std::uint8_t> bytes(place->second.size);
  const auto got = read_at(fd_.get(), bytes, place->second.offset);
  if (!got) return fail(got.error());
  return bson::OwnedDocument::adopt(std::move(bytes));
}

}  // namespace mongotail::source
