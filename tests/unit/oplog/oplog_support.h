#pragma once

#include <bson/bson.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bson/extended_json.h"
#include "oplog/source.h"
#include "oplog/txn_unwind.h"
#include "testdata.h"

namespace mongotail::oplog {

/// A document from Extended JSON; a test that gets it wrong fails.
inline bson::OwnedDocument doc(std::string_view json) {
  auto parsed = bson::parse_document(json);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().what) << "\n" << json;
  return parsed ? std::move(*parsed) : bson::OwnedDocument();
}

/// As libbson prints it, for messages and comparisons that a person reads.
inline std::string to_json(bson::Document document) {
  bson_t view;
  if (!bson_init_static(&view, document.bytes().data(), document.size())) return "(damaged)";
  char* text = bson_as_relaxed_extended_json(&view, nullptr);
  const std::string json = text != nullptr ? text : "(damaged)";
  bson_free(text);
  return json;
}

inline std::vector<bson::OwnedDocument> read_bson_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  bson::Bytes rest(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  std::vector<bson::OwnedDocument> documents;
  while (!rest.empty()) {
    const auto document = bson::Document::from(rest);
    if (!document) {
      ADD_FAILURE() << path << " is damaged or missing";
      break;
    }
    documents.emplace_back(*document);
    rest = rest.subspan(document->size());
  }
  EXPECT_FALSE(documents.empty()) << path;
  return documents;
}

/// Entries of one of the oplogs in tests/testdata/oplog: "4.2.6", "5.0.4", "6.0.27".
inline std::vector<bson::OwnedDocument> saved_oplog(const std::string& version) {
  return read_bson_file(testdata("oplog/" + version + ".bson"));
}

inline Entry parse_entry(const bson::OwnedDocument& document) {
  auto entry = Entry::parse(document.view());
  EXPECT_TRUE(entry);
  return entry.value_or(Entry{});
}

/// An oplog in memory that counts what it is asked.
class MemoryOplog : public EntryLookup {
 public:
  MemoryOplog() = default;
  explicit MemoryOplog(const std::vector<bson::OwnedDocument>& oplog) {
    for (const auto& entry : oplog) add(entry);
  }

  void add(const bson::OwnedDocument& entry) {
    entries.insert_or_assign(parse_entry(entry).optime, entry);
  }

  Result<std::optional<bson::OwnedDocument>> find_entry(OpTime optime) override {
    ++lookups;
    if (failure) return fail(*failure);
    const auto found = entries.find(optime);
    if (found == entries.end()) return std::nullopt;
    return found->second;
  }

  std::map<OpTime, bson::OwnedDocument> entries;
  std::optional<Error> failure;
  int lookups = 0;
};

/// An Operation whose bytes are its own.
struct SeenOperation {
  bson::OwnedDocument document;
  OpTime optime;
  std::int32_t index = Operation::no_index;
  bool last = true;
  bool transaction = false;

  std::string json() const { return to_json(document.view()); }
};

inline SeenOperation copy_of(const Operation& operation) {
  return {bson::OwnedDocument(operation.entry.document), operation.optime, operation.index,
          operation.last, operation.transaction};
}

/// Feeds one entry and appends its operations; the error that ended it, if any.
inline Status feed_one(TxnUnwind& unwind, const bson::OwnedDocument& entry,
                       std::vector<SeenOperation>& seen) {
  if (auto fed = unwind.feed(parse_entry(entry)); !fed) return fed;
  Operation operation;
  while (true) {
    auto more = unwind.next(operation);
    if (!more) return fail(more.error());
    if (!*more) return {};
    seen.push_back(copy_of(operation));
  }
}

/// All operations of the entries; expects no error.
inline std::vector<SeenOperation> unwind_all(TxnUnwind& unwind,
                                             const std::vector<bson::OwnedDocument>& entries,
                                             std::size_t from = 0) {
  std::vector<SeenOperation> seen;
  for (std::size_t i = from; i < entries.size(); ++i) {
    const Status fed = feed_one(unwind, entries[i], seen);
    EXPECT_TRUE(fed) << (fed ? "" : fed.error().what) << "\n" << to_json(entries[i].view());
  }
  return seen;
}

inline std::vector<std::string> jsons(const std::vector<SeenOperation>& seen) {
  std::vector<std::string> out;
  for (const auto& operation : seen) out.push_back(operation.json());
  return out;
}

}  // namespace mongotail::oplog
