// must not compile: set_training is no longer called.*operator\(\)\(const Tensor& x, InEvaluation\) const
#include "logitape/ops/elementwise.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/sequential.h"

#ifndef MISUSE
struct Noise {
  logitape::Tensor operator()(const logitape::Tensor& x) { return x * ++calls; }
  logitape::Tensor operator()(const logitape::Tensor& x, logitape::InEvaluation) const { return x; }
  int calls = 0;
};
#else
struct Noise {
  logitape::Tensor operator()(const logitape::Tensor& x) const { return training ? x * 2 : x; }
  void set_training(bool on) { training = on; }
  bool training = true;
};
#endif
inline logitape::Sequential model() { return {Noise{}, logitape::Relu{}}; }
