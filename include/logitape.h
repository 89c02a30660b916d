// logitape: tensors, a reverse-mode tape, the softmax cross-entropy family as differentiable nodes, and what trains
// with them.
#pragma once
#include "logitape/tape.h"
#include "logitape/train/train.h"
