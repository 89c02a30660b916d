// Bytes from a file, for all readers: a place in it, or a stream from its beginning, unpacked where it is
// gzip, with somebody told how far they are. Not installed.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "logitape/core/detail/require.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0::data {

// Deflate packs no tighter (zlib's own technical notes: 1032 to 1): what announces more than this is no such stream.
inline constexpr std::uint64_t most_unpacked = 1032;

// An ordinary file that is open to be read. Its errors are io and name it: `op` is who reads.
class File {
 public:
  File(const char* who, const std::string& where);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Error: the file ends before.
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

// Bytes one behind the other.
class Stream {
 public:
  virtual ~Stream() = default;
  // Fewer than asked for at the end only.
  virtual std::size_t read(char* to, std::size_t count) = 0;
  // Error: the stream ends before; `what` is what ends.
  void read_exactly(void* to, std::uint64_t count, std::string_view what);

  template <class... A>
  [[noreturn]] void refuse(fmt::format_string<const A&...> why, const A&... values) const {
    fail(ErrorCode::io, op, "\"{}\" {}", name, fmt::format(why, values...));
  }

  const char* op;       // who reads
  std::string name;     // what errors call it
  std::uint64_t bound;  // it holds no more bytes than this

 protected:
  Stream(const char* who, std::string called, std::uint64_t most) : op(who), name(std::move(called)), bound(most) {}
};

// A file from its beginning, unpacked where it begins as gzip does.
std::unique_ptr<Stream> open_stream(const char* op, const std::string& path, const ReadProgress& progress = {});

// Tells a ReadProgress of bytes as they are read, and of the end as it goes itself.
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
