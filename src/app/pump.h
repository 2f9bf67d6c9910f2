#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "app/read_ahead.h"
#include "base/reporter.h"
#include "match/predicate.h"
#include "oplog/txn_unwind.h"
#include "output/byte_sink.h"
#include "output/format.h"

namespace mongotail::app {

/// From batches of entries to bytes on stdout: unwind, match, format, write.
class Pump {
 public:
  struct Options {
    bool raw = false;                    ///< entries as stored
    std::uint64_t skip = 0;              ///< matches that are not printed, before all others
    std::optional<std::uint64_t> limit;  ///< ends after so many were printed
    /// A transaction whose earlier parts are gone is a warning, not the end.
    bool tolerate_lost_parts = false;
  };

  /// All that is referred to must outlive the pump.
  Pump(Options options, const match::Predicate& predicate, oplog::EntryLookup& lookup,
       output::Formatter& formatter, output::ByteSink& sink, Reporter& reporter,
       std::stop_token stop);

  /// Until the input ends, the limit is reached, or a stop is requested; whole lines are written
  /// before it returns. The first failure of the input or of the output ends it too.
  Status run(ReadAhead& input);

 private:
  Status take(const oplog::Batch& batch);
  Status take_entry(bson::Document document);
  Status unwind(const oplog::Entry& entry);
  Status emit(const oplog::Operation& operation);
  Status tolerate(const Error& error);
  Status flush();
  bool done() const { return options_.limit && printed_ >= *options_.limit; }

  Options options_;
  const match::Predicate& predicate_;
  oplog::TxnUnwind unwind_;
  output::Formatter& formatter_;
  output::ByteSink& sink_;
  Reporter& reporter_;
  std::stop_token stop_;
  std::string buffer_;
  std::uint64_t printed_ = 0;
};

}  // namespace mongotail::app
