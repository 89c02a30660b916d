// Rows: |y|^2 - 2 xy in blocks, by matmul. Texts: each id of x visits the training texts that have it. So the time
// grows with what texts share, not with the number of buckets.
#include "logitape/train/metrics/neighbours.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "NearestNeighbours";
constexpr std::int64_t most_queries = 1024, most_rows = 2048, most_elements = 1 << 21;  // of a block; 16 MB each in f64

void check_inputs(const Tensor& inputs) {
  require(inputs.defined() && ((inputs.dtype() == DType::f32 && inputs.rank() >= 1) ||
                               (inputs.dtype() == DType::i64 && inputs.rank() == 2)),
          op, "the inputs are {}; f32 rows, or the ids of texts as i64 [n, ids], are needed", inputs);
  require(train::all_finite(inputs), ErrorCode::out_of_range, op, "the inputs have {}",
          *train::first_not_finite(inputs));
}

Tensor flattened(const Tensor& x) {
  return reshape(x, {x.shape()[0], x.shape()[0] == 0 ? 0 : x.size() / x.shape()[0]});
}

using Counts = std::map<std::int64_t, double>;

// How often each row of ids has each id.
std::vector<Counts> counted(const Tensor& ids) {
  std::vector<Counts> rows(static_cast<std::size_t>(ids.shape()[0]));
  const std::vector<std::int64_t> values = ids.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(ids.shape()[1]);
    require(values[i] >= -1, ErrorCode::out_of_range, op, "row {} has the id {}; 0 and more are ids, -1 is none", row,
            values[i]);
    if (values[i] >= 0) ++rows[row][values[i]];
  }
  return rows;
}

double sum_of_squares(const Counts& counts) {
  double sum = 0;
  for (const auto& [id, count] : counts) sum += count * count;
  return sum;
}

}  // namespace

// The nearest rows so far, the nearest first; of equally near rows the first one offered.
struct NearestNeighbours::Nearest {
  struct Row {
    double distance;  // or a number that ranks in the same way
    std::size_t row;
  };

  void offer(std::size_t k, const Row& candidate) {
    if (rows.size() == k && !(candidate.distance < rows.back().distance)) return;
    if (rows.size() == k) rows.pop_back();
    rows.insert(std::upper_bound(rows.begin(), rows.end(), candidate,
                                 [](const Row& a, const Row& b) { return a.distance < b.distance; }),
                candidate);
  }

  std::vector<Row> rows = {};
};

NearestNeighbours::NearestNeighbours(const Dataset& training, std::int64_t k, std::int64_t classes)
    : k_(static_cast<std::size_t>(k)), inputs_(on_host(training.inputs)) {
  check_inputs(inputs_);
  require(training.labels.rank() == 1 && is_index(training.labels.dtype()), op,
          "the labels are {}; integers [n] are needed", training.labels);
  require(k >= 1 && k <= training.size(), op, "k is {} for {} training rows; 1 to as many are possible", k,
          training.size());
  require(classes >= 0, op, "classes is {}; at least 0 is needed", classes);
  labels_ = training.labels.to_vector<std::int64_t>();
  const std::int64_t largest = *std::max_element(labels_.begin(), labels_.end());
  classes_ = static_cast<std::size_t>(classes == 0 ? largest + 1 : classes);
  for (std::size_t row = 0; row < labels_.size(); ++row)
    require(labels_[row] >= 0 && labels_[row] < static_cast<std::int64_t>(classes_), ErrorCode::out_of_range, op,
            "label {} of row {} is outside [0, {})", labels_[row], row, classes_);
  if (inputs_.dtype() != DType::i64) return;
  const std::vector<Counts> texts = counted(inputs_);
  for (std::size_t row = 0; row < texts.size(); ++row) {
    squares_.push_back(sum_of_squares(texts[row]));
    for (const auto& [id, count] : texts[row]) texts_with_[id].push_back({row, count});
  }
}

