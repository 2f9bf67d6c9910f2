#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace mongotail::mongo {

/// What libmongoc (error API 2) or a server said when something failed.
struct Failure {
  std::uint32_t domain = 0;  ///< a mongoc_error_domain_t
  std::uint32_t code = 0;    ///< a server's code where the domain is MONGOC_ERROR_SERVER
  std::string message;
  std::string log;  ///< what libmongoc logged at the time; may be empty
};

/// What the failure happened to.
struct FailureContext {
  std::string address;   ///< host:port, or the URI's hosts
  std::string username;  ///< empty: none was given
  bool tls = false;
};

/// What happened and what to try, for a person; the cause decides what mongotail does. Pure.
/// Sources: measured on servers 4.2.6 to 6.0.27 with libmongoc 1.23.1; the codes are those of
/// mongo's error_codes.yml.
Error explain(const Failure& failure, const FailureContext& context);

/// Whether a server's error code means: the same read can resume later, on this or another member.
bool is_resumable(std::uint32_t server_code);

}  // namespace mongotail::mongo
