#include "base/exit_code.h"

namespace mongotail {

ExitCode exit_code_for(Cause cause) {
  switch (cause) {
    case Cause::usage:
      return ExitCode::usage;
    case Cause::output_closed:
      return ExitCode::success;
    case Cause::history_lost:
      return ExitCode::history_lost;
    case Cause::input:
    case Cause::damaged:
    case Cause::output:
    case Cause::unreachable:
    case Cause::authentication:
    case Cause::unauthorized:
    case Cause::no_oplog:
    case Cause::connection:
    case Cause::rolled_back:
    case Cause::no_majority:
    case Cause::overtaken:
    case Cause::too_costly:
    case Cause::server:
    case Cause::internal:
      return ExitCode::failure;
  }
  return ExitCode::failure;
}

}  // namespace mongotail
