// must not compile: no match for call|no matching function
#include "logitape/train/nn/sequential.h"

using logitape::Sequential, logitape::Tensor;
#ifndef MISUSE
inline Tensor outputs(const Sequential& model, const Tensor& x) { return model(x, logitape::evaluation); }
#else
inline Tensor outputs(const Sequential& model, const Tensor& x) { return model(x); }
#endif
