#!/usr/bin/env bash
# test.sh ROOT: the tree passes check.sh, and copies of it with one wrong line each do not.
set -euo pipefail
root=$1
# shellcheck source=tests/support/planted.sh
. "$(dirname "$0")/../support/planted.sh"

planted core/tensor.cpp '#include "logitape/ops/reduce.h"' 'goes up: core may not include ops'
planted autograd/backward.cpp '#include "logitape/ops/elementwise.h"' 'goes up: autograd may not include ops'
planted backends/cpu/cpu.cpp '#include "logitape/autograd/node.h"' 'goes up: backends may not include autograd'
planted ops/reduce.cpp '  #  include "logitape/train/train.h"' 'goes up: ops may not include train'
planted ops/reduce.cpp '#include "logitape/backends/cpu/cpu.h"' 'reaches into one backend'
planted autograd/backward.cpp '#include "logitape/backends/wide/functions.h"' 'reaches into one backend'
planted autograd/backward.h '#include "logitape/backends/wide/wide.h"' 'is not installed'
planted ops/reduce.cpp '#include <logitape.h>' 'goes up'
planted backends/kernels.h '#include "logitape/core/tensor.h"' 'brings a Tensor below'
planted core/tensor.h '#include "logitape/core/detail/require.h"' 'is not installed'
planted core/tensor.h '#include <fmt/format.h>' 'belongs elsewhere'
planted core/tensor.h '#include <hwy/highway.h>' 'belongs elsewhere'
planted ops/softmax.cpp '#include "support.h"' 'is not named from the include root'
planted ops/softmax.cpp '#include <boost/any.hpp>' 'is neither ours'
planted train/nn/module.h '#include "logitape/train/optim/sgd.h"' 'goes up: train/nn may not include train/optim'
planted train/fit/trainer.cpp '#include "logitape/train/see/report.h"' 'goes up: train/fit may not include train/see'
planted train/files/detail/source.cpp '#include "logitape/train/data/dataset.h"' \
  'goes up: train/files may not include train/data'
planted autograd/check/gradcheck.cpp '#include "logitape/ops/reduce.h"' 'goes up: autograd/check may not include ops'
planted autograd/backward.cpp '#include "logitape/autograd/check/gradcheck.h"' \
  'goes up: autograd may not include autograd/check'
planted train/nn/module.h '#include "logitape/train/nn/detail/ranges.h"' 'is not installed'
exit "$failures"
