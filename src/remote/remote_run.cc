#include "remote/remote_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "plan/from_config.h"
#include "remote/parameters.h"
#include "remote/remote_source.h"
#include "serve/token_file.h"

namespace mongotail::remote {

RemoteRun::RemoteRun(const cli::Config& config, std::optional<resume::Cursor> resume_after,
                     Reporter& reporter, std::stop_token stop)
    : config_(config), resume_after_(resume_after), reporter_(reporter), stop_(std::move(stop)) {}

Result<std::unique_ptr<oplog::Source>> RemoteRun::open_source() {
  ClientOptions options;
  options.address = *config_.connect;
  options.tls_ca_file = config_.connection.tls_ca_file;
  options.tls_allow_invalid_certificates = config_.connection.tls_allow_invalid_certificates;
  options.tls_allow_invalid_hostnames = config_.connection.tls_allow_invalid_hostnames;
  if (config_.token_file) {
    auto token = serve::read_token(*config_.token_file);
    if (!token) return fail(std::move(token.error()));
    options.token = *std::move(token);
  }
  auto remote = Client::make(std::move(options));
  if (!remote) return fail(std::move(remote.error()));
  remote_ = *std::move(remote);
  const std::string name = to_string(*config_.connect);
  auto source = std::make_unique<RemoteSource>(*remote_, name, "/tail?" + to_parameters(config_),
                                               resume_after_ ? to_string(*resume_after_) : "",
                                               reporter_, stop_);
  if (auto status = source->open(); !status) return fail(std::move(status.error()));
  const auto& ns = config_.selection.ns;
  reporter_.notice(fmt::format(
      "{} {} at {}; Ctrl-C stops", config_.follow && !config_.until ? "following" : "reading",
      ns.empty() ? "all operations" : fmt::format("{}", fmt::join(ns, ", ")), name));
  return source;
}

tail::Pump::Options RemoteRun::pump_options() const {
  return plan::pump_options(config_);
}

}  // namespace mongotail::remote
