// must not compile: no matching|could not convert|cannot convert|no viable
#include "logitape/train/optim/sgd.h"

#ifndef MISUSE
inline logitape::ParameterGroup slow() { return {.parameters = "0.*", .learning_rate_factor = 0.1}; }
#else
inline logitape::ParameterGroup slow() { return {"0.*", 0.1}; }
#endif
