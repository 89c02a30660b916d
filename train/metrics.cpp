// What is counted over rows: those whose largest logit is at the label, and how sure the model was of them.
#include "logitape/train/metrics.h"

#include <algorithm>
#include <cmath>

#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index_check.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/support.h"

namespace logitape::inline v0 {
namespace {

void check_rows(const char* op, const Tensor& logits, const Tensor& labels) {
  ops::check_arithmetic(op, {{"logits", logits}});
  ops::check_indices(op, {"labels", labels});
  ops::check_present(op, {{"logits", logits}, {"labels", labels}});
  require(logits.rank() >= 1, op, "logits are {}; rank 1 or more is needed", logits);
  const int last = logits.rank() - 1;
  require(labels.shape() == Shape(std::span(logits.shape().begin(), static_cast<std::size_t>(last))), op,
          "labels {} are not the shape of logits {} less the last axis", labels.shape(), logits.shape());
  ops::check_index_range(op, "label", "row", labels, logits.shape()[last]);
}

}  // namespace

double accuracy(const Tensor& logits, const Tensor& labels) {
  check_rows("accuracy", logits, labels);
  require(labels.size() > 0, "accuracy", "labels {} have no rows", labels.shape());
  const Tensor right = equal(argmax(logits), cast(labels, DType::i64));
  return sum(cast(right, DType::f64)).item<double>() / static_cast<double>(labels.size());
}

Tensor confusion_matrix(const Tensor& logits, const Tensor& labels) {
  check_rows("confusion_matrix", logits, labels);
  const std::int64_t classes = logits.shape()[logits.rank() - 1];
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes * classes));
  if (labels.size() > 0) {
    const auto named = argmax(logits).to_vector<std::int64_t>(), truth = labels.to_vector<std::int64_t>();
    for (std::size_t row = 0; row < truth.size(); ++row) ++counts[static_cast<std::size_t>(truth[row] * classes + named[row])];
  }
  return from_span(counts, {classes, classes});
}

std::vector<ClassCounts> class_counts(const Tensor& confusion) {
  require(confusion.defined() && confusion.dtype() == DType::i64 && confusion.rank() == 2 && confusion.shape()[0] == confusion.shape()[1],
          "class_counts", "the matrix is {}; i64 [classes, classes] is needed", confusion);
  const auto counts = confusion.to_vector<std::int64_t>();
  std::vector<ClassCounts> classes(static_cast<std::size_t>(confusion.shape()[0]));
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    for (std::size_t named = 0; named < classes.size(); ++named) {
      const std::int64_t count = counts[truth * classes.size() + named];
      classes[truth].members += count;
      classes[named].named += count;
    }
    classes[truth].right = counts[truth * classes.size() + truth];
  }
  return classes;
}

std::vector<ReliabilityBin> reliability(const Tensor& probabilities, const Tensor& labels, int bins) {
  const char* const op = "reliability";
  check_rows(op, probabilities, labels);
  require(labels.size() > 0, op, "labels {} have no rows", labels.shape());
  require(bins >= 1, op, "bins is {}; at least 1 is needed", bins);
  std::vector<ReliabilityBin> all(static_cast<std::size_t>(bins));
  for (int b = 0; b < bins; ++b) {
    all[static_cast<std::size_t>(b)].low = static_cast<double>(b) / bins;
    all[static_cast<std::size_t>(b)].high = static_cast<double>(b + 1) / bins;
  }
  const auto sure = max(probabilities, {.axes = {-1}}).to_vector<double>();
  const auto named = argmax(probabilities).to_vector<std::int64_t>(), truth = labels.to_vector<std::int64_t>();
  for (std::size_t row = 0; row < sure.size(); ++row) {
    const double p = sure[row];
    require(p >= 0 && p <= 1 + 1e-6, op, "the largest probability of row {} is {}; a softmax may be missing", row,
            p);  // 1e-6: rounded to f32
    const auto above = std::find_if(all.begin(), all.end(), [&](const ReliabilityBin& b) { return p <= b.high; });
    ReliabilityBin& bin = above == all.end() ? all.back() : *above;
    ++bin.rows;
    bin.confidence += p;
    bin.accuracy += named[row] == truth[row];
  }
  for (ReliabilityBin& bin : all) {
    const auto rows = static_cast<double>(std::max<std::int64_t>(bin.rows, 1));
    bin.confidence /= rows;
    bin.accuracy /= rows;
  }
  return all;
}

double calibration_error(std::span<const ReliabilityBin> bins) {
  double off = 0, rows = 0;
  for (const ReliabilityBin& b : bins) {
    off += static_cast<double>(b.rows) * std::fabs(b.accuracy - b.confidence);
    rows += static_cast<double>(b.rows);
  }
  return off / std::max(rows, 1.0);
}

double calibration_error(const Tensor& probabilities, const Tensor& labels, int bins) {
  return calibration_error(reliability(probabilities, labels, bins));
}

}  // namespace logitape::inline v0
