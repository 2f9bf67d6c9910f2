#include "serve/token_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/fd.h"
#include "base/safe_text.h"

namespace mongotail::serve {

Result<std::string> read_token(const std::string& path) {
  const auto bad = [&path](const std::string& why, std::string hint) {
    return fail(Cause::input, "--token-file " + safe_text(path) + ": " + why, std::move(hint));
  };
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return bad(std::strerror(errno), "check the path and its permissions");
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return bad(std::strerror(errno), "");
  if ((about.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return bad("every user of this machine can read it", "run chmod 600 " + safe_text(path));
  }
  std::array<char, 4096> bytes{};
  const auto count = ::read(file.get(), bytes.data(), bytes.size());
  if (count < 0) return bad(std::strerror(errno), "check the path and its permissions");
  std::string token(bytes.data(), static_cast<std::size_t>(count));
  token.resize(std::min(token.find_first_of("\r\n"), token.size()));
  const bool printable =
      token.find_first_not_of(
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") ==
      std::string::npos;
  if (token.empty() || !printable) {
    return bad(token.empty() ? "its first line is empty" : "its first line is not a token",
               "put letters, digits and -._~+/= there, such as from: openssl rand -hex 32");
  }
  return token;
}

}  // namespace mongotail::serve
