// A step of SGD on linear layers with relu between them, as one would write it by hand: the library's kernels, called
// on arrays that are there already, without tensors, tape or optimiser. What is above it in time is what those cost.
#pragma once
#include <vector>

#include <logitape.h>

#include "logitape/backends/kernels.h"

namespace bench {

class HandWritten {
 public:
  // Begins with the model's parameters: weight, bias, weight, bias, ...; labels are i64.
  HandWritten(const logitape::Sequential& model, const logitape::Tensor& inputs, const logitape::Tensor& labels,
              double learning_rate);
  // One step. The same numbers, bit for bit, as the step through the public API.
  void step();
  const logitape::Tensor& weight(std::size_t layer) const { return layers_[layer].weight; }

 private:
  struct Layer {
    logitape::Tensor weight, bias;
    logitape::Tensor output, into_output, into_weight, into_bias;
  };
  void forward();
  void backward();
  void update();

  const logitape::backends::Kernels& kernels_;
  logitape::Tensor inputs_, labels_, losses_, loss_;
  double learning_rate_;
  std::vector<Layer> layers_;
};

}  // namespace bench
