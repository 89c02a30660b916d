// All targets, and their two programs: libFuzzer's, where LOGITAPE_FUZZ names the target; and one that runs files
// through it, for any compiler: "logitape_replay csv FILE...".
#include "tests/fuzz/targets.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <logitape.h>

namespace logitape::fuzz {

extern const std::vector<Target> of_files, of_models, of_programs;

std::span<const Target> targets() {
  static const std::vector<Target> all = [] {
    std::vector<Target> joined;
    for (const auto* some : {&of_files, &of_models, &of_programs})
      joined.insert(joined.end(), some->begin(), some->end());
    return joined;
  }();
  return all;
}

const Target* target(const std::string& name) {
  for (const Target& t : targets())
    if (t.name == name) return &t;
  return nullptr;
}

namespace {

void run(const Target& t, Bytes bytes) {
  try {
    t.run(bytes);
  } catch (const Error& e) {
    if (std::string_view(e.what()).empty()) std::abort();  // a refusal says why
  }
}

}  // namespace
}  // namespace logitape::fuzz

namespace fuzz = logitape::fuzz;

#ifdef LOGITAPE_LIBFUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target* const chosen = [] {
    const char* const name = std::getenv("LOGITAPE_FUZZ");
    const fuzz::Target* const found = fuzz::target(name != nullptr ? name : "");
    if (found == nullptr) {
      std::fprintf(stderr, "LOGITAPE_FUZZ names no target; there are");
      for (const fuzz::Target& t : fuzz::targets()) std::fprintf(stderr, " %s", t.name);
      std::fprintf(stderr, "\n");
      std::exit(2);
    }
    logitape::set_num_threads(1);
    return found;
  }();
  fuzz::run(*chosen, {data, size});
  return 0;
}
#else
int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const fuzz::Target& t : fuzz::targets()) std::puts(t.name);
    return 0;
  }
  const fuzz::Target* const chosen = argc > 2 ? fuzz::target(argv[1]) : nullptr;
  if (chosen == nullptr) {
    std::fprintf(stderr, "usage: logitape_replay TARGET FILE..., or --list\n");
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    fuzz::run(*chosen, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  std::printf("%s: %d files read or refused\n", chosen->name, argc - 2);
}
#endif
