// Each change maps a place of the new picture to one of the old, x and y apart: they are chained, and read once.
#include "logitape/train/data/augment.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* augment_op = "augment";
constexpr double least_part = 0.75;  // of the extents, of a crop
constexpr std::int64_t eighth = 8;

// A new place is old place `at` and, to the share `beyond`, the one behind it.
struct Source {
  std::int64_t at, next;
  double beyond;
};

// What is drawn for a picture, each in [0, 1).
struct Draws {
  double flip, x_shift, y_shift, part, x_crop, y_crop;
};

std::vector<Source> sources(std::int64_t extent, bool mirrored, double shift, double part, double crop,
                            const Augmentation& how) {
  const std::int64_t most = extent / eighth;
  const std::int64_t moved =
      how.shift ? static_cast<std::int64_t>(shift * static_cast<double>(2 * most + 1)) - most : 0;
  const double share = how.crop ? least_part + (1 - least_part) * part : 1;
  const double first = how.crop ? crop * (1 - share) * static_cast<double>(extent) : 0;
  const auto last = static_cast<double>(extent - 1);
  std::vector<Source> all;
  for (std::int64_t i = 0; i < extent; ++i) {
    const std::int64_t there = mirrored ? extent - 1 - i : i;
    // middles of pixels are at 1/2, 3/2, ...
    const double place =
        how.crop ? first + (static_cast<double>(there) + 0.5) * share - 0.5 : static_cast<double>(there);
    const double within = std::clamp(place + static_cast<double>(moved), 0.0, last);
    const auto at = static_cast<std::int64_t>(within);
    all.push_back({at, std::min(at + 1, extent - 1), within - static_cast<double>(at)});
  }
  return all;
}

template <class T>
void change(const T* from, T* to, const Shape& image, const Draws& d, const Augmentation& how) {
  const std::int64_t width = image[1], channels = image.rank() == 3 ? image[2] : 1;
  const std::vector<Source> rows = sources(image[0], false, d.y_shift, d.part, d.y_crop, how);
  const std::vector<Source> columns = sources(width, how.flip && d.flip < 0.5, d.x_shift, d.part, d.x_crop, how);
  for (const Source& y : rows) {
    const T *const upper = from + y.at * width * channels, *const lower = from + y.next * width * channels;
    const T below = static_cast<T>(y.beyond);
    for (const Source& x : columns) {
      const T right = static_cast<T>(x.beyond);
      for (std::int64_t c = 0; c < channels; ++c, ++to) {
        const auto between = [&](const T* line) {
          const T left = line[x.at * channels + c];
          return right == 0 ? left : left + right * (line[x.next * channels + c] - left);
        };
        const T above = between(upper);
        *to = below == 0 ? above : above + below * (between(lower) - above);
      }
    }
  }
}

// The shape of a row. Error: it has other elements than the picture.
Shape image_of(const Tensor& inputs, const Augmentation& how) {
  const Shape& s = inputs.shape();
  const auto given = std::find(how.image.begin(), how.image.end(), 0);
  Shape image(std::vector<std::int64_t>(how.image.begin(), given));
  if (given == how.image.begin() && s.rank() >= 2) image = Shape(std::vector<std::int64_t>(s.begin() + 1, s.end()));
  require((image.rank() == 2 || image.rank() == 3) && inputs.size() == s[0] * image.size(), augment_op,
          "rows of {} are no pictures {}: [height, width] or [height, width, channels] is needed", inputs, image);
  return image;
}

}  // namespace

std::string Augmentation::str() const {
  std::string list;
  for (const auto& [name, on] : {std::pair{"flip", flip}, {"shift", shift}, {"crop", crop}})
    if (on) list.append(list.empty() ? "" : ",").append(name);
  return list.empty() ? "none" : list;
}

Augmentation Augmentation::named(std::string_view list) {
  Augmentation how;
  for (std::string_view rest = list;;) {
    const std::string_view word = rest.substr(0, rest.find(','));
    require(word == "flip" || word == "shift" || word == "crop", augment_op,
            "\"{}\" in \"{}\" is no augmentation; there are flip, shift and crop", word, list);
    (word == "flip" ? how.flip : word == "shift" ? how.shift : how.crop) = true;
    if (word.size() == rest.size()) return how;
    rest.remove_prefix(word.size() + 1);
  }
}

Tensor augment(const Tensor& inputs, const Augmentation& how, Generator& rng) {
  require(inputs.defined() && inputs.rank() >= 1 && is_arithmetic(inputs.dtype()), augment_op,
          "inputs are {}; pictures of f32 or f64 are needed", inputs);
  const Shape image = image_of(inputs, how);
  const NoGrad guard;
  const Tensor from = inputs.to(Device::cpu());
  Tensor to = Tensor::uninitialised(inputs.shape(), inputs.dtype());
  visit_floating(inputs.dtype(), [&]<class T>() {
    const T* old = static_cast<const T*>(from.data());
    T* fresh = static_cast<T*>(to.writable());
    for (std::int64_t row = 0; row < inputs.shape()[0]; ++row, old += image.size(), fresh += image.size()) {
      Draws d{};
      for (double* const one : {&d.flip, &d.x_shift, &d.y_shift, &d.part, &d.x_crop, &d.y_crop})
        *one = rng.next_uniform();
      change(old, fresh, image, d, how);
    }
  });
  return to.to(inputs.device());
}

}  // namespace logitape::inline v0
