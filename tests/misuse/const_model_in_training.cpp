// must not compile: no match for call|no matching function
#include "logitape/train/sequential.h"

#ifndef MISUSE
inline logitape::Tensor outputs(const logitape::Sequential& model, const logitape::Tensor& x) { return model(x, logitape::evaluation); }
#else
inline logitape::Tensor outputs(const logitape::Sequential& model, const logitape::Tensor& x) { return model(x); }
#endif
