#include <cstdlib>

#include "app/main.h"
#include "base/standard_fds.h"

int main(int argc, char** argv) {
  mongotail::fill_standard_descriptors();
  // Not a return: threads that wait for a server can't be woken, and must not meet destructors.
  std::_Exit(static_cast<int>(mongotail::app::main(argc, argv)));
}
