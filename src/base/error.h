#pragma once

#include <string>

namespace mongotail {

/// Why something failed. Decisions (exit status, retry) are made from this, never from a text.
enum class Cause {
  usage,           ///< a flag or a value on the command line
  input,           ///< a file that is missing or can't be read
  damaged,         ///< bytes that are not what they should be: BSON, a cursor file
  output,          ///< stdout can't take what is written
  output_closed,   ///< the reader of stdout went away
  unreachable,     ///< no server could be selected
  authentication,  ///< the server refused the credentials
  unauthorized,    ///< the user lacks a privilege
  no_oplog,        ///< the server has no oplog that moves: standalone, arbiter, mongos
  connection,      ///< the connection broke, or the server asked to try again
  overtaken,       ///< the oplog was cut off at the place where a read stood
  history_lost,    ///< the start point, or entries since, are no longer in the oplog
  rolled_back,     ///< the entry to resume from was rolled back
  no_majority,     ///< the server can't read what a majority holds: that is turned off
  too_costly,      ///< a query takes too much time on one entry
  server,          ///< the server answered with another error
  internal,        ///< a mistake in mongotail itself
};

/// What happened, and what to try. Both are lower-case sentences without a full stop at the end;
/// `hint` may be empty. Neither holds a password. They may hold text from a server or a document:
/// print them through base/safe_text.
struct Error {
  Cause cause = Cause::internal;
  std::string what;
  std::string hint;
};

}  // namespace mongotail
