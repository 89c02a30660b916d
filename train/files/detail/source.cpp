// POSIX reads, and streams, plain and unpacked.
#include "logitape/train/files/detail/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "logitape/train/files/detail/inflate.h"

namespace logitape::inline v0::data {
namespace {

constexpr std::size_t chunk = 1 << 16;

class PlainStream final : public Stream {
 public:
  PlainStream(std::unique_ptr<File> file, const ReadProgress& progress)
      : Stream(file->op, file->path, file->size), file_(std::move(file)), teller_(progress, name, file_->size) {}

  std::size_t read(char* to, std::size_t count) override {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, file_->size - place_));
    file_->read_at(place_, to, count);
    place_ += count;
    teller_.advance(count);
    return count;
  }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t place_ = 0;
  Teller teller_;
};

class GzipStream final : public Stream {
 public:
  explicit GzipStream(std::unique_ptr<Stream> packed)
      : Stream(packed->op, packed->name,
               packed->bound > UINT64_MAX / most_unpacked ? UINT64_MAX : packed->bound * most_unpacked),
        packed_(std::move(packed)) {}

  std::size_t read(char* to, std::size_t count) override {
    std::size_t got = 0;
    while (got < count && !ended_) {
      if (left_.empty()) {
        left_ = {buffer_.data(), packed_->read(buffer_.data(), buffer_.size())};
        if (left_.empty()) {
          if (!between_members_) refuse("is truncated: its gzip data ends early");
          ended_ = true;
          break;
        }
      }
      if (between_members_) {
        // gzip itself accepts zeros behind the last member as padding
        left_.remove_prefix(std::min(left_.size(), left_.find_first_not_of('\0')));
        if (left_.empty()) continue;
        inflater_.begin(Inflater::gzip);
        between_members_ = false;
      }
      const Inflater::Step step = inflater_.run(left_, to + got, count - got);
      if (step.wrong) refuse("is damaged: its gzip data is not valid ({})", step.wrong);
      left_.remove_prefix(step.taken);
      got += step.made;
      between_members_ = step.ended;
    }
    return got;
  }

 private:
  std::unique_ptr<Stream> packed_;
  std::vector<char> buffer_ = std::vector<char>(chunk);
  std::string_view left_;
  Inflater inflater_{Inflater::gzip};
  bool between_members_ = false, ended_ = false;
};

}  // namespace

File::File(const char* who, const std::string& where)
    : op(who), path(where), file_(::open(where.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat about;
  const bool there = file_ >= 0 && ::fstat(file_, &about) == 0;
  const int error = errno;
  if (there && S_ISREG(about.st_mode)) {
    size = static_cast<std::uint64_t>(about.st_size);
    return;
  }
  if (file_ >= 0) ::close(file_);
  if (there) refuse("cannot be read: it is no ordinary file");
  refuse("cannot be read: {}", std::generic_category().message(error));
}

File::~File() { ::close(file_); }

void File::read_at(std::uint64_t place, void* to, std::uint64_t count) const {
  for (auto* at = static_cast<char*>(to); count > 0;) {
    const ssize_t got = ::pread(file_, at, std::min<std::uint64_t>(count, 1u << 30), static_cast<off_t>(place));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse("cannot be read: {}", std::generic_category().message(errno));
    if (got == 0) refuse("ended {} bytes early while it was read", count);
    at += got;
    place += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

void Stream::read_exactly(void* to, std::uint64_t count, std::string_view what) {
  auto* at = static_cast<char*>(to);
  while (count > 0) {
    const std::size_t got = read(at, static_cast<std::size_t>(std::min<std::uint64_t>(count, 1u << 30)));
    if (got == 0) refuse("is truncated: its {} ends {} bytes early", what, count);
    at += got;
    count -= got;
  }
}

std::unique_ptr<Stream> open_stream(const char* op, const std::string& path, const ReadProgress& progress) {
  auto file = std::make_unique<File>(op, path);
  unsigned char magic[2] = {};
  file->read_at(0, magic, std::min<std::uint64_t>(file->size, 2));
  auto plain = std::make_unique<PlainStream>(std::move(file), progress);
  if (magic[0] == 0x1f && magic[1] == 0x8b) return std::make_unique<GzipStream>(std::move(plain));
  return plain;
}

Teller::Teller(ReadProgress progress, std::string path, std::uint64_t all)
    : progress_(std::move(progress)), path_(std::move(path)), all_(std::min<std::uint64_t>(all, INT64_MAX)) {
  tell();
}

Teller::~Teller() {
  if (done_ == all_) return;  // they were told already
  done_ = all_;
  try {
    tell();
  } catch (...) {
    // an error that matters more has already ended the reading
  }
}

void Teller::advance(std::uint64_t bytes) {
  if (bytes == 0) return;
  done_ = std::min(all_, done_ + bytes);
  tell();
}

void Teller::tell() const {
  if (progress_) progress_(path_, static_cast<std::int64_t>(done_), static_cast<std::int64_t>(all_));
}

}  // namespace logitape::inline v0::data
