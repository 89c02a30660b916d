// Pictures, PNG and JPEG, as tensors of their pixels.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The picture at `path` as u8 [height, width, channels]: 1 channel if the file has shades of grey alone, else 3, red,
// green and blue. Its first bytes tell the format, not its name. What a viewer shows: upright by EXIF's orientation,
// transparent pixels over white, 16 bits as the nearest of 8, palettes and CMYK (as Adobe writes it, inverted) as red,
// green and blue. Errors, naming the file: io, it cannot be read, is cut off or broken, is no PNG or JPEG picture, or
// has more than 10^8 pixels; unsupported, logitape was built without the library that reads it.
Tensor read_picture(const std::string& path);

// What the header of a picture says; its pixels are not read.
struct PictureInfo {
  std::string format = {};                           // "PNG" or "JPEG"
  std::int64_t height = 0, width = 0, channels = 0;  // as read_picture gives it
  int orientation = 1;                               // EXIF's, 1 to 8: how it is stored
};
// Errors: those of read_picture that the header shows.
PictureInfo picture_info(const std::string& path);

}  // namespace logitape::inline v0
