// A search in one dimension.
#include "logitape/train/temperature.h"

#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/core/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/curves.h"

namespace logitape::inline v0 {

double fit_temperature(const Tensor& logits, const Tensor& labels) {
  require(logits.defined() && labels.defined() && labels.size() > 0, "fit_temperature", "logits are {}, labels {}; rows are needed", logits,
          labels);
  const NoGrad guard;
  const Tensor wide = cast(logits, DType::f64);
  const auto loss = [&](double log_t) { return cross_entropy(wide, labels, {.temperature = std::exp(log_t)}).item<double>(); };
  double low = std::log(0.05), high = std::log(20.0);
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = loss(left), at_right = loss(right);
  while (high - low > 1e-7) {  // nearer, the loss is too flat to tell two temperatures apart
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

Calibration calibrate(const Tensor& logits, const Tensor& labels) {
  Calibration c;
  c.temperature = fit_temperature(logits, labels);
  const NoGrad guard;
  const Tensor wide = cast(logits, DType::f64);
  c.loss_before = cross_entropy(wide, labels).item<double>();
  c.loss_after = cross_entropy(wide, labels, {.temperature = c.temperature}).item<double>();
  c.error_before = expected_calibration_error(reliability_diagram(softmax(wide), labels));
  c.error_after = expected_calibration_error(reliability_diagram(softmax(wide / c.temperature), labels));
  return c;
}

}  // namespace logitape::inline v0
