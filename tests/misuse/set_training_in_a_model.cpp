// must not compile: set_training is no longer called.*operator\(\)\(const Tensor& x, InEvaluation\) const
#include "logitape/train/fit/trainer.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/optim/sgd.h"

struct Net {
  logitape::Linear layer{3, 3};
  logitape::Dropout dropout{0.5};
  void visit(const logitape::ParameterVisitor& show) { layer.visit(show); }
  void visit_buffers(const logitape::ParameterVisitor& show) { dropout.visit_buffers(show); }
  logitape::Tensor operator()(const logitape::Tensor& x) { return dropout(layer(x)); }
#ifndef MISUSE
  logitape::Tensor operator()(const logitape::Tensor& x, logitape::InEvaluation) const { return layer(x); }
#else
  template <class On>
  void set_training(On) {}
#endif
};
inline void train(Net net) { logitape::Trainer trainer{net, logitape::SGD{}}; }
