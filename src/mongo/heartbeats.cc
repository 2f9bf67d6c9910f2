#include "mongo/heartbeats.h"

#include <utility>

#include "mongo/handles.h"
#include "mongo/reply_fields.h"

namespace mongotail::mongo {

void Heartbeats::watch(mongoc_client_pool_t* pool) {
  const std::unique_ptr<mongoc_apm_callbacks_t, Deleter<mongoc_apm_callbacks_destroy>> callbacks(
      mongoc_apm_callbacks_new());
  mongoc_apm_set_server_heartbeat_succeeded_cb(
      callbacks.get(), [](const mongoc_apm_server_heartbeat_succeeded_t* event) {
        const bson_t* reply = mongoc_apm_server_heartbeat_succeeded_get_reply(event);
        const bson::Bytes bytes(bson_get_data(reply), reply->len);
        const auto hello = bson::Document::from(bytes).value_or(bson::Document());
        static_cast<Heartbeats*>(mongoc_apm_server_heartbeat_succeeded_get_context(event))
            ->ended(mongoc_apm_server_heartbeat_succeeded_get_host(event),
                    {true, role_of(hello), std::string(text(hello, "setName"))});
      });
  mongoc_apm_set_server_heartbeat_failed_cb(
      callbacks.get(), [](const mongoc_apm_server_heartbeat_failed_t* event) {
        static_cast<Heartbeats*>(mongoc_apm_server_heartbeat_failed_get_context(event))
            ->ended(mongoc_apm_server_heartbeat_failed_get_host(event), {});
      });
  mongoc_client_pool_set_apm_callbacks(pool, callbacks.get(), this);
}

std::optional<Heartbeat> Heartbeats::newest(const std::string& host_and_port) const {
  const std::scoped_lock lock(mutex_);
  const auto found = newest_.find(host_and_port);
  return found == newest_.end() ? std::nullopt : std::optional(found->second);
}

void Heartbeats::ended(const mongoc_host_list_t* host, Heartbeat heartbeat) {
  const std::scoped_lock lock(mutex_);
  newest_[host->host_and_port] = std::move(heartbeat);
}

}  // namespace mongotail::mongo
