// Counts rows whose largest logit is at the label.
#include "logitape/train/metrics/metrics.h"

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include <algorithm>
#include <map>
#include <string>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/data/detail/row_weights.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {
namespace {

Shape less_the_last_axis(const Shape& shape) {
  return Shape(std::span(shape.begin(), static_cast<std::size_t>(std::max(shape.rank() - 1, 0))));
}

// A hint from the shapes about the mistake.
std::string cure_of(const char* op, const Tensor& logits, const Tensor& labels) {
  const Shape rows = less_the_last_axis(logits.shape());
  if (labels.rank() > 0 && less_the_last_axis(labels.shape()) == logits.shape())
    return fmt::format(": they have changed places, write {}(logits, labels)", op);
  if (labels.shape() == logits.shape())
    return is_index(logits.dtype()) ? ": give the logits, not the classes they name"
                                    : ": where they are one-hot, write argmax(labels, -1)";
  return labels.size() == rows.size() ? fmt::format(": write reshape(labels, {{{}}})", fmt::join(rows, ", ")) : "";
}

// Shapes come before dtypes: if two arguments have changed places, both are wrong.
void check_shapes(const char* op, const Tensor& logits, const Tensor& labels) {
  if (logits.rank() > 0 && labels.shape() == less_the_last_axis(logits.shape())) return;
  fail(ErrorCode::invalid_argument, op, "labels {} are not the shape of logits {} less the last axis{}", labels.shape(),
       logits.shape(), cure_of(op, logits, labels));
}

void check_rows(const char* op, const Tensor& logits, const Tensor& labels) {
  ops::check_present(op, {{"logits", logits}, {"labels", labels}});
  check_shapes(op, logits, labels);
  ops::check_arithmetic(op, {{"logits", logits}});
  ops::check_indices(op, {"labels", labels});
  const int last = logits.rank() - 1;
  ops::check_index_range(op, "label", "row", labels, logits.shape()[last]);
  train::require_no_nan(op, "logit", logits);
}

}  // namespace

double accuracy(const Tensor& logits, const Tensor& labels) {
  check_rows("accuracy", logits, labels);
  require(labels.size() > 0, "accuracy", "labels {} have no rows", labels.shape());
  return sum(equal(argmax(logits, -1), labels.to(DType::i64))).item<double>() / static_cast<double>(labels.size());
}

double accuracy(const Tensor& logits, const Tensor& labels, const Tensor& weights) {
  check_rows("accuracy", logits, labels);
  const std::vector<double> weight = train::checked_weights("accuracy", weights, labels.size());
  const auto named = argmax(logits, -1).to_vector<std::int64_t>(), truth = labels.to_vector<std::int64_t>();
  double right = 0, sum = 0;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    right += named[row] == truth[row] ? weight[row] : 0;
    sum += weight[row];
  }
  return right / sum;
}

double top_k_accuracy(const Tensor& logits, const Tensor& labels, std::int64_t k) {
  const char* const op = "top_k_accuracy";
  check_rows(op, logits, labels);
  require(labels.size() > 0, op, "labels {} have no rows", labels.shape());
  const std::int64_t classes = logits.shape()[logits.rank() - 1];
  require(k >= 1 && k <= classes, ErrorCode::out_of_range, op, "k is {}; logits {} have {} classes: [1, {}] is needed",
          k, logits.shape(), classes, classes);
  const auto values = logits.to_vector<double>();  // exact: no floating dtype is wider
  const auto truth = labels.to_vector<std::int64_t>();
  std::int64_t right = 0;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const double* const logit = values.data() + row * static_cast<std::size_t>(classes);
    const double own = logit[truth[row]];
    std::int64_t before = 0;  // classes whose logit is larger
    for (std::int64_t c = 0; c < classes; ++c) before += logit[c] > own || (logit[c] == own && c < truth[row]);
    right += before < k;
  }
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

double majority_accuracy(const Tensor& training_labels, const Tensor& labels) {
  const char* const op = "majority_accuracy";
  ops::check_present(op, {{"training_labels", training_labels}, {"labels", labels}});
  ops::check_indices(op, {"training_labels", training_labels});
  ops::check_indices(op, {"labels", labels});
  require(training_labels.rank() == 1 && training_labels.size() > 0 && labels.rank() == 1 && labels.size() > 0, op,
          "training_labels are {}, labels {}; [n] with at least one row is needed", training_labels, labels);
  std::map<std::int64_t, std::int64_t> rows;
  for (const std::int64_t label : training_labels.to_vector<std::int64_t>()) ++rows[label];
  const auto most =
      std::max_element(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::vector<std::int64_t> truth = labels.to_vector<std::int64_t>();
  return static_cast<double>(std::count(truth.begin(), truth.end(), most->first)) / static_cast<double>(truth.size());
}

Tensor confusion_matrix(const Tensor& logits, const Tensor& labels) {
  check_rows("confusion_matrix", logits, labels);
  const std::int64_t classes = logits.shape()[logits.rank() - 1];
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes * classes));
  if (labels.size() > 0) {
    const auto named = argmax(logits, -1).to_vector<std::int64_t>(), truth = labels.to_vector<std::int64_t>();
    for (std::size_t row = 0; row < truth.size(); ++row)
      ++counts[static_cast<std::size_t>(truth[row] * classes + named[row])];
  }
  return from_span(counts, {classes, classes});
}

std::vector<ClassCounts> class_counts(const Tensor& confusion) {
  require(confusion.defined() && confusion.dtype() == DType::i64 && confusion.rank() == 2 &&
              confusion.shape()[0] == confusion.shape()[1],
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

}  // namespace logitape::inline v0
