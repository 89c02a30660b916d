// must not compile: = delete; *// leave it out: a step makes new leaves
#include "logitape/train/optim/adam.h"

#ifndef MISUSE
void lower(logitape::AdamW& adam) { adam.set_learning_rate(1e-4); }
#else
void lower(logitape::AdamW& adam) { adam.zero_grad(); }
#endif
