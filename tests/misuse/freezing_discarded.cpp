// must not compile: it freezes nothing by itself
#include "logitape/train/nn/sequential.h"
#include "logitape/train/nn/parameters.h"

// PyTorch's requires_grad_(False) acts where it stands; train_only names the parameters that a step is to move
#ifndef MISUSE
inline std::size_t frozen(logitape::Sequential& model) { return logitape::train_only(model, "2.*").size(); }
#else
inline void frozen(logitape::Sequential& model) { logitape::train_only(model, "2.*"); }
#endif
