// The loss of one row of numbers, as the page and its program in C++ ask for it.
#pragma once
#include <vector>

#include "request.h"

// A row: its logits x, its labels t, and what is done to them before the loss.
struct LossQuestion {
  logitape::Tensor logits, labels;  // [classes], of `dtype`; halves in f32, which is what is computed with
  logitape::Tensor masked;          // boolean [classes], true: left out; empty: none is
  double smoothing = 0, temperature = 1, learning_rate = 1;
  logitape::DType dtype = logitape::DType::f64;
};

// Errors: no classes, or more than 10,000; labels of another number, below 0 or not finite; an index that is no class.
LossQuestion loss_question(const Request& r);

// The logits as the softmax sees them, masked ones -inf, divided by the temperature.
logitape::Tensor scaled(const LossQuestion& q, const logitape::Tensor& logits);
// The loss of other logits and labels under the same settings: a scalar.
logitape::Tensor loss_of(const LossQuestion& q, const logitape::Tensor& logits, const logitape::Tensor& labels);

// A result in the row's dtype: what was computed for halves is rounded once.
Json rounded(const LossQuestion& q, const logitape::Tensor& result);

// d f / d element for each element of inputs[which], by the gradient checker's differences, with their error bars; null
// where none exists.
Json numeric_derivatives(const logitape::TensorFunction& f, const logitape::Tensors& inputs, std::size_t which);
