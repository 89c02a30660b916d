// must not compile: no matching constructor|cannot bind|could not convert
#include "logitape/train/trainer.h"
#include "logitape/train/layers.h"
#include "logitape/train/sequential.h"
#include "logitape/train/sgd.h"

#ifndef MISUSE
inline void train(logitape::Sequential model) { logitape::Trainer trainer{model, logitape::SGD{}}; }
#else
inline void train() { logitape::Trainer trainer{logitape::Sequential::of(logitape::Linear{3, 3}), logitape::SGD{}}; }
#endif
