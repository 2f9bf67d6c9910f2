// Runs a fuzz target over files, and over all files of folders: a corpus as an ordinary test.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

std::vector<std::filesystem::path> inputs(int argc, char** argv) {
  std::vector<std::filesystem::path> found;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      found.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // Memory of exactly that size, so that AddressSanitizer sees a read past its end.
  const auto bytes = std::make_unique<std::uint8_t[]>(text.size());
  std::copy(text.begin(), text.end(), bytes.get());
  LLVMFuzzerTestOneInput(bytes.get(), text.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto paths = inputs(argc, argv);
  for (const auto& path : paths) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);  // so that a crash shows whose it is
    if (!replay(path)) {
      std::fprintf(stderr, "can't read %s\n", path.c_str());
      return EXIT_FAILURE;
    }
  }
  std::printf("%zu inputs\n", paths.size());
  return paths.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}
