// Temperature scaling: logits divided by one number, so that probabilities say how often they are right. Guo, Pleiss,
// Sun, Weinberger, "On calibration of modern neural networks", 2017.
#pragma once
#include <string>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The T in [0.05, 20] that minimises the mean of cross_entropy(logits / T, labels), by golden sections of log T in f64,
// to 1 part in 10^7: the loss is convex in 1/T. Use rows that the model has not learnt from. logits [rows, classes],
// labels [rows]. 1 if the loss has no minimum: if the label's logit is the largest in every row (then smaller T are
// better), or on the whole not above the mean of its row (then larger T are better, or all T equal). Errors: those of
// cross_entropy; no rows; a logit that is NaN or +inf, named with its row.
double fit_temperature(const Tensor& logits, const Tensor& labels);

// The temperature, and what it changed.
struct Calibration {
  double temperature = 1;
  double loss_before = 0, loss_after = 0;
  double error_before = 0, error_after = 0;  // expected calibration error, of 15 bins (train/metrics/curves.h)
  // Why the temperature is 1: "15 rows right, 0 wrong; 10 of each are needed"; "": it was fitted.
  std::string kept = {};
};
// fit_temperature if the rows can tell a temperature from 1; else 1. They can if at least 10 rows are right and 10
// wrong, and the fitted temperature is likelier than 1 at the 5% level: 2 rows (loss_before - loss_after) > 3.84, the
// quantile of chi-squared of one degree (Wilks, 1938). With fewer rows two or three of them decide the minimum, and it
// may be far too sure of all others. labels: class indices. Errors: those of fit_temperature.
Calibration calibrate(const Tensor& logits, const Tensor& labels);

}  // namespace logitape::inline v0
