#include "cli/help.h"

#include <fmt/format.h>

namespace mongotail::cli {

namespace {

constexpr std::string_view tail_help = R"(Usage: mongotail [OPTIONS] [URI]
       mongotail serve [OPTIONS] [URI]    see mongotail serve --help
Follow the oplog of a MongoDB replica set: every insert, update, delete and
command as it happens. URI: mongodb://..., mongodb+srv://... or host[:port];
default $MONGOTAIL_URI, then mongodb://localhost:27017.

Connection
  --uri URI, --host HOST, --port PORT   the server, in place of the argument
  -u, --username NAME   -p, --password [PASSWORD]   -p alone asks for it
  --authenticationDatabase DB   --authenticationMechanism MECHANISM
  --tls   --tlsCAFile FILE   --tlsAllowInvalidCertificates
  --tlsCertificateKeyFile FILE   --tlsCertificateKeyFilePassword PASSWORD
  --tlsAllowInvalidHostnames
  --config FILE          options from a file, as name = "value" lines

What is selected (all of it must hold)
  --ns PATTERN           only db.coll, db.*, db; * and ? match; repeatable
  --ns-exclude PATTERN   but not these; repeatable
  -d, --db DB   -c, --collection COLL   these names, taken literally
  --op LIST              i,u,d,c,n (insert, update, delete, command, noop)
  --id VALUE             only the document with this _id
  --changed PATH[=VALUE] only what changes this field (to VALUE); repeatable
  -q, --query JSON       only what an MQL query on the entry finds
  -S, --since TIME       from TIME on (default: now)
  -U, --until TIME       up to before TIME, then exit
  -n, --lines N          the last N operations first
  --internal             also config.* and admin.system.*
  TIME: now, oldest, 5m (s m h d w ago), 2026-11-23 01:03, today, yesterday,
        2026-11-23T01:03:15Z, Unix seconds, SECS:ORD, Timestamp(SECS, ORD)

Saved oplogs, or another mongotail
  --file PATH...         read what mongodump saved, gzip or not; - is stdin
  --skip-damaged         go on after damage at the next entry that is whole
  --connect ADDR   --token-file FILE   from a mongotail serve, and its token

How long
  -f, --follow           wait for new entries (default); --no-follow: don't
  --limit N              stop after N operations

Output
  -o, --output FORMAT    json, pretty, short or bson (default: pretty on a
                         terminal, else json)
  --jsonFormat MODE      relaxed (default) or canonical Extended JSON
  --format TEMPLATE      such as '{ts} {op} {ns} {id} {o.status}'
  --raw                  entries as stored; transactions are not unwrapped
  --summary              at the end, a table of counts and bytes by namespace
  --color WHEN           auto, always or never;   --utc   times in UTC
  -v, --verbose   --quiet   -V, --version   -h, --help

Resume
  --cursor-file FILE     go on where FILE says, and keep it up to date
  --after-cursor CURSOR  start right after CURSOR: SECS:ORD[@TERM][#INDEX]
  --show-cursor          print the cursor on stderr at the end
  --read-concern LEVEL   majority (default), or local: sooner, may roll back
  --allow-gap            go on where the start point is no longer in the oplog

Examples
  mongotail --ns shop.orders --op i,u mongodb://db1,db2/?replicaSet=rs0
  mongotail --since -1h --no-follow -o json | jq .o
  mongotail --ns shop --id 6b03e7870a4b4654683d4b39 --format '{time} {op} {o}'
)";

constexpr std::string_view serve_help = R"(Usage: mongotail serve [OPTIONS] [URI]
Read the oplog once and hand it to any number of subscribers, over HTTP: curl,
a browser's EventSource, or mongotail itself, which can connect to it. They get
http://127.0.0.1:9994/tail?ns=shop.orders&op=i and the like; parameters are
named as mongotail's flags. See also man mongotail-serve.

Listener
  --listen ADDR          host:port or unix:PATH; repeatable (default: what
                         systemd hands over, else 127.0.0.1:9994)
  --token-file FILE      subscribers must send what stands in it
  --listen-tlsCertificateKeyFile FILE   certificate and key for https
  --allow-host NAME      also answer to that name; repeatable
  --allow-origin ORIGIN  let pages of that origin subscribe; repeatable
  --socket-mode MODE     of a unix socket (default: 0600)
  --ring-size SIZE       memory for the newest operations (default: 64MiB)
  --drop-after SECONDS   end who is behind and gets no nearer (default: 30)
  --max-subscribers N    so many at once (default: 16384)

The MongoDB server
  --uri URI, --host HOST, --port PORT   the server, in place of the argument
  -u, --username NAME   -p, --password [PASSWORD]   -p alone asks for it
  --authenticationDatabase DB   --authenticationMechanism MECHANISM
  --tls   --tlsCAFile FILE   --tlsAllowInvalidCertificates
  --tlsCertificateKeyFile FILE   --tlsCertificateKeyFilePassword PASSWORD
  --tlsAllowInvalidHostnames
  --config FILE          options from a file, as name = "value" lines

What subscribers can get at most
  --ns PATTERN           only db.coll, db.*, db; * and ? match; repeatable
  --ns-exclude PATTERN   but not these; repeatable
  -d, --db DB   -c, --collection COLL   these names, taken literally
  --op LIST              i,u,d,c,n (insert, update, delete, command, noop)
  --id VALUE             only the document with this _id
  --changed PATH[=VALUE] only what changes this field (to VALUE); repeatable
  -q, --query JSON       only what an MQL query on the entry finds
  --internal             also config.* and admin.system.*

  -v, --verbose   --quiet   -V, --version   -h, --help

Examples
  mongotail serve --listen unix:/run/mongotail.sock mongodb://db1,db2,db3
  mongotail serve --allow-origin https://shop.example mongodb://db1
  mongotail serve --listen :9000 --ns 'shop.*' mongodb://db1
)";

}  // namespace

std::string_view help_text(Invocation::Command command) {
  return command == Invocation::Command::serve ? serve_help : tail_help;
}

Error pointing_to_help(Error error, Invocation::Command command) {
  // A --config file's mistakes are damage.
  const bool of_flags = error.cause == Cause::usage;
  if (!of_flags || !error.hint.empty()) return error;
  error.hint =
      command == Invocation::Command::serve ? "see mongotail serve --help" : "see mongotail --help";
  return error;
}

std::string version_text(std::string_view driver_version) {
  return fmt::format("mongotail {}\nlibmongoc {}\n", MONGOTAIL_VERSION, driver_version);
}

}  // namespace mongotail::cli
