// Deflate, unpacked piece by piece, CRC-32 and Adler-32. Only this file knows zlib. Not installed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace logitape::inline v0::data {

class Inflater {
 public:
  enum Form { raw, gzip };  // as a zip archive holds it; with gzip's header and checksum
  explicit Inflater(Form form);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  void begin(Form form);  // starts a new stream

  struct Step {
    std::size_t taken, made;
    bool ended;                   // the stream is complete, and its checksum, if it has one, is right
    const char* wrong = nullptr;  // why this is not such a stream
  };
  // Unpacks what it can of `packed` into the `room` bytes at `to`.
  Step run(std::string_view packed, char* to, std::size_t room);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The CRC-32 of `bytes` and the bytes before them, whose checksum is `before` (0 at the beginning).
std::uint32_t checksum(std::uint32_t before, std::string_view bytes);
// Adler-32 of all the bytes.
std::uint32_t adler_32(std::string_view bytes);

}  // namespace logitape::inline v0::data
