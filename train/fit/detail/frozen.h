// Parameters that a step leaves as they are. Not installed.
#pragma once
#include <utility>

#include "logitape/autograd/record.h"
#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0::train {

// While it lives, the parameters that are not trained are constants: the tape records nothing for them, and no rule
// computes their gradient. At its end their leaves come back.
class Frozen {
 public:
  explicit Frozen(const Parameters& parameters) : parameters_(parameters) {
    for (const Parameter* p : parameters_) {
      leaves_.push_back(p->value);
      constants_.push_back(stop_gradient(p->value));
    }
    swap(constants_);  // nothing can fail from here
  }
  ~Frozen() { swap(leaves_); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  void swap(Tensors& values) noexcept {
    for (std::size_t i = 0; i < parameters_.size(); ++i) std::swap(parameters_[i]->value, values[i]);
  }

  const Parameters& parameters_;
  Tensors leaves_, constants_;
};

}  // namespace logitape::inline v0::train
