// The file has a name of its own, is readable for this user alone, and goes when the program ends.
#include "standard_input.h"

#include <logitape.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

namespace command {
namespace {

constexpr const char* called = "standard input";

class KeptInput {
 public:
  ~KeptInput() {
    if (!path_.empty() && !path_.starts_with("/proc/")) ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

  void read() {
    if (!path_.empty()) return;
    if (logitape::terminal_of(stdin).interactive)
      throw std::invalid_argument(
          "standard input is a terminal: give a file, or rows by a pipe, as in head x.csv | "
          "logitape predict MODEL -");
    path_ = (std::filesystem::temp_directory_path() / "logitape-XXXXXX").string();
    const int file = ::mkstemp(path_.data());
    if (file < 0) refuse("cannot be kept in \"" + std::exchange(path_, "") + "\"");
    std::vector<char> room(1 << 16);
    for (;;) {
      const ssize_t got = ::read(STDIN_FILENO, room.data(), room.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) refuse("cannot be read");
      if (got == 0) break;
      for (ssize_t put = 0; put < got;) {
        const ssize_t now = ::write(file, room.data() + put, static_cast<std::size_t>(got - put));
        if (now < 0 && errno != EINTR) refuse("cannot be kept in \"" + path_ + "\"");
        put += now < 0 ? 0 : now;
      }
    }
    // Linux opens a file that has no name any more by its number: then nothing is left, however the program ends
    if (const std::string number = "/proc/self/fd/" + std::to_string(file); std::filesystem::exists(number)) {
      ::unlink(path_.c_str());
      path_ = number;
    } else {
      ::close(file);
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) {
    throw std::runtime_error(std::string(called) + " " + why + ": " + std::strerror(errno));
  }

  std::string path_;
} kept;

}  // namespace

std::string readable(const std::string& typed) {
  if (typed != "-") return typed;
  kept.read();
  return kept.path();
}

std::string displayed(const std::string& typed) { return typed == "-" ? called : typed; }

std::string with_standard_input(std::string sentence) {
  if (kept.path().empty()) return sentence;
  const std::string in_quotes = "\"" + kept.path() + "\"";
  for (const std::string& path : {in_quotes, kept.path()})
    for (std::size_t at = sentence.find(path); at != std::string::npos; at = sentence.find(path))
      sentence.replace(at, path.size(), called);
  return sentence;
}

}  // namespace command
