// What is fuzzed. A target takes bytes of a stranger, and ends in a value or in a logitape::Error; else it is a
// finding: another exception, a signal, a report of a sanitizer, more memory or time than its size allows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace logitape::fuzz {

using Bytes = std::span<const std::uint8_t>;

struct Target {
  const char* name;
  void (*run)(Bytes);
};

// Those of files.cpp, models.cpp and programs.cpp. Null: there is none of that name.
std::span<const Target> targets();
const Target* target(const std::string& name);

// The bytes in a file, which is there until the next call in this process.
const std::string& as_file(Bytes bytes, const char* ending);

// Numbers out of bytes, and zeros behind their end.
class Source {
 public:
  explicit Source(Bytes bytes) : left_(bytes) {}
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const std::uint8_t first = left_[0];
    left_ = left_.subspan(1);
    return first;
  }
  // In [0, below).
  std::size_t below(std::size_t below) { return below <= 1 ? 0 : (byte() * std::size_t{256} + byte()) % below; }
  // Between -2 and 2.
  double number() { return (static_cast<double>(byte()) - 127.5) / 64; }
  bool empty() const { return left_.empty(); }

 private:
  Bytes left_;
};

}  // namespace logitape::fuzz
