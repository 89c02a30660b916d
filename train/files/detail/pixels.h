// A picture in memory, and the readers of its formats. Each takes the bytes of a whole file; `path` is for errors. Not
// installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::data {

inline constexpr const char* picture_op = "read_picture";

// As it is stored: upright() makes of it what is to be looked at.
struct Pixels {
  std::int64_t height = 0, width = 0, channels = 0;  // 1 or 3
  int orientation = 1;                               // EXIF's, 1 to 8
  std::vector<std::uint8_t> bytes = {};              // [height, width, channels]; nothing where extents were asked for
};
enum class PictureWanted { extents, pixels };

// Whether a file that begins so is a picture that is read here.
bool is_png(std::string_view head);
bool is_jpeg(std::string_view head);
inline bool is_picture(std::string_view head) { return is_png(head) || is_jpeg(head); }
bool is_picture_name(std::string_view name);      // .png, .jpg or .jpeg: a broken one is to be named
bool begins_as_picture(const std::string& path);  // false as well for what cannot be read

// As read_picture, whose errors they have. `file` may be the beginning of the file if only extents are wanted.
Pixels picture_of(const std::string& path, PictureWanted wanted);
Pixels png_picture(const std::string& path, std::string_view file, PictureWanted wanted);
Pixels jpeg_picture(const std::string& path, std::string_view file, PictureWanted wanted);

// Refuses extents before memory is taken for them: those that would be most of a machine's, and pixels of which a
// packed file of that size cannot hold so many, at most `most_packed` a byte.
void require_extents(const std::string& path, std::int64_t height, std::int64_t width);
void require_held(const std::string& path, std::int64_t height, std::int64_t width, std::size_t bytes,
                  std::int64_t most_packed);

// EXIF's orientation, from 1 to 8, in a TIFF header and its first directory; 1 for anything else.
int exif_orientation(std::string_view tiff);
// Whether the axes of what is stored are exchanged.
inline bool lies_on_its_side(const Pixels& p) { return p.orientation >= 5; }
// The picture as it is meant to be looked at; its orientation is then 1.
Pixels upright(Pixels stored);

// 1 or 3 channels: grey is repeated; of colours the luma of ITU-R 601, 0.299 red + 0.587 green + 0.114 blue.
Pixels with_channels(Pixels picture, std::int64_t channels);
// The upright picture of that size: each new pixel is the mean of the area that it covers, to the nearest whole number,
// computed exactly; the proportions may change. Then with_channels.
Pixels brought_to(Pixels picture, std::int64_t height, std::int64_t width, std::int64_t channels);

}  // namespace logitape::inline v0::data
