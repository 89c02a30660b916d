// logitape: tensors, a reverse-mode tape, and the softmax cross-entropy family as differentiable nodes; what
// trains with them.
#pragma once
#include "logitape/tape.h"
#include "logitape/train/train.h"
