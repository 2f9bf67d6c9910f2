#pragma once

namespace mongotail {

/// Processor cores that this process may run on, at least 1.
int usable_cores();

}  // namespace mongotail
