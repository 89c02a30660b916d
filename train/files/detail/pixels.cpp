// What is done to a picture's pixels, whichever format they come from: turned upright, grey or in colour, of another
// size.
#include "logitape/train/files/detail/pixels.h"

#include <algorithm>
#include <utility>

namespace logitape::inline v0::data {
namespace {

// A number of `count` bytes at `at`; 0 beyond the end.
std::uint32_t tiff_number(std::string_view tiff, std::size_t at, std::size_t count) {
  if (at > tiff.size() || count > tiff.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = tiff[0] == 'M' ? at + i : at + count - 1 - i;
    value = value << 8 | static_cast<unsigned char>(tiff[place]);
  }
  return value;
}

// One new pixel of an axis covers old ones from `first` on, each to weights[i] / (old extent).
struct Covered {
  std::int64_t first;
  std::vector<std::int64_t> weights;
};
// In steps of 1/(old * new) of the axis an old pixel is `fresh` long, and a new one `old`.
std::vector<Covered> covered(std::int64_t old, std::int64_t fresh) {
  std::vector<Covered> all;
  for (std::int64_t i = 0; i < fresh; ++i) {
    const std::int64_t begin = i * old, end = begin + old;
    Covered& c = all.emplace_back(Covered{.first = begin / fresh, .weights = {}});
    for (std::int64_t j = c.first; j * fresh < end; ++j)
      c.weights.push_back(std::min(end, (j + 1) * fresh) - std::max(begin, j * fresh));
  }
  return all;
}

// Down the columns first, which the compiler makes vectors of.
Pixels resampled(Pixels picture, std::int64_t height, std::int64_t width) {
  if (height == picture.height && width == picture.width) return picture;
  const std::int64_t channels = picture.channels, area = picture.height * picture.width;
  const auto line_size = static_cast<std::size_t>(picture.width * channels);
  const std::vector<Covered> columns = covered(picture.width, width), rows = covered(picture.height, height);
  std::vector<std::uint32_t> sums(line_size);  // at most 255 times the old height, which is below 2^24
  Pixels p{.height = height, .width = width, .channels = channels, .orientation = picture.orientation};
  p.bytes.resize(static_cast<std::size_t>(height * width * channels));
  std::uint8_t* to = p.bytes.data();
  for (const Covered& row : rows) {
    std::fill(sums.begin(), sums.end(), 0u);
    for (std::size_t i = 0; i < row.weights.size(); ++i) {
      const std::uint8_t* const line = picture.bytes.data() + (static_cast<std::size_t>(row.first) + i) * line_size;
      const auto weight = static_cast<std::uint32_t>(row.weights[i]);
      for (std::size_t k = 0; k < line_size; ++k) sums[k] += weight * line[k];
    }
    for (const Covered& column : columns)
      for (std::int64_t c = 0; c < channels; ++c) {
        const std::uint32_t* from = sums.data() + column.first * channels + c;
        std::int64_t sum = 0;  // at most 255 times the area
        for (const std::int64_t weight : column.weights) sum += weight * *from, from += channels;
        *to++ = static_cast<std::uint8_t>((2 * sum + area) / (2 * area));
      }
  }
  return p;
}

}  // namespace

int exif_orientation(std::string_view tiff) {
  constexpr std::uint32_t tag = 0x0112, short_number = 3;
  if (!tiff.starts_with("II") && !tiff.starts_with("MM")) return 1;
  const std::size_t directory = tiff_number(tiff, 4, 4);
  const std::uint32_t entries = tiff_number(tiff, directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + 12 * std::size_t{i};
    if (tiff_number(tiff, at, 2) != tag || tiff_number(tiff, at + 2, 2) != short_number) continue;
    const std::uint32_t value = tiff_number(tiff, at + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

// Orientations 5 to 8 have the axes exchanged. The first stored row is at the bottom or at the right in 3, 4, 6 and 7;
// the first stored column in 2, 3, 7 and 8.
Pixels upright(Pixels stored) {
  const int orientation = stored.orientation;
  if (orientation == 1) return stored;
  const bool exchanged = lies_on_its_side(stored);
  const bool rows_back = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool columns_back = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Pixels p{.height = stored.height, .width = stored.width, .channels = stored.channels};
  if (exchanged) std::swap(p.height, p.width);
  p.bytes.resize(stored.bytes.size());
  std::uint8_t* to = p.bytes.data();
  for (std::int64_t y = 0; y < p.height; ++y)
    for (std::int64_t x = 0; x < p.width; ++x, to += p.channels) {
      std::int64_t row = exchanged ? x : y, column = exchanged ? y : x;
      if (rows_back) row = stored.height - 1 - row;
      if (columns_back) column = stored.width - 1 - column;
      std::copy_n(stored.bytes.data() + (row * stored.width + column) * p.channels, p.channels, to);
    }
  return p;
}

Pixels with_channels(Pixels picture, std::int64_t channels) {
  if (picture.channels == channels) return picture;
  Pixels p{.height = picture.height, .width = picture.width, .channels = channels, .orientation = picture.orientation};
  p.bytes.resize(static_cast<std::size_t>(p.height * p.width * channels));
  const std::uint8_t* from = picture.bytes.data();
  for (std::size_t i = 0; i < p.bytes.size(); i += static_cast<std::size_t>(channels), from += picture.channels) {
    // the weights times 2^16
    if (channels == 1)
      p.bytes[i] = static_cast<std::uint8_t>((19595u * from[0] + 38470u * from[1] + 7471u * from[2] + 0x8000u) >> 16);
    else std::fill_n(p.bytes.data() + i, channels, from[0]);
  }
  return p;
}

Pixels brought_to(Pixels picture, std::int64_t height, std::int64_t width, std::int64_t channels) {
  if (lies_on_its_side(picture)) std::swap(height, width);
  // turned when it is small: the means are the same
  return upright(with_channels(resampled(std::move(picture), height, width), channels));
}

}  // namespace logitape::inline v0::data
