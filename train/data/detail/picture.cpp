// Correlations of pairs of columns, over some of the rows, averaged over the pairs at the same distance. In digits.csv:
// beside 0.32, below 0.48, corner 0.09, far -0.04 and less, wrapped around -0.01. For unrelated columns all are 0; for
// columns that go together all are alike; in a series, wrapped around is as large as beside.
#include "logitape/train/data/detail/picture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::data {
namespace {

constexpr std::size_t least_rows = 30, most_rows = 500;
constexpr double enough = 0.2, clearly = 0.15, corner_clearly = 0.07;

// Columns as deviations from their mean, scaled to length 1; empty: a constant column.
class Columns {
 public:
  Columns(std::span<const double> x, std::size_t columns) : columns_(columns) {
    const std::size_t rows = x.size() / columns, step = std::max<std::size_t>(1, rows / most_rows);
    for (std::size_t row = 0; row < rows; row += step) taken_.push_back(row);
    for (std::size_t c = 0; c < columns; ++c) {
      std::vector<double>& column = deviations_.emplace_back();
      double mean = 0, squares = 0;
      for (const std::size_t row : taken_) mean += x[row * columns + c] / static_cast<double>(taken_.size());
      for (const std::size_t row : taken_) {
        column.push_back(x[row * columns + c] - mean);
        squares += column.back() * column.back();
      }
      if (squares < 1e-9) column.clear();
      for (double& d : column) d /= std::sqrt(squares);
    }
  }

  // The mean correlation of the columns (i, j) and (i + down, j + right) of a picture, over all pairs that are in it
  // and vary; 0: there are none.
  double correlation(std::int64_t side, std::int64_t down, std::int64_t right) const {
    double sum = 0, pairs = 0;
    for (std::int64_t i = 0; i + down < side; ++i)
      for (std::int64_t j = std::max<std::int64_t>(0, -right); j < std::min(side, side - right); ++j)
        add(i * side + j, (i + down) * side + j + right, sum, pairs);
    return pairs > 0 ? sum / pairs : 0;
  }
  // The same for one row's end and the next row's beginning.
  double wrapped(std::int64_t side) const {
    double sum = 0, pairs = 0;
    for (std::int64_t i = 1; i < side; ++i) add(i * side - 1, i * side, sum, pairs);
    return pairs > 0 ? sum / pairs : 0;
  }

 private:
  void add(std::int64_t a, std::int64_t b, double& sum, double& pairs) const {
    const std::vector<double>&x = deviations_[static_cast<std::size_t>(a)],
          &y = deviations_[static_cast<std::size_t>(b)];
    if (x.empty() || y.empty()) return;
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
    ++pairs;
  }

  std::size_t columns_;
  std::vector<std::size_t> taken_;
  std::vector<std::vector<double>> deviations_;
};

}  // namespace

bool look_like_pictures(std::span<const double> x, std::int64_t side) {
  const auto columns = static_cast<std::size_t>(side * side);
  if (x.size() / columns < least_rows) return false;
  const Columns all(x, columns);
  const double near = std::min(all.correlation(side, 0, 1), all.correlation(side, 1, 0));
  const double corner = (all.correlation(side, 1, 1) + all.correlation(side, 1, -1)) / 2;
  const double far = (all.correlation(side, side / 2, side / 2) + all.correlation(side, side / 2, -side / 2)) / 2;
  return near > enough && near > far + clearly && near > all.wrapped(side) + clearly && corner > far + corner_clearly;
}

bool are_same_picture(std::vector<std::int64_t> a, std::vector<std::int64_t> b) {
  if (a.size() == 3 && a.back() == 1) a.pop_back();
  if (b.size() == 3 && b.back() == 1) b.pop_back();
  return a == b;
}

void require_pixels_alike(const char* op, const Tensor& raw, const PreparedColumn& pixels) {
  const double from = pixels.offset, to = from + pixels.scale;
  if (from == pixels.mean || pixels.mean > to) return;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool whole = true;
  visit_any(raw.dtype(), [&]<class T>() {
    for (const T element : std::span(static_cast<const T*>(raw.data()), static_cast<std::size_t>(raw.size()))) {
      const auto x = convert_element<double>(element);
      if (std::isnan(x)) continue;
      low = std::min(low, x);
      high = std::max(high, x);
      whole = whole && x == std::trunc(x);  // a black picture of 0 to 255 has whole numbers
    }
  });
  const bool smaller = pixels.scale >= 100 && low >= 0 && high <= 1 && !whole,
             larger = pixels.scale <= 2 && low >= 0 && high >= 100;
  require(!smaller && !larger, op, "the pixels go from {} to {}, and in training from {} to {}: scale them alike", low,
          high, from, to);
}

}  // namespace logitape::inline v0::data
