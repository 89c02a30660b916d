// logitape: tensors, a reverse-mode tape, and the softmax cross-entropy family as differentiable nodes.
#pragma once
#include "logitape/core/device.h"
#include "logitape/core/dtype.h"
#include "logitape/core/error.h"
#include "logitape/core/log.h"
#include "logitape/core/memory.h"
#include "logitape/core/random.h"
#include "logitape/core/shape.h"
#include "logitape/core/tensor.h"
#include "logitape/core/version.h"

#include "logitape/autograd/backward.h"
#include "logitape/autograd/custom_op.h"
#include "logitape/autograd/gradcheck.h"
#include "logitape/autograd/inspect.h"
#include "logitape/autograd/record.h"

#include "logitape/backends/threads.h"

#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/ops/tensorflow.h"
#include "logitape/ops/tensorflow_losses.h"

#include "logitape/train/train.h"
