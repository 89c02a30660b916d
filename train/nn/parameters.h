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

namespace train {
// Error: no parameter has that name; those that there are, or of many the nearest, stand in the sentence.
Parameter& find_parameter(const char* op, const Parameters& parameters, const std::string& name);
}  // namespace train

// The box of the parameter of that name, "0.weight": it lives as long as the model stays where it is, and what is put
// in it, a leaf made by variable(), is the model's from then on. Error: no parameter has that name; the sentence lists
// those that there are. PyTorch's get_parameter.
template <HasParameters M>
Parameter& parameter_of(M& model, const std::string& name) {
  return train::find_parameter("parameter_of", parameters_of(model), name);
}

// Its value. Errors: as above; the parameter is not initialised.
template <HasParameters M>
Tensor parameter(const M& model, const std::string& name) {
  // visit shows boxes that may be written to; here they are only read
  return initialised("parameter", train::find_parameter("parameter", parameters_of(const_cast<M&>(model)), name));
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
