// The first bytes choose the reader of a picture.
#include "logitape/train/files/picture.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "logitape/train/files/detail/foreign.h"
#include "logitape/train/files/detail/pixels.h"
#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0 {
namespace data {
namespace {

constexpr std::int64_t most_pixels = 100'000'000;
constexpr std::int64_t largest_side = 1'000'000;  // as libpng has it
constexpr std::uint64_t largest_file = 1u << 30, header_bytes = 1u << 17;

}  // namespace

bool is_png(std::string_view head) { return head.starts_with("\x89PNG\r\n\x1a\n"); }
bool is_jpeg(std::string_view head) { return head.starts_with("\xff\xd8\xff"); }

bool is_picture_name(std::string_view name) {
  std::string end(name.substr(name.find_last_of('.') == name.npos ? name.size() : name.find_last_of('.')));
  for (char& c : end) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return end == ".png" || end == ".jpg" || end == ".jpeg";
}

bool begins_as_picture(const std::string& path) {
  char head[8] = {};
  std::ifstream file(path, std::ios::binary);
  return file.read(head, sizeof head) && is_picture({head, sizeof head});
}

void require_extents(const std::string& path, std::int64_t height, std::int64_t width) {
  require(height > 0 && width > 0, ErrorCode::io, picture_op, "\"{}\" has {} x {} pixels", path, width, height);
  require(width <= most_pixels / height, ErrorCode::io, picture_op,
          "\"{}\" has {} x {} pixels; at most {} are read: make it smaller", path, width, height, most_pixels);
  require(width <= largest_side && height <= largest_side, ErrorCode::io, picture_op,
          "\"{}\" has {} x {} pixels; a side has at most {}", path, width, height, largest_side);
}

void require_held(const std::string& path, std::int64_t height, std::int64_t width, std::size_t bytes,
                  std::int64_t most_packed) {
  require(height * width / most_packed <= static_cast<std::int64_t>(bytes), ErrorCode::io, picture_op,
          "\"{}\" is a broken picture: it says that it has {} x {} pixels, which {} bytes cannot hold", path, width,
          height, bytes);
}

// The beginning of a file has the extents, in front of any pixels; only of a camera's picture, which may carry a
// smaller one in its header, more of it is needed.
Pixels picture_of(const std::string& path, PictureWanted wanted) {
  const File file(picture_op, path);
  if (file.size == 0) file.refuse("is empty");
  std::string bytes;
  const auto read = [&](std::uint64_t most) {
    const std::size_t had = bytes.size();
    bytes.resize(static_cast<std::size_t>(std::min(file.size, most)));
    file.read_at(had, bytes.data() + had, bytes.size() - had);
  };
  const auto decoded = [&](PictureWanted what) {
    return is_png(bytes) ? png_picture(path, bytes, what) : jpeg_picture(path, bytes, what);
  };
  read(1024);
  if (!is_picture(bytes)) {
    const std::string format = foreign_format(bytes);
    if (format.empty()) file.refuse("is neither a PNG nor a JPEG picture");
    file.refuse("is neither a PNG nor a JPEG picture, but {}", std::string(format.substr(0, format.find(": "))));
  }
  if (wanted == PictureWanted::extents) {
    read(header_bytes);
    try {
      return decoded(wanted);
    } catch (const Error&) {
      if (bytes.size() == file.size) throw;
    }
  }
  if (file.size > largest_file) file.refuse("has {} bytes; a picture has at most {}", file.size, largest_file);
  read(largest_file);
  return decoded(wanted);
}

}  // namespace data

Tensor read_picture(const std::string& path) {
  const data::Pixels picture = data::upright(data::picture_of(path, data::PictureWanted::pixels));
  Tensor pixels = Tensor::uninitialised({picture.height, picture.width, picture.channels}, DType::u8);
  std::copy(picture.bytes.begin(), picture.bytes.end(), static_cast<std::uint8_t*>(pixels.writable()));
  return pixels;
}

PictureInfo picture_info(const std::string& path) {
  const data::Pixels p = data::picture_of(path, data::PictureWanted::extents);
  char head[8] = {};
  std::ifstream(path, std::ios::binary).read(head, sizeof head);
  PictureInfo info{.format = data::is_png({head, sizeof head}) ? "PNG" : "JPEG",
                   .height = p.height,
                   .width = p.width,
                   .channels = p.channels,
                   .orientation = p.orientation};
  if (data::lies_on_its_side(p)) std::swap(info.height, info.width);
  return info;
}

}  // namespace logitape::inline v0
