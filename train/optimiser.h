// What the optimisers share. A step happens whole or not at all: every new value and every new state is computed beside
// the old ones, in memory from the pool, and put in place when nothing can fail any more.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/autograd/node.h"
#include "logitape/train/module.h"

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

// What a model needs to be used again: the parameters, and those buffers that hold floats, such as running means. Others,
// such as a generator's place, matter to training alone.
template <HasParameters M>
Parameters weights_of(M& model) {
  Parameters boxes = parameters_of(model);
  if constexpr (HasBuffers<M>)
    model.visit_buffers([&](Parameter& p) {
      if (p.value.defined() && is_floating(p.value.dtype())) boxes.push_back(&p);
    });
  return boxes;
}

// What an optimiser remembers of each parameter, by its name; nothing before the first step.
struct OptimiserState {
  std::vector<std::string> names;
  Tensors first, second;  // SGD's velocity; Adam's two moments
};

}  // namespace logitape::inline v0
