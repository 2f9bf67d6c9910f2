#pragma once

#include <chrono>

namespace mongotail {

/// Processor time that the calling thread has taken: what else the machine does adds nothing.
std::chrono::nanoseconds thread_time();

}  // namespace mongotail
