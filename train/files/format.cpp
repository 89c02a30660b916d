// The bytes that the formats begin with.
#include "logitape/train/files/format.h"

#include <string_view>

#include "logitape/core/shape.h"
#include "logitape/train/files/detail/pixels.h"
#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0 {

FileFormat format_of(const char* op, const std::string& path) {
  const auto stream = data::open_stream(op, path);
  char begin[9] = {};
  const std::string_view head(begin, stream->read(begin, sizeof begin));
  if (head.starts_with("\x93NUMPY")) return FileFormat::npy;
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return FileFormat::npz;
  if (head.size() >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 0x08 && head[2] <= 0x0e && head[3] >= 1 &&
      head[3] <= max_rank)
    return FileFormat::idx;
  // a header's length in 8 bytes: its upper bytes are 0, which they are in no text
  if (head.size() == 9 && head[8] == '{' && head.substr(5, 3) == std::string_view("\0\0\0", 3))
    return FileFormat::safetensors;
  if (data::is_picture(head)) return FileFormat::picture;
  return FileFormat::csv;
}

}  // namespace logitape::inline v0
