// PNG by libpng's simplified interface: every bit depth, palettes, interlacing and colour keys become 8 bits of grey or
// colour, with alpha where there is some, which is laid over white here.
#include "logitape/train/files/detail/pixels.h"
#include "logitape/train/files/detail/source.h"

#if defined(LOGITAPE_PNG)
#include <png.h>

#include <cstring>
#endif

namespace logitape::inline v0::data {

#if defined(LOGITAPE_PNG)
namespace {

// One reading; what libpng holds goes when it ends.
struct PngReading {
  png_image image{};
  PngReading() { image.version = PNG_IMAGE_VERSION; }
  ~PngReading() { png_image_free(&image); }
  PngReading(const PngReading&) = delete;
  PngReading& operator=(const PngReading&) = delete;
};

std::uint32_t big_endian(std::string_view four) {
  std::uint32_t value = 0;
  for (const char c : four.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Of the chunk eXIf, if there is one: a chunk is a length, a name, that many bytes and a sum.
int png_orientation(std::string_view file) {
  for (file.remove_prefix(8); file.size() >= 12;) {
    const std::size_t length = big_endian(file);
    if (length > file.size() - 12) return 1;
    if (file.substr(4, 4) == "eXIf") return exif_orientation(file.substr(8, length));
    file.remove_prefix(12 + length);
  }
  return 1;
}

// colour * alpha + white * (1 - alpha), to the nearest of 8 bits; the alpha channel goes.
std::vector<std::uint8_t> over_white(const std::vector<std::uint8_t>& from, std::size_t colours) {
  std::vector<std::uint8_t> to(from.size() / (colours + 1) * colours);
  const std::uint8_t* in = from.data();
  for (std::size_t i = 0; i < to.size(); i += colours, in += colours + 1)
    for (std::size_t c = 0; c < colours; ++c) {
      const unsigned alpha = in[colours];
      to[i + c] = static_cast<std::uint8_t>((in[c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  return to;
}

}  // namespace

Pixels png_picture(const std::string& path, std::string_view file, PictureWanted wanted) {
  PngReading reading;
  png_image& image = reading.image;
  const auto refuse = [&]() {
    fail(ErrorCode::io, picture_op, "\"{}\" is a broken PNG picture of {} bytes: {}", path, file.size(),
         std::string(image.message));
  };
  if (!png_image_begin_read_from_memory(&image, file.data(), file.size())) refuse();
  require_extents(path, image.height, image.width);
  const bool colour = image.format & PNG_FORMAT_FLAG_COLOR, alpha = image.format & PNG_FORMAT_FLAG_ALPHA;
  Pixels p{
      .height = image.height, .width = image.width, .channels = colour ? 3 : 1, .orientation = png_orientation(file)};
  if (wanted == PictureWanted::extents) return p;
  require_held(path, p.height, p.width, file.size(), 8 * most_unpacked);  // a pixel has 1 bit or more
  // 16 bits are of the same curve as 8, as every program writes them
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  image.format = (colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY) | (alpha ? PNG_FORMAT_FLAG_ALPHA : 0u);
  p.bytes.resize(PNG_IMAGE_SIZE(image));
  if (!png_image_finish_read(&image, nullptr, p.bytes.data(), 0, nullptr)) refuse();
  if (alpha) p.bytes = over_white(p.bytes, static_cast<std::size_t>(p.channels));
  return p;
}
#else
Pixels png_picture(const std::string& path, std::string_view, PictureWanted) {
  fail(ErrorCode::unsupported, picture_op,
       "\"{}\" is a PNG picture; logitape was built without libpng: install libpng-dev and build again", path);
}
#endif

}  // namespace logitape::inline v0::data
