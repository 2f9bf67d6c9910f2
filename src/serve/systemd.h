#pragma once

#include <string_view>
#include <vector>

#include "base/fd.h"

// What systemd asks of a service; all of it does nothing if there is no systemd.
namespace mongotail::serve {

/// The sockets that systemd listens on for this process (sd_listen_fds(3)); each is handed over
/// once.
std::vector<UniqueFd> take_inherited_sockets();

/// Tells systemd of the service's state (sd_notify(3)): "READY=1", "STOPPING=1", "STATUS=…".
void notify_systemd(std::string_view state);

}  // namespace mongotail::serve
