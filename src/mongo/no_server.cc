#include "mongo/no_server.h"

#include <fmt/format.h>

#include <algorithm>

namespace mongotail::mongo {
namespace {

bool answered(const HostFacts& host) {
  return host.heartbeat && host.heartbeat->answered;
}

bool is_absent(const HostFacts& host) {
  return host.knock == Knock::refused || host.knock == Knock::unknown_host ||
         host.knock == Knock::no_socket;
}

std::string absence(const HostFacts& host) {
  if (host.knock == Knock::no_socket) return fmt::format("there is no socket {}", host.address);
  if (host.knock == Knock::unknown_host)
    return fmt::format("the host of {} is unknown", host.address);
  return fmt::format("nothing listens at {} (connection refused)", host.address);
}

std::optional<Error> nothing_there(const std::vector<HostFacts>& hosts) {
  if (hosts.empty() || !std::ranges::all_of(hosts, is_absent)) return std::nullopt;
  std::string what = "can't reach a server: ";
  for (const HostFacts& host : hosts) {
    if (&host != &hosts.front()) what += "; ";
    what += absence(host);
  }
  return Error{Cause::unreachable, std::move(what),
               "check the host and port, and that mongod runs there"};
}

// Of a host outside of any set that may change within the time: a member that starts says the same.
bool may_still_fit(const HostFacts& host, const std::string& wanted_set, bool last) {
  if (!host.heartbeat) return !last;
  if (!host.heartbeat->answered) return false;
  if (host.heartbeat->role == MemberRole::outside_set) return !last;
  return host.heartbeat->set_name == wanted_set;
}

Error of_another_set(const HostFacts& host, const std::string& wanted_set) {
  const Heartbeat& heartbeat = *host.heartbeat;
  if (!heartbeat.set_name.empty() && heartbeat.role != MemberRole::outside_set) {
    return {Cause::unreachable,
            fmt::format("{} belongs to the replica set {}, not to {}", host.address,
                        heartbeat.set_name, wanted_set),
            fmt::format("write replicaSet={}, or leave replicaSet= out", heartbeat.set_name)};
  }
  if (heartbeat.role == MemberRole::standalone) {
    return {Cause::no_oplog,
            fmt::format("{} is a standalone server, not a member of the replica set {}",
                        host.address, wanted_set),
            fmt::format("check the host and port beside replicaSet={0}, or start this mongod with "
                        "--replSet {0} and run rs.initiate()",
                        wanted_set)};
  }
  return *why_unreadable(heartbeat.role, {}, host.address);
}

Error nothing_suitable(const HostFacts& host, const Wanted& wanted) {
  const std::string& set = host.heartbeat->set_name;
  return {
      Cause::unreachable,
      fmt::format("{} answers, but {} has no member that readPreference={} allows", host.address,
                  set.empty() ? "its deployment" : "the set " + set, wanted.read_preference),
      "see rs.status(): an election may be under way; with readPreference=primaryPreferred a "
      "secondary will do"};
}

}  // namespace

std::optional<Error> why_no_server(const std::vector<HostFacts>& hosts, const Wanted& wanted,
                                   bool last) {
  if (auto error = nothing_there(hosts)) return error;
  const auto http = std::ranges::find_if(hosts, &HostFacts::http);
  if (http != hosts.end() && std::ranges::none_of(hosts, answered)) {
    return Error{
        Cause::unreachable, fmt::format("{} speaks HTTP, not MongoDB's protocol", http->address),
        "give the port of mongod itself (27017 by default); a mongotail serve is read with "
        "--connect"};
  }
  const auto other = std::ranges::find_if(hosts, answered);
  if (other == hosts.end()) return std::nullopt;
  const auto fits = [&](const HostFacts& host) { return may_still_fit(host, wanted.set, last); };
  if (wanted.set.empty() || std::ranges::any_of(hosts, fits)) {
    return last ? std::optional(nothing_suitable(*other, wanted)) : std::nullopt;
  }
  return of_another_set(*other, wanted.set);
}

}  // namespace mongotail::mongo
