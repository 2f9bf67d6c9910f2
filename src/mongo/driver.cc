#include "mongo/driver.h"

#include <mongoc/mongoc.h>

#include <fmt/format.h>
#include <sys/mman.h>

namespace mongotail::mongo {
namespace {

constexpr std::size_t kept_lines = 8;

void on_log(mongoc_log_level_t level, const char* domain, const char* message, void* driver) {
  if (level > MONGOC_LOG_LEVEL_MESSAGE) return;
  static_cast<Driver*>(driver)->keep(fmt::format("{}: {}", domain, message),
                                     level <= MONGOC_LOG_LEVEL_WARNING);
}

}  // namespace

Driver::Driver(Reporter& reporter) : reporter_(reporter) {
  // First, for mongoc_init() logs too.
  mongoc_log_set_handler(on_log, this);
  mongoc_init();
  mongoc_handshake_data_append("mongotail", nullptr, nullptr);
}

Driver::~Driver() {
  mongoc_log_set_handler(nullptr, nullptr);
  mongoc_cleanup();
}

std::vector<std::string> Driver::take_log() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> lines(lines_.begin(), lines_.end());
  lines_.clear();
  return lines;
}

void Driver::keep(std::string line, bool serious) {
  reporter_.detail(line);
  if (!serious) return;
  const std::scoped_lock lock(mutex_);
  if (lines_.size() == kept_lines) lines_.pop_front();
  lines_.push_back(std::move(line));
}

std::string Driver::version() {
  return mongoc_get_version();
}

}  // namespace mongotail::mongo

// libmongoc puts its counters into shared memory, which it names after the process: 1.x does so
// before main(), so that no variable set there (MONGOC_DISABLE_SHM) comes in time. A program that a
// signal ends leaves that file behind, and if it can't be made, libmongoc says so on stderr. The
// program's own shm_open() comes before the C library's, and gives it memory without a name.
extern "C" __attribute__((visibility("default"))) int shm_open(const char* name, int /*flags*/,
                                                               mode_t /*mode*/) {
  return ::memfd_create(*name == '/' ? name + 1 : name, MFD_CLOEXEC);
}
