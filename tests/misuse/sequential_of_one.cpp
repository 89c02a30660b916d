// must not compile: write_Sequential_of
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/sequential.h"

#ifndef MISUSE
logitape::Sequential model = logitape::Sequential::of(logitape::Linear{3, 3});
logitape::Sequential copy{model}, moved{logitape::Sequential::of(logitape::Relu{})};
logitape::Sequential two{logitape::Sequential::of(logitape::Relu{}), logitape::Sequential{model}};
struct Named : logitape::Sequential {
  using Sequential::Sequential;
};
Named net{logitape::Linear{3, 3}, logitape::Relu{}};
Named snapshot{net};
logitape::Sequential plain{net};
#else
logitape::Sequential model{logitape::Linear{3, 3}};
#endif
