#include "serve/socket.h"

namespace mongotail::serve {

void Socket::read_some(const std::vector<boost::asio::mutable_buffer>& buffers, Done done) {
  if (tls_) return tls_->async_read_some(buffers, std::move(done));
  plain_.async_read_some(buffers, std::move(done));
}

void Socket::write_some(const std::vector<boost::asio::const_buffer>& buffers, Done done) {
  if (tls_) return tls_->async_write_some(buffers, std::move(done));
  plain_.async_write_some(buffers, std::move(done));
}

}  // namespace mongotail::serve
