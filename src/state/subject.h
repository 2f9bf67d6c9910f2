#pragma once

#include <string>

#include "bson/builder.h"
#include "match/id_match.h"
#include "oplog/entry.h"
#include "state/history.h"

namespace mongotail::state {

/// The one document that is followed, and what operations mean to it.
class Subject {
 public:
  /// `id`: as match::parse_id() makes it.
  Subject(std::string ns, bson::Document id) : ns_(std::move(ns)), id_(id), match_(id) {}

  /// Of an operation as it comes from the unwinding of transactions.
  Event event_of(const oplog::Entry& operation) const;

  const std::string& ns() const { return ns_; }
  /// The `_id`, as the first field.
  bson::Document id() const { return id_.view(); }

 private:
  Event command_event(const oplog::Entry& command) const;

  std::string ns_;
  bson::OwnedDocument id_;
  match::IdMatch match_;
};

}  // namespace mongotail::state
