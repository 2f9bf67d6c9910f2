#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mongotail::cli {

/// Step one: what was typed, and what the --config file adds to it. Values are text as given, none
/// is checked yet. Of a flag given twice the last counts, except for repeatable flags.
struct Invocation {
  enum class Command { tail, serve, info };
  enum class Action { run, help, help_all, version };
  using Text = std::optional<std::string>;
  using Texts = std::vector<std::string>;

  Command command = Command::tail;
  Action action = Action::run;
  Text config_file;
  /// Long names, with dashes, of the flags that come from config_file.
  std::set<std::string> from_config_file;

  Text uri;         ///< the argument or --uri
  Texts more_uris;  ///< the arguments after it
  Texts labels;
  bool sharded = false;
  Text shard_username, shard_password;
  Texts shard_map;
  bool from_migrate = false;
  Text order;
  Text host, port, username;
  Text password;  ///< empty: ask
  Text auth_database, auth_mechanism;
  bool tls = false;
  Text tls_ca_file, tls_certificate_key_file, tls_certificate_key_file_password;
  bool tls_allow_invalid_certificates = false, tls_allow_invalid_hostnames = false;

  Texts ns, ns_exclude;
  Text db, collection;
  Texts ops;
  Text id;
  Texts changed;
  Text query;
  Texts by_user;
  Text known_users;
  Text since, until, lines;
  bool internal = false;

  bool follow = true;
  bool follow_given = false;  ///< -f or --no-follow was typed
  Text limit;

  Text output, json_format, text_template;
  bool with_cursor = false;
  bool raw = false;
  bool state = false;
  Text base;
  bool summary = false;
  Texts summary_by;
  Text sort;
  Text color;
  bool utc = false;
  bool verbose = false, quiet = false;

  Text read_concern;
  Text jobs;
  bool allow_gap = false;
  Text cursor_file, after_cursor;
  bool show_cursor = false;

  bool members = false, deep = false;  ///< of info

  Texts files;
  bool merge = false;
  bool skip_damaged = false;

  Text connect;     ///< of the tail
  Text token_file;  ///< of both commands
  // Of serve:
  Texts listen, allow_host, allow_origin;
  Text listen_tls_certificate_key_file, socket_mode;
  Text ring_size, drop_after, max_subscribers;
};

}  // namespace mongotail::cli
