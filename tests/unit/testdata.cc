#include "testdata.h"

namespace mongotail {

std::string testdata(std::string_view name) {
  return std::string(MONGOTAIL_TESTDATA "/").append(name);
}

}  // namespace mongotail
