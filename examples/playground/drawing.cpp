// From a canvas to 8 x 8 counts.
#include "drawing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

constexpr std::size_t side = 32, block = 4, cells = side / block;
constexpr std::size_t usual_ink = 312;                      // of the 1024 points, on average over the data
constexpr double tallest = 32, widest = 22, narrowest = 6;  // of a digit in its bitmap

struct Box {
  double left, top, right, bottom;
};

Box box_of(const std::vector<double>& ink, std::size_t size) {
  const auto n = static_cast<double>(size);
  Box b{n, n, 0, 0};
  for (std::size_t y = 0; y < size; ++y)
    for (std::size_t x = 0; x < size; ++x)
      if (ink[y * size + x] >= 0.5) {
        b.left = std::min(b.left, static_cast<double>(x));
        b.right = std::max(b.right, static_cast<double>(x + 1));
        b.top = std::min(b.top, static_cast<double>(y));
        b.bottom = std::max(b.bottom, static_cast<double>(y + 1));
      }
  return b;
}

// How far each point of the fitted bitmap is from the ink: below 0 inside of it, by the distance to the paper.
std::vector<double> distances(const std::vector<double>& ink, std::size_t size, const Box& b, double stretch) {
  const double height = b.bottom - b.top, width = b.right - b.left;
  const double tall = tallest, wide = std::clamp(stretch * width * tallest / height, narrowest, widest);
  const auto inked = [&](double x, double y) {  // at a point of the bitmap
    const double u = b.left + (x - (side - wide) / 2) * width / wide,
                 v = b.top + (y - (side - tall) / 2) * height / tall;
    const auto i = static_cast<std::ptrdiff_t>(std::floor(u)), j = static_cast<std::ptrdiff_t>(std::floor(v));
    const auto n = static_cast<std::ptrdiff_t>(size);
    return i >= 0 && j >= 0 && i < n && j < n && ink[static_cast<std::size_t>(j * n + i)] >= 0.5;
  };
  std::vector<char> on;
  for (std::size_t i = 0; i < side * side; ++i)
    on.push_back(inked(static_cast<double>(i % side) + 0.5, static_cast<double>(i / side) + 0.5));
  std::vector<double> far(side * side);
  for (std::size_t i = 0; i < far.size(); ++i) {
    double nearest = 1e9;
    for (std::size_t j = 0; j < far.size(); ++j)
      if (on[j] != on[i])
        nearest = std::min(nearest, std::hypot(static_cast<double>(i % side) - static_cast<double>(j % side),
                                               static_cast<double>(i / side) - static_cast<double>(j / side)));
    far[i] = on[i] ? -nearest : nearest;
  }
  return far;
}

// Of the `used_ink` points that are nearest to the middle of a stroke, those in each block.
std::vector<double> counted(const std::vector<double>& far, std::size_t used_ink) {
  std::vector<std::size_t> order(far.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&far](std::size_t i, std::size_t j) { return far[i] < far[j]; });
  std::vector<double> picture(cells * cells, 0.0);
  for (std::size_t k = 0; k < used_ink; ++k) picture[order[k] / side / block * cells + order[k] % side / block] += 1;
  return picture;
}

}  // namespace

std::vector<std::vector<double>> pictures_of(const std::vector<double>& ink, std::size_t size) {
  const Box b = box_of(ink, size);
  if (b.right <= b.left) return {};
  std::vector<std::vector<double>> pictures;
  for (const double stretch : {1.0, 0.85, 1.15}) {
    const std::vector<double> far = distances(ink, size, b, stretch);
    for (const std::size_t used_ink : {usual_ink, usual_ink - 48, usual_ink + 48})
      pictures.push_back(counted(far, used_ink));
  }
  return pictures;
}
