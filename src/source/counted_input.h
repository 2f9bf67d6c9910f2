#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "source/byte_input.h"

namespace mongotail::source {

/// What `input` reads, with each read added to `count`, which must outlive it.
std::unique_ptr<ByteInput> counted(std::unique_ptr<ByteInput> input,
                                   std::atomic<std::uint64_t>& count);

/// How many bytes there are to read in all of them, as they are stored; `-` is standard input.
/// nullopt if that is not known, as of a pipe.
std::optional<std::uint64_t> bytes_in(const std::vector<std::string>& paths);

}  // namespace mongotail::source
