#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mongotail::source {

/// Bytes that come one after another. Not thread-safe.
class ByteInput {
 public:
  virtual ~ByteInput() = default;

  /// Waits for at least one byte and reads up to as many as fit; 0 at the end, and where the stop
  /// flag was set while waiting. Cause::input: the system can't read it; Cause::damaged: a
  /// compressed form is broken. A caller that reads on after an error gets it again.
  virtual Result<std::size_t> read(std::span<std::uint8_t> into) = 0;
  /// Whether read() would not wait.
  virtual bool ready() = 0;
};

/// A file or a pipe that is open for reading.
struct OpenFile {
  UniqueFd fd;
  std::string name;      ///< for messages
  bool regular = false;  ///< can be read again, anywhere
  std::uint64_t begin =
      0;  ///< where reading starts, in bytes (stdin may be in the middle of a file)
};

/// `-` is standard input. Cause::input where it can't be opened or is a directory. Does not wait
/// for a named pipe's writer: reading does.
Result<OpenFile> open_file(const std::string& path);

/// Whether open_file() would probably succeed. Opens nothing: a pipe's writer would notice.
Status check_readable(const std::string& path);

/// Reads `file`, which must outlive it; at most 100 ms pass before a stop flag that was set is
/// noticed. `stop` may be null.
std::unique_ptr<ByteInput> read_file(const OpenFile& file, const std::atomic<bool>* stop);

/// As read_file(), but at the end of a regular file it waits for the file to grow: read() answers 0
/// only where the stop flag was set. Cause::input once the file has become shorter than what was
/// read of it, has gone, or another file has its name (`file.name` must be its path).
std::unique_ptr<ByteInput> follow_file(const OpenFile& file, const std::atomic<bool>* stop);

/// The first bytes of an input, and an input that hands out them too.
struct LookedAt {
  std::vector<std::uint8_t> first;
  std::unique_ptr<ByteInput> input;
};

/// Reads `size` bytes, fewer where the input ends before. As ByteInput::read().
Result<LookedAt> look_at_first(std::unique_ptr<ByteInput> input, std::size_t size);

/// An input whose first bytes have been looked at.
struct Detected {
  std::unique_ptr<ByteInput> input;
  bool compressed = false;
};

/// Decompresses on the fly what starts as gzip does; anything else comes through unchanged.
Result<Detected> decompress_if_needed(std::unique_ptr<ByteInput> input, std::string name);

}  // namespace mongotail::source
