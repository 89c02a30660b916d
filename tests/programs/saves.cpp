// saves write KIND FILE 1|2: writes one of two versions of a file, and "error: ..." with exit code 1 where that fails.
// saves read KIND FILE: prints which of the two the file is, and fails if it is neither. For save_interrupted.sh, which
// makes system calls fail; what it may interrupt begins after the line "now" on standard error.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "logitape.h"

using namespace logitape;

namespace {

Sequential model_of(int version) {
  Sequential model(Linear{40, 60}, Relu{}, Linear{60, 3});
  Generator rng{static_cast<std::uint64_t>(version)};
  model.initialise(rng);
  return model;
}

Classifier classifier_of(int version) {
  Generator rng{static_cast<std::uint64_t>(version)};
  return {"mlp:40,60,3", {"a", "b", "c"}, rng};
}

void save(const std::string& kind, const std::string& path, int version) {
  Sequential model = model_of(version);
  if (kind == "parameters") {
    save_parameters(path, model);
  } else if (kind == "checkpoint") {
    Trainer{model, AdamW{}, {.epochs = 1}}.save(path);
  } else if (kind == "classifier") {
    classifier_of(version).save(path);
  } else if (kind == "header") {
    export_header(path, classifier_of(version));
  } else {
    export_onnx(path, classifier_of(version));
  }
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The version whose bytes the file has.
int version_of(const std::string& kind, const std::string& path) {
  const std::string found = bytes_of(path), whole = path + ".whole";
  for (const int version : {1, 2}) {
    save(kind, whole, version);
    const bool same = bytes_of(whole) == found;
    std::filesystem::remove(whole);
    if (same) return version;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: saves write KIND FILE 1|2, or saves read KIND FILE\n", stderr);
    return 2;
  }
  const std::string what = argv[1], kind = argv[2], path = argv[3];
  if (what == "read") {
    const int version = version_of(kind, path);
    std::printf("%d\n", version);
    return version == 0;
  }
  try {
    if (::write(2, "now\n", 4) != 4) return 3;
    save(kind, path, argc > 4 && argv[4][0] == '2' ? 2 : 1);
  } catch (const Error& e) {
    std::printf("error: %s\n", e.what());
    return 1;
  }
}
