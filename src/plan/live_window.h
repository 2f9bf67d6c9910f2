#pragma once

#include <optional>
#include <vector>

#include "mongo/oplog_info.h"
#include "read/plan.h"
#include "terminal/progress_meter.h"

namespace mongotail::plan {

/// What a read of a live server goes through before it has caught up. `size`: where the server
/// sends nearly all; `sample`: where it sends a part. Without either, progress goes by time.
terminal::ProgressWindow live_window(const read::ReadPlan& plan,
                                     const std::optional<mongo::OplogSize>& size,
                                     const std::vector<mongo::SampledEntry>& sample);

}  // namespace mongotail::plan
