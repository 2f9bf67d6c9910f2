#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/reporter.h"
#include "base/result.h"
#include "source/byte_input.h"

namespace mongotail::source {

struct JsonInputOptions {
  std::string name;              ///< for messages
  bool skip_damaged = false;     ///< skip what is not an entry, and say so
  Reporter* reporter = nullptr;  ///< may be null
  const std::atomic<bool>* stop =
      nullptr;  ///< set by another thread: half a line is not damage. May be null
};

/// Entries as lines of Extended JSON, relaxed or canonical, are read as BSON; what does not start
/// as JSON does comes through unchanged, and then `converted` is false.
///
/// A line that is not an entry is Cause::damaged and names the line. Blank lines are skipped. A
/// line may have 256 MB.
struct JsonDetected {
  std::unique_ptr<ByteInput> input;
  bool converted = false;
};
Result<JsonDetected> convert_if_json(std::unique_ptr<ByteInput> input, JsonInputOptions options);

}  // namespace mongotail::source
