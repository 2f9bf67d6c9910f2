#include <cstdio>
#include <fstream>
#include <string>

#include "cli/completions.h"

namespace {

using mongotail::cli::Shell;

bool write(const std::string& path, Shell shell) {
  std::ofstream file(path, std::ios::binary);
  file << mongotail::cli::completions(shell) << std::flush;
  if (!file) std::fprintf(stderr, "generate: can't write %s\n", path.c_str());
  return static_cast<bool>(file);
}

}  // namespace

/// Writes the completions to the folder that is named; for the build.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: mongotail_generate FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  const bool done = write(folder + "/mongotail.bash", Shell::bash) &&
                    write(folder + "/_mongotail", Shell::zsh) &&
                    write(folder + "/mongotail.fish", Shell::fish);
  return done ? 0 : 1;
}
