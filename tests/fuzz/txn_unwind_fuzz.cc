// Oplogs of any content: keeping the parts of transactions and reading them again give the same
// operations, numbered from 0 and with only the last one marked as such. Where damage is skipped
// the same operations come, with the same numbers, and more: what was left out is counted.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fuzz.h"
#include "oplog/txn_unwind.h"

namespace mongotail {
namespace {

/// What has been fed so far.
class Fed : public oplog::EntryLookup {
 public:
  Result<std::optional<bson::OwnedDocument>> find_entry(oplog::OpTime optime) override {
    const auto found = entries.find(optime);
    if (found == entries.end()) return std::nullopt;
    return bson::OwnedDocument(found->second);
  }

  std::map<oplog::OpTime, bson::Document> entries;
};

struct Unwound {
  std::vector<std::string> operations;
  std::vector<std::size_t> begins;  // of each entry's
  bool failed = false;
};

std::string text_of(const oplog::Operation& operation) {
  const auto bytes = operation.entry.document.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void unwind_entry(oplog::TxnUnwind& unwind, const oplog::Entry& entry, Unwound& out) {
  out.begins.push_back(out.operations.size());
  if (!unwind.feed(entry)) {
    out.failed = true;
    return;
  }
  oplog::Operation operation;
  bool was_last = false;
  for (std::int64_t next_index = 0;; ++next_index) {
    const auto more = unwind.next(operation);
    out.failed = out.failed || !more;
    if (!more || !*more) break;
    fuzz::check(!was_last, "nothing follows the last operation");
    was_last = operation.last;
    const bool plain = operation.index == oplog::Operation::no_index;
    const std::int64_t gap = plain ? 0 : operation.index - next_index;
    fuzz::check(gap >= 0 && gap <= unwind.left_out().operations,
                "operations are numbered without a gap but for what was left out");
    next_index += gap;
    fuzz::check(operation.optime == entry.optime, "an operation has its entry's optime");
    fuzz::check(!bson::validate(operation.entry.document), "an operation is intact BSON");
    out.operations.push_back(text_of(operation));
  }
}

// As a source would hand them out: intact, in order, each optime once.
std::vector<oplog::Entry> entries_of(bson::Bytes bytes) {
  std::vector<oplog::Entry> entries;
  fuzz::each_document(bytes, [&](bson::Document document) {
    if (bson::validate(document)) return;
    const auto entry = oplog::Entry::parse(document);
    if (!entry || (!entries.empty() && entry->optime.ts <= entries.back().optime.ts)) return;
    entries.push_back(*entry);
  });
  return entries;
}

Unwound unwind_all(const std::vector<oplog::Entry>& entries, std::size_t kept_bytes,
                   oplog::OnDamage on_damage = oplog::OnDamage::stop) {
  Fed fed;
  oplog::TxnUnwind unwind(fed, kept_bytes, on_damage);
  Unwound out;
  for (const oplog::Entry& entry : entries) {
    unwind_entry(unwind, entry, out);
    fed.entries.insert_or_assign(entry.optime, entry.document);
    fuzz::check(unwind.kept_bytes() <= kept_bytes, "no more is kept than allowed");
  }
  out.begins.push_back(out.operations.size());
  return out;
}

// Entry by entry those of `some` come first in `all`.
bool begins_alike(const Unwound& some, const Unwound& all) {
  for (std::size_t entry = 0; entry + 1 < some.begins.size(); ++entry) {
    const std::size_t count = some.begins[entry + 1] - some.begins[entry];
    if (all.begins[entry + 1] - all.begins[entry] < count) return false;
    const auto begin = some.operations.begin() + static_cast<std::ptrdiff_t>(some.begins[entry]);
    const auto other = all.operations.begin() + static_cast<std::ptrdiff_t>(all.begins[entry]);
    if (!std::equal(begin, begin + static_cast<std::ptrdiff_t>(count), other)) return false;
  }
  return true;
}

}  // namespace
}  // namespace mongotail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mongotail;
  const auto entries = entries_of({data, size});
  const Unwound kept = unwind_all(entries, oplog::TxnUnwind::default_kept_bytes);
  const Unwound read_again = unwind_all(entries, 0);
  fuzz::check(kept.failed == read_again.failed, "both ways fail alike");
  fuzz::check(kept.operations == read_again.operations, "both ways give the same operations");
  const Unwound skipping =
      unwind_all(entries, oplog::TxnUnwind::default_kept_bytes, oplog::OnDamage::skip);
  const Unwound skipping_again = unwind_all(entries, 0, oplog::OnDamage::skip);
  fuzz::check(skipping.operations == skipping_again.operations, "also where damage is skipped");
  fuzz::check(begins_alike(kept, skipping), "skipping damage loses nothing");
  fuzz::check(kept.failed || kept.operations == skipping.operations, "and adds nothing without it");
  return 0;
}
