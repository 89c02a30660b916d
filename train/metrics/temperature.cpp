// A search in one dimension, if there is a minimum to find.
#include "logitape/train/metrics/temperature.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/metrics/curves.h"
#include "logitape/train/metrics/metrics.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {
namespace {

constexpr double least_rows = 10;           // right ones, and as many wrong ones
constexpr double quantile_of_chi2 = 3.841;  // 95%, of one degree of freedom

// The weight of each class: labels [rows] as [rows, classes].
std::vector<double> shares_of(const Tensor& labels, std::size_t rows, std::size_t classes) {
  if (is_floating(labels.dtype())) return labels.to_vector<double>();
  std::vector<double> shares(rows * classes);
  const std::vector<std::int64_t> of = labels.to_vector<std::int64_t>();
  for (std::size_t row = 0; row < rows; ++row) shares[row * classes + static_cast<std::size_t>(of[row])] = 1;
  return shares;
}

// With b = 1/T the loss is convex in b. Its slope is the sum over the rows of (E_p[x] - x of the label): E_p[x] is the
// plain mean at b = 0 and tends to the largest x. There is a minimum if the first slope is below 0 and the last above.
bool has_minimum(const Tensor& logits, const Tensor& labels) {
  const auto rows = static_cast<std::size_t>(logits.shape()[0]), classes = static_cast<std::size_t>(logits.shape()[1]);
  const std::vector<double> x = logits.to_vector<double>(), t = shares_of(labels, rows, classes);
  double first = 0, last = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double most = -std::numeric_limits<double>::infinity(), sum = 0, count = 0;
    for (std::size_t i = row * classes; i < (row + 1) * classes; ++i) {
      if (std::isinf(x[i]) && t[i] > 0) return false;  // the loss is infinite at every temperature
      if (std::isinf(x[i])) continue;
      most = std::max(most, x[i]);
      sum += x[i];
      ++count;
    }
    for (std::size_t i = row * classes; i < (row + 1) * classes; ++i) {
      if (t[i] == 0) continue;
      first += t[i] * (sum / count - x[i]);
      last += t[i] * (most - x[i]);
    }
  }
  return first < 0 && last > 0;
}

double least_loss(const Tensor& logits, const Tensor& labels) {
  const auto loss = [&](double log_t) {
    return cross_entropy(logits, labels, {.temperature = std::exp(log_t)}).item<double>();
  };
  double low = std::log(0.05), high = std::log(20.0);
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = loss(left), at_right = loss(right);
  while (high - low > 1e-7) {  // any nearer, and the loss is too flat to tell two temperatures apart
    if (at_left <= at_right) {
      high = right, right = left, at_right = at_left;
      left = high - golden * (high - low);
      at_left = loss(left);
    } else {
      low = left, left = right, at_left = at_right;
      right = low + golden * (high - low);
      at_right = loss(right);
    }
  }
  return std::exp((low + high) / 2);
}

// The logits in f64, checked.
Tensor checked(const char* op, const Tensor& logits, const Tensor& labels) {
  require(logits.defined() && labels.defined() && labels.size() > 0, op, "logits are {}, labels {}; rows are needed",
          logits, labels);
  require(logits.rank() == 2, op, "logits are {}; [rows, classes] are needed", logits);
  train::require_no_nan(op, "logit", logits);
  const Tensor wide = cast(on_host(logits), DType::f64);
  const auto* x = static_cast<const double*>(wide.data());
  const std::int64_t at = std::find(x, x + wide.size(), std::numeric_limits<double>::infinity()) - x;
  require(at == wide.size(), ErrorCode::out_of_range, op, "the logit of class {} at row {} is inf",
          at % wide.shape()[1], at / wide.shape()[1]);
  (void)cross_entropy(wide, on_host(labels));  // refuses bad labels
  return wide;
}

}  // namespace

double fit_temperature(const Tensor& logits, const Tensor& labels) {
  const NoGrad guard;
  const Tensor wide = checked("fit_temperature", logits, labels);
  return has_minimum(wide, on_host(labels)) ? least_loss(wide, on_host(labels)) : 1;
}

Calibration calibrate(const Tensor& logits, const Tensor& given) {
  const NoGrad guard;
  const Tensor wide = checked("calibrate", logits, given), labels = on_host(given);
  const auto rows = static_cast<double>(labels.size()), right = std::round(accuracy(wide, labels) * rows),
             wrong = rows - right;
  const auto loss_at = [&](double t) { return cross_entropy(wide, labels, {.temperature = t}).item<double>(); };
  Calibration c;
  c.loss_before = c.loss_after = loss_at(1);
  c.error_before = c.error_after = expected_calibration_error(reliability_diagram(softmax(wide), labels));
  const double fitted = has_minimum(wide, labels) ? least_loss(wide, labels) : 1, loss = loss_at(fitted);
  if (std::min(right, wrong) < least_rows)
    c.kept = fmt::format("{} rows right, {} wrong; {} of each are needed", right, wrong, least_rows);
  else if (fitted == 1) c.kept = "no temperature is the best";
  else if (!(2 * rows * (c.loss_before - loss) > quantile_of_chi2))
    c.kept = fmt::format("{} rows do not tell a temperature of {:.3g} from 1", rows, fitted);
  if (!c.kept.empty()) return c;
  c.temperature = fitted;
  c.loss_after = loss;
  c.error_after = expected_calibration_error(reliability_diagram(softmax(wide / fitted), labels));
  return c;
}

}  // namespace logitape::inline v0