std::vector<NearestNeighbours::Nearest> NearestNeighbours::nearest_rows(const Tensor& x) const {
  const NoGrad guard;
  const Tensor queries = flattened(x), rows = flattened(inputs_);
  const std::int64_t asked = queries.shape()[0], known = rows.shape()[0],
                     fitting = most_elements / std::max<std::int64_t>(1, rows.shape()[1]);
  const std::int64_t query_block = std::clamp<std::int64_t>(fitting, 1, most_queries);
  const std::int64_t row_block = std::clamp<std::int64_t>(fitting, 1, most_rows);
  std::vector<Nearest> nearest(static_cast<std::size_t>(asked));
  for (std::int64_t q = 0; q < asked; q += query_block) {
    const Tensor twice = train::rows_of(queries, q, std::min(query_block, asked - q)).to(DType::f64) * -2;
    for (std::int64_t r = 0; r < known; r += row_block) {
      const Tensor y = train::rows_of(rows, r, std::min(row_block, known - r)).to(DType::f64);
      const Tensor distances = matmul(twice, y, {.transpose_b = true}) + sum(y * y, {.axes = {1}});
      const auto* distance = static_cast<const double*>(distances.data());
      for (std::int64_t i = 0; i < distances.shape()[0]; ++i)
        for (std::int64_t j = 0; j < distances.shape()[1]; ++j)
          nearest[static_cast<std::size_t>(q + i)].offer(k_, {*distance++, static_cast<std::size_t>(r + j)});
    }
  }
  return nearest;
}

std::vector<NearestNeighbours::Nearest> NearestNeighbours::nearest_texts(const Tensor& x) const {
  std::vector<Nearest> nearest;
  for (const Counts& counts : counted(x)) {
    std::vector<double> products(labels_.size());  // of whole numbers, and so exact
    for (const auto& [id, count] : counts)
      if (const auto found = texts_with_.find(id); found != texts_with_.end())
        for (const Occurrence& text : found->second) products[text.row] += count * text.count;
    Nearest& rows = nearest.emplace_back();
    const double square = sum_of_squares(counts);
    for (std::size_t row = 0; row < products.size(); ++row) {
      const double length = squares_[row] > 0 ? 1 : 0;  // of y
      rows.offer(k_,
                 {products[row] > 0 ? length - 2 * products[row] / std::sqrt(square * squares_[row]) : length, row});
    }
  }
  return nearest;
}

void NearestNeighbours::vote(const Nearest& nearest, std::span<float> shares) const {
  std::vector<int> votes(classes_);
  for (const Nearest::Row& neighbour : nearest.rows) ++votes[static_cast<std::size_t>(labels_[neighbour.row])];
  for (std::size_t c = 0; c < classes_; ++c) shares[c] = static_cast<float>(votes[c]) / static_cast<float>(k_);
  const int most = *std::max_element(votes.begin(), votes.end());
  if (std::count(votes.begin(), votes.end(), most) == 1) return;
  for (const Nearest::Row& neighbour : nearest.rows) {
    const auto c = static_cast<std::size_t>(labels_[neighbour.row]);
    if (votes[c] < most) continue;
    shares[c] = std::nextafter(shares[c], 1.f);
    return;
  }
}

std::vector<NearestNeighbours::Nearest> NearestNeighbours::found(const Tensor& given) const {
  const Tensor x = on_host(given);
  check_inputs(x);
  const bool texts = inputs_.dtype() == DType::i64;
  const std::span row(x.shape().begin() + 1, x.shape().end()),
      known(inputs_.shape().begin() + 1, inputs_.shape().end());
  require(x.dtype() == inputs_.dtype() && (texts || std::equal(row.begin(), row.end(), known.begin(), known.end())), op,
          "the inputs are {}, those of training {}: rows of another kind", x, inputs_);
  return texts ? nearest_texts(x) : nearest_rows(x);
}

Tensor NearestNeighbours::nearest(const Tensor& x) const {
  std::vector<std::int64_t> places;
  for (const Nearest& neighbours : found(x))
    for (const Nearest::Row& near : neighbours.rows) places.push_back(static_cast<std::int64_t>(near.row));
  return from_span(places, {x.shape()[0], static_cast<std::int64_t>(k_)});
}

Tensor NearestNeighbours::operator()(const Tensor& x) const {
  const std::vector<Nearest> nearest = found(x);
  Tensor shares = Tensor::uninitialised({x.shape()[0], static_cast<std::int64_t>(classes_)}, DType::f32);
  auto* to = static_cast<float*>(shares.writable());
  for (std::size_t i = 0; i < nearest.size(); ++i) vote(nearest[i], {to + i * classes_, classes_});
  return shares;
}

}  // namespace logitape::inline v0
