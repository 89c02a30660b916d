// Temperature scaling: logits divided by one number, so that the probabilities say how often they are right. Guo, Pleiss, Sun,
// Weinberger, "On calibration of modern neural networks", 2017.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The T in [0.05, 20] that minimises the mean of cross_entropy(logits / T, labels), by golden sections of log T in f64, to
// 1 part in 10^7: the loss is convex in 1/T. Of rows that the model has not learnt from. logits [rows, classes], labels [rows].
// Errors: those of cross_entropy; no rows.
double fit_temperature(const Tensor& logits, const Tensor& labels);

// What it came to.
struct Calibration {
  double temperature = 1;
  double loss_before = 0, loss_after = 0;
  double error_before = 0, error_after = 0;  // expected calibration error, of 15 bins (train/curves.h)
};
Calibration calibrate(const Tensor& logits, const Tensor& labels);

}  // namespace logitape::inline v0
