#pragma once

#include <stop_token>
#include <string_view>

#include "base/reporter.h"
#include "mongo/connection.h"
#include "read/history.h"

namespace mongotail::plan {

/// A live server's oplog, for many reads that are nobody's business but their reader's: they show
/// with -v alone.
class LiveHistory final : public read::History {
 public:
  /// Both must outlive the object, and the object what it opens.
  LiveHistory(mongo::Connection& connection, Reporter& reporter)
      : connection_(connection), reporter_(reporter) {}

  Result<read::OpenRead> open(const read::ReadRequest& request, const match::Predicate& predicate,
                              std::stop_token stop) override;

 private:
  class OnlyDetails final : public Reporter {
   public:
    explicit OnlyDetails(Reporter& reporter) : reporter_(reporter) {}
    void detail(std::string_view what) override { reporter_.detail(what); }
    void notice(std::string_view) override {}
    void requested(std::string_view) override {}
    void warning(std::string_view what) override { reporter_.detail(what); }
    void error(const Error& error) override { reporter_.detail(error.what); }

   private:
    Reporter& reporter_;
  };

  mongo::Connection& connection_;
  OnlyDetails reporter_;
};

}  // namespace mongotail::plan
