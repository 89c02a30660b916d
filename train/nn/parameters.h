// A model's parameters: their boxes, and their values.
#pragma once
#include "logitape/train/nn/module.h"

namespace logitape::inline v0 {

// The boxes of a model, in the order of its visit.
using Parameters = std::vector<Parameter*, memory::PoolAllocator<Parameter*>>;

// They live as long as the model stays where it is.
template <HasParameters M>
Parameters parameters_of(M& model) {
  Parameters boxes;
  model.visit([&](Parameter& p) { boxes.push_back(&p); });
  return boxes;
}

// What a model needs to be used again: the parameters, and those buffers that hold floats, such as running means.
// Others, such as a generator's place, matter to training alone.
template <HasParameters M>
Parameters weights_of(M& model) {
  Parameters boxes = parameters_of(model);
  if constexpr (HasBuffers<M>)
    model.visit_buffers([&](Parameter& p) {
      if (p.value.defined() && is_floating(p.value.dtype())) boxes.push_back(&p);
    });
  return boxes;
}

// The values of the model's parameters in the order of its visit: what grad() is asked for.
// Error: a parameter is not initialised; it is named.
template <HasParameters M>
Tensors parameters(const M& model) {
  Tensors values;
  // visit shows boxes that may be written to; here they are only read
  const_cast<M&>(model).visit([&](Parameter& p) { values.push_back(initialised("parameters", p)); });
  return values;
}

}  // namespace logitape::inline v0
