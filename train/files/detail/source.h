// Bytes from a file, for all readers: from any place in it, or as a stream from its beginning, unpacked if it is gzip.
// A ReadProgress can be told how far reading is. Not installed.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "logitape/core/detail/require.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0::data {

// Deflate packs no tighter (zlib's own technical notes: 1032 to 1): a header that announces more is wrong.
inline constexpr std::uint64_t most_unpacked = 1032;

// An ordinary file, open for reading. Its errors are io and name the file; `op` is the reader.
class File {
 public:
  File(const char* who, const std::string& where);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Error: the file ends early.
  void read_at(std::uint64_t place, void* to, std::uint64_t count) const;

  template <class... A>
  [[noreturn]] void refuse(fmt::format_string<const A&...> why, const A&... values) const {
    fail(ErrorCode::io, op, "\"{}\" {}", path, fmt::format(why, values...));
  }

  const char* const op;
  const std::string path;
  std::uint64_t size = 0;

 private:
  int file_;
};

// Bytes in sequence.
class Stream {
 public:
  virtual ~Stream() = default;
  // Reads fewer bytes than asked for only at the end.
  virtual std::size_t read(char* to, std::size_t count) = 0;
  // Error: the stream ends early; `what` names the part.
  void read_exactly(void* to, std::uint64_t count, std::string_view what);

  template <class... A>
  [[noreturn]] void refuse(fmt::format_string<const A&...> why, const A&... values) const {
    fail(ErrorCode::io, op, "\"{}\" {}", name, fmt::format(why, values...));
  }

  const char* op;       // the reader, for errors
  std::string name;     // the name in errors
  std::uint64_t bound;  // it holds no more bytes than this

 protected:
  Stream(const char* who, std::string called, std::uint64_t most) : op(who), name(std::move(called)), bound(most) {}
};

// A stream over the whole file, unpacked if the file begins like gzip.
std::unique_ptr<Stream> open_stream(const char* op, const std::string& path, const ReadProgress& progress = {});

// Tells a ReadProgress how many bytes have been read; its destructor tells the end.
class Teller {
 public:
  Teller(ReadProgress progress, std::string path, std::uint64_t all);
  ~Teller();
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;
  void advance(std::uint64_t bytes);

 private:
  void tell() const;

  ReadProgress progress_;
  std::string path_;
  std::uint64_t done_ = 0, all_;
};

}  // namespace logitape::inline v0::data
