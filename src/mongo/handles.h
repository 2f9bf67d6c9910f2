#pragma once

#include <mongoc/mongoc.h>

#include <cstddef>
#include <memory>
#include <span>

#include "bson/builder.h"
#include "bson/view.h"

/// RAII for libmongoc's handles. Only files of mongo/ include this header.
namespace mongotail::mongo {

template <auto Destroy>
struct Deleter {
  template <typename T>
  void operator()(T* handle) const {
    Destroy(handle);
  }
};

using UriHandle = std::unique_ptr<mongoc_uri_t, Deleter<mongoc_uri_destroy>>;
using PoolHandle = std::unique_ptr<mongoc_client_pool_t, Deleter<mongoc_client_pool_destroy>>;
using SessionHandle =
    std::unique_ptr<mongoc_client_session_t, Deleter<mongoc_client_session_destroy>>;
using SessionOptsHandle =
    std::unique_ptr<mongoc_session_opt_t, Deleter<mongoc_session_opts_destroy>>;
using ServerDescriptionHandle =
    std::unique_ptr<mongoc_server_description_t, Deleter<mongoc_server_description_destroy>>;

/// What the driver knows of a deployment's servers.
class ServerDescriptions {
 public:
  explicit ServerDescriptions(const mongoc_client_t* client)
      : servers_(mongoc_client_get_server_descriptions(client, &count_)) {}
  ServerDescriptions(const ServerDescriptions&) = delete;
  ServerDescriptions& operator=(const ServerDescriptions&) = delete;
  ~ServerDescriptions() { mongoc_server_descriptions_destroy_all(servers_, count_); }

  std::span<mongoc_server_description_t* const> view() const { return {servers_, count_}; }

 private:
  std::size_t count_ = 0;
  mongoc_server_description_t** servers_;
};

using ReadConcernHandle =
    std::unique_ptr<mongoc_read_concern_t, Deleter<mongoc_read_concern_destroy>>;

/// A client that goes back to its pool.
struct ReturnToPool {
  mongoc_client_pool_t* pool = nullptr;
  void operator()(mongoc_client_t* client) const { mongoc_client_pool_push(pool, client); }
};
using ClientHandle = std::unique_ptr<mongoc_client_t, ReturnToPool>;

/// A bson_t in place: a reply that libmongoc fills in, or options for it. Never moved, for a short
/// document lies inside the object itself.
class BsonBox {
 public:
  BsonBox() { bson_init(&document_); }
  BsonBox(const BsonBox&) = delete;
  BsonBox& operator=(const BsonBox&) = delete;
  ~BsonBox() { bson_destroy(&document_); }

  bson_t* get() { return &document_; }
  const bson_t* get() const { return &document_; }
  /// Ready for a function that initializes the document it is given.
  bson_t* out() {
    bson_destroy(&document_);
    return &document_;
  }
  bson::Document view() const {
    const bson::Bytes bytes(bson_get_data(&document_), document_.len);
    return bson::Document::from(bytes).value_or(bson::Document());
  }

 private:
  bson_t document_;
};

/// A bson_t that refers to our bytes, for calls into libmongoc.
class BsonAlias {
 public:
  explicit BsonAlias(bson::Document document) {
    if (document.bytes().empty()) {
      bson_init(&document_);
    } else {
      bson_init_static(&document_, document.bytes().data(), document.size());
    }
  }

  const bson_t* get() const { return &document_; }

 private:
  bson_t document_;
};

}  // namespace mongotail::mongo
