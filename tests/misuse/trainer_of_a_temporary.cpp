// must not compile: no matching constructor|cannot bind|could not convert
#include "logitape/train/fit/trainer.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/sequential.h"
#include "logitape/train/optim/sgd.h"

#ifndef MISUSE
inline void train(logitape::Sequential model) { logitape::Trainer trainer{model, logitape::SGD{}}; }
#else
inline void train() { logitape::Trainer trainer{logitape::Sequential::of(logitape::Linear{3, 3}), logitape::SGD{}}; }
#endif
