#include "plan/live_history.h"

#include <utility>

#include "plan/live_run.h"

namespace mongotail::plan {

Result<read::OpenRead> LiveHistory::open(const read::ReadRequest& request,
                                         const match::Predicate& predicate, std::stop_token stop) {
  return LiveRun(request, connection_, reporter_, std::move(stop)).open(predicate);
}

}  // namespace mongotail::plan
