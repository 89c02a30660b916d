// What the tests of train/data share: a file of given bytes, and the sentence of a refusal.
#pragma once
#include <string>
#include <string_view>

#include "logitape.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {

// A file that is gone at the end of the test; refusals name it as "FILE".
struct GivenFile {
  explicit GivenFile(std::string_view bytes, const std::string& name = "given") : path(folder / name) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  // What the call is refused with, the path written as FILE; "" where it is not.
  std::string refusal(const auto& call) const {
    try {
      call(path);
    } catch (const Error& error) {
      std::string sentence = error.what();
      for (std::size_t at = sentence.find(path); at != std::string::npos; at = sentence.find(path))
        sentence.replace(at, path.size(), "FILE");
      return sentence;
    }
    return "";
  }

  TemporaryFolder folder;
  std::string path;
};

inline std::string refusal_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline std::string refusal_of_csv(std::string_view text, const CsvOptions& options = {}) {
  return GivenFile(text).refusal([&](const std::string& path) { read_csv(path, options); });
}

}  // namespace logitape::tests
