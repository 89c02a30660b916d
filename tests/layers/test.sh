#!/usr/bin/env bash
# test.sh ROOT: the tree passes check.sh, and copies of it with one wrong line each do not.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)
"$here/check.sh" "$root"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
failures=0
wrong_line() {  # FILE LINE EXPECTED-WORDS
  rm -rf "$temporary/tree"
  mkdir "$temporary/tree"
  (cd "$root" && tar cf - core autograd backends ops train examples cmake) | tar xf - -C "$temporary/tree"
  echo "$2" >>"$temporary/tree/$1"
  local output
  if output=$("$here/check.sh" "$temporary/tree"); then
    echo "not noticed: $2 in $1"
    failures=1
  elif [[ $output != *"$3"* || $(wc -l <<<"$output") -ne 1 ]]; then
    echo "noticed, but not as '$3': $output"
    failures=1
  fi
}
wrong_line core/tensor.cpp '#include "logitape/ops/reduce.h"' 'goes up: core may not include ops'
wrong_line autograd/backward.cpp '#include "logitape/ops/elementwise.h"' 'goes up: autograd may not include ops'
wrong_line backends/cpu/cpu.cpp '#include "logitape/autograd/node.h"' 'goes up: backends may not include autograd'
wrong_line ops/reduce.cpp '  #  include "logitape/train/train.h"' 'goes up: ops may not include train'
wrong_line ops/reduce.cpp '#include "logitape/backends/cpu/cpu.h"' 'reaches into one backend'
wrong_line ops/reduce.cpp '#include <logitape.h>' 'goes up'
wrong_line backends/kernels.h '#include "logitape/core/tensor.h"' 'brings a Tensor below'
wrong_line core/tensor.h '#include "logitape/core/require.h"' 'is not installed'
wrong_line core/tensor.h '#include <fmt/format.h>' 'belongs elsewhere'
wrong_line core/tensor.h '#include <hwy/highway.h>' 'belongs elsewhere'
wrong_line ops/softmax.cpp '#include "support.h"' 'is not named from the include root'
wrong_line ops/softmax.cpp '#include <boost/any.hpp>' 'is neither ours'
exit $failures
