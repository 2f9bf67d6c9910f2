#include <array>

#include "cli/completions.h"

namespace mongotail::cli {
namespace {

using Value = FlagHint::Value;

constexpr std::string_view times = "now oldest today yesterday";

constexpr std::array hints{
    FlagHint{"--uri", "the server, in place of the argument", Value::free, "URI"},
    FlagHint{"--host", "name or address of the server", Value::free, "HOST"},
    FlagHint{"--port", "port of the server", Value::free, "PORT"},
    FlagHint{"--username", "user to log in as", Value::free, "NAME"},
    FlagHint{"--password", "password; asked for where it is left out", Value::optional, "PASSWORD"},
    FlagHint{"--authenticationDatabase", "database that knows the user", Value::free, "DB"},
    FlagHint{"--authenticationMechanism", "how to log in", Value::word, "MECHANISM",
             "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN MONGODB-X509 GSSAPI MONGODB-AWS MONGODB-OIDC"},
    FlagHint{"--tls", "use TLS"},
    FlagHint{"--tlsCAFile", "certificates to trust", Value::file, "FILE"},
    FlagHint{"--tlsCertificateKeyFile", "own certificate and key", Value::file, "FILE"},
    FlagHint{"--tlsCertificateKeyFilePassword", "password of the key", Value::free, "PASSWORD"},
    FlagHint{"--tlsAllowInvalidCertificates", "trust any certificate"},
    FlagHint{"--tlsAllowInvalidHostnames", "trust a certificate for another host"},
    FlagHint{"--config", "options from a file", Value::file, "FILE"},
    FlagHint{"--ns", "only these namespaces", Value::free, "PATTERN"},
    FlagHint{"--ns-exclude", "not these namespaces", Value::free, "PATTERN"},
    FlagHint{"--db", "only this database", Value::free, "DB"},
    FlagHint{"--collection", "only this collection", Value::free, "COLL"},
    FlagHint{"--op", "only these operations", Value::list, "LIST",
             "insert update delete command noop"},
    FlagHint{"--id", "only the document with this _id", Value::free, "VALUE"},
    FlagHint{"--changed", "only what changes this field", Value::free, "PATH[=VALUE]"},
    FlagHint{"--query", "only what an MQL query finds", Value::free, "JSON"},
    FlagHint{"--internal", "also config.* and admin.system.*"},
    FlagHint{"--since", "from this time on", Value::time, "TIME", times},
    FlagHint{"--until", "up to before this time, then exit", Value::time, "TIME", times},
    FlagHint{"--lines", "the last so many operations first", Value::free, "N"},
    FlagHint{"--follow", "wait for new entries"},
    FlagHint{"--no-follow", "stop at the end of the oplog"},
    FlagHint{"--limit", "stop after so many operations", Value::free, "N"},
    FlagHint{"--output", "format of the output", Value::word, "FORMAT", "json pretty short bson"},
    FlagHint{"--jsonFormat", "form of Extended JSON", Value::word, "MODE", "relaxed canonical"},
    FlagHint{"--format", "print each operation by a template", Value::free, "TEMPLATE"},
    FlagHint{"--raw", "entries as stored"},
    FlagHint{"--summary", "a table of counts and bytes by namespace"},
    FlagHint{"--color", "when to use color", Value::word, "WHEN", "auto always never"},
    FlagHint{"--utc", "times in UTC"},
    FlagHint{"--cursor-file", "go on where this file says, and keep it up to date", Value::file,
             "FILE"},
    FlagHint{"--after-cursor", "start right after this place", Value::free, "CURSOR"},
    FlagHint{"--show-cursor", "print the cursor at the end"},
    FlagHint{"--allow-gap", "go on where the start is no longer in the oplog"},
    FlagHint{"--read-concern", "what to print, and how soon", Value::word, "LEVEL",
             "majority local"},
    FlagHint{"--file", "read saved oplogs", Value::files, "PATH"},
    FlagHint{"--skip-damaged", "go on after damage"},
    FlagHint{"--connect", "read from a mongotail serve", Value::free, "ADDR"},
    FlagHint{"--token-file", "the token that a mongotail serve wants", Value::file, "FILE"},
    FlagHint{"--listen", "where to listen", Value::free, "ADDR"},
    FlagHint{"--listen-tlsCertificateKeyFile", "certificate and key for https", Value::file,
             "FILE"},
    FlagHint{"--allow-host", "also answer to that name", Value::free, "NAME"},
    FlagHint{"--allow-origin", "let pages of that origin subscribe", Value::free, "ORIGIN"},
    FlagHint{"--socket-mode", "file mode of a unix socket", Value::free, "MODE"},
    FlagHint{"--ring-size", "memory for the newest operations", Value::free, "SIZE"},
    FlagHint{"--drop-after", "end who is behind for so long", Value::free, "SECONDS"},
    FlagHint{"--max-subscribers", "so many at once", Value::free, "N"},
    FlagHint{"--verbose", "say more"},
    FlagHint{"--quiet", "say less"},
    FlagHint{"--version", "print the version"},
    FlagHint{"--help", "print the help"},
};

}  // namespace

std::span<const FlagHint> flag_hints() {
  return hints;
}

}  // namespace mongotail::cli
