#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "oplog/oplog_support.h"
#include "output/format.h"

namespace mongotail::output {

/// An operation with the bytes that it refers to, from the Extended JSON of its document.
class SampleOperation {
 public:
  explicit SampleOperation(std::string_view json) : SampleOperation(oplog::doc(json)) {}
  explicit SampleOperation(bson::OwnedDocument document) : document_(std::move(document)) {
    operation_.entry = oplog::parse_entry(document_);
    operation_.optime = operation_.entry.optime;
  }
  SampleOperation(const SampleOperation&) = delete;
  SampleOperation& operator=(const SampleOperation&) = delete;

  /// Makes it the operation with that index of a transaction.
  SampleOperation& in_transaction(std::int32_t index, bool last) {
    operation_.index = index;
    operation_.last = last;
    operation_.transaction = true;
    return *this;
  }

  const oplog::Operation& get() const { return operation_; }

 private:
  bson::OwnedDocument document_;
  oplog::Operation operation_;
};

/// The operation by itself in one format; what went wrong, where something did.
inline std::string print(const oplog::Operation& operation, const FormatOptions& options,
                         std::string_view shard = {}) {
  auto formatter = Formatter::make(options);
  if (!formatter) return "error: " + formatter.error().what;
  std::string out;
  const Status status = formatter->append(operation, {shard}, out);
  return status ? out : "error: " + status.error().what;
}

inline std::string print(std::string_view json, const FormatOptions& options,
                         std::string_view shard = {}) {
  return print(SampleOperation(json).get(), options, shard);
}

}  // namespace mongotail::output
