#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/connection_config.h"
#include "base/result.h"
#include "cli/cluster_flags.h"
#include "cli/invocation.h"
#include "cli/time_spec.h"
#include "match/selection.h"
#include "output/format.h"
#include "output/summary.h"
#include "resume/cursor.h"

namespace mongotail::cli {

/// What a run is to do: flags, environment and terminals brought together, every value checked.
struct Config : ClusterFlags {
  /// `uri` has a scheme and a host; its options are not yet checked. Any --tls… flag sets `tls`.
  ConnectionConfig connection;
  /// Of a stream of several servers, those after the first.
  std::vector<ConnectionConfig> more_connections;
  /// Of the servers or files, in their order; empty: their own names.
  std::vector<std::string> labels;
  bool from_migrate = false;
  bool in_order_of_arrival = false;  ///< of several, else by ts
  match::Selection selection;
  std::optional<TimeSpec> since, until;
  /// The number of past operations to print before following; 0 prints none.
  std::optional<std::uint64_t> lines;
  /// Stop after this many; 0 prints nothing at all.
  std::optional<std::uint64_t> limit;
  std::size_t jobs = 2;  ///< how many cursors may read the past at once, on each member
  bool follow = true;
  output::FormatOptions format;
  bool raw = false;
  /// Count operations instead of printing them; lines of JSON where -o json was typed, else a
  /// table.
  bool summary = false;
  bool summary_as_json = false;
  output::SummaryOptions summary_options;
  /// The state of one document with each of its operations.
  struct State {
    match::Selection subject;         ///< the document alone, whatever happens to it
    std::string ns;                   ///< its namespace, literally
    std::optional<std::string> base;  ///< a file with the document as it is after all --file
  };
  std::optional<State> state;
  bool live_summary = false;  ///< stdout is a terminal that can redraw a table
  ReadConcern read_concern = ReadConcern::majority;
  bool allow_gap = false;
  bool verbose = false, quiet = false;
  bool status_line = false;  ///< stderr is a terminal that can redraw a line

  std::optional<std::string> known_users;  ///< a file

  std::optional<std::string> cursor_file;
  std::optional<resume::Cursor> after_cursor;
  bool show_cursor = false;
  std::vector<std::string> files;
  bool merge_files = false;
  /// The same as after_cursor of several sources.
  resume::Cursors after_cursors;

  /// Whether what is printed comes from several sources, or is named like that.
  bool is_merged() const { return sharded || merge_files || !more_connections.empty(); }
  bool skip_damaged = false;

  /// Another mongotail's `serve` to read from, in place of `connection`, whose TLS flags hold for
  /// it.
  std::optional<Address> connect;
  std::optional<std::string> token_file;
};

/// What the process finds around itself.
struct Environment {
  bool stdout_is_terminal = false;
  bool stderr_is_terminal = false;
  bool has_terminal = false;  ///< there is a /dev/tty to ask for a password on
  bool utf8 = true;           ///< the locale's character set is UTF-8
  int terminal_width = 0;     ///< columns of stdout's terminal; 0: not known
  std::int64_t now = 0;       ///< Unix seconds
  /// Variables; unset ones and empty ones are empty.
  std::string mongotail_uri, no_color, term, columns, colors;

  /// Of this process.
  static Environment of_process();
};

/// Step two: from what was typed to what is done. Reads nothing but its arguments and TZ.
/// Errors have Cause::usage; those of the --config file begin with its name.
Result<Config> resolve(const Invocation& invocation, const Environment& environment);

}  // namespace mongotail::cli
