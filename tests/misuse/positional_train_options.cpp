// must not compile: no matching|could not convert|cannot convert|no viable
#include "logitape/train/optim/sgd.h"

#ifndef MISUSE
inline logitape::SGD sgd() { return logitape::SGD{{.learning_rate = 0.1, .weight_decay = 0.9}}; }
#else
inline logitape::SGD sgd() { return logitape::SGD{{0.1, 0.9}}; }
#endif
