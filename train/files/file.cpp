// POSIX calls: std::ofstream cannot say why a write failed, nor that the bytes have reached the disk.
#include "logitape/train/files/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const char* what, int error) {
  fail(ErrorCode::io, "write_file", "\"{}\" {}: {}", path, what, std::generic_category().message(error));
}

// The file that a link points to; rename would replace the link itself.
fs::path target_of(const std::string& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::none) refuse(path, "cannot be written", error.value());
  require(!path.empty() && (type == fs::file_type::not_found || type == fs::file_type::regular), ErrorCode::io,
          "write_file", "\"{}\" cannot be written: it is no ordinary file", path);
  return type == fs::file_type::regular ? fs::canonical(path, error) : fs::path(path);
}

// A file with a unique name in the folder of `target`. At its end it is closed, and removed unless it was renamed.
class Temporary {
 public:
  Temporary(const std::string& path, const fs::path& target) : path_(path), target_(target) {
    static std::atomic<unsigned> count{0};
    do {
      name_ = target.parent_path() / fmt::format(".{}.{}.{}", target.filename().string(), ::getpid(), ++count);
      file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (file_ < 0 && errno == EEXIST);
    if (file_ < 0) refuse(path_, "cannot be written", errno);
  }
  ~Temporary() {
    if (file_ >= 0) ::close(file_);
    if (!renamed_) ::unlink(name_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_, bytes.data(), bytes.size());
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
      else if (written == 0 || errno != EINTR) refuse(path_, "could not be written", written == 0 ? ENOSPC : errno);
    }
  }

  void take_its_place() {
    struct stat old;
    if (::stat(target_.c_str(), &old) == 0 && ::fchmod(file_, old.st_mode & 07777) != 0)
      refuse(path_, "could not be written", errno);
    if (::fsync(file_) != 0) refuse(path_, "could not be written", errno);
    if (::close(std::exchange(file_, -1)) != 0) refuse(path_, "could not be written", errno);
    if (::rename(name_.c_str(), target_.c_str()) != 0) refuse(path_, "could not be put in place", errno);
    renamed_ = true;
    // the new name is on the disk only after its folder is; some file systems cannot flush a folder
    const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
    const int at = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return;
    const int error = ::fsync(at) == 0 ? 0 : errno;
    ::close(at);
    if (error != 0 && error != EINVAL) refuse(path_, "may not last, its folder could not be flushed", error);
  }

 private:
  const std::string& path_;  // as the caller wrote it
  const fs::path& target_;
  fs::path name_;
  int file_ = -1;
  bool renamed_ = false;
};

}  // namespace

void write_file(const std::string& path, std::span<const std::string_view> pieces) {
  const fs::path target = target_of(path);
  Temporary file(path, target);
  for (const std::string_view piece : pieces) file.write(piece);
  file.take_its_place();
}

void check_writable(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) refuse(path, "cannot be written, its folder could not be made", error.value());
  const fs::path target = target_of(path);
  const Temporary probe(path, target);
}

}  // namespace logitape::inline v0
