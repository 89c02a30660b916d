#!/usr/bin/env bash
# check.sh [ROOT]: every #include goes down. Prints each one that does not, and fails if there is any.
#   core < backends < autograd < ops < train < examples
# One backend's folder is for backends/ alone; backends/wide/wide.h, which switches to another, is for all.
# Public headers (all but LOGITAPE_PRIVATE_HEADERS of cmake/library.cmake, and backends/*/) include the standard library
# and public headers only. Libraries stay where architecture puts them. Below backends/kernels.h no Tensor exists.
set -euo pipefail
root=${1:-.}
cd "$root"

includes() {  # LAYER FILE LINE <header> or "header", one a line
  find core autograd backends ops train examples \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -type f -print0 2>/dev/null |
    xargs -0 -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]' |
    sed -E 's/^([^:]+):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]+([^[:space:]]+).*/\1 \2 \3/'
}
private=$(sed -nE 's/^set\(LOGITAPE_PRIVATE_HEADERS (.*)\)/\1/p' cmake/library.cmake)

includes | awk -v private="$private" '
  BEGIN {
    level["core"] = 1; level["backends"] = 2; level["autograd"] = 3; level["ops"] = 4; level["train"] = 5; level["examples"] = 6
    count = split(private, names, " ")
    for (i = 1; i <= count; ++i) hidden[names[i]] = 1
    # library -> where it may be included
    allowed["hwy/"] = "^backends/cpu/"
    allowed["immintrin.h"] = "^backends/cpu/bf16_dot\\.cpp$"
    allowed["fmt/"] = "^(core/require\\.h|core/fmt\\.h|[a-z]+/.*\\.cpp)$"
    allowed["spdlog/"] = "^[a-z]+/.*\\.cpp$"
    allowed["nlohmann/"] = "^train/.*\\.cpp$"
    allowed["zlib.h"] = "^train/.*\\.cpp$"
    allowed["CLI/"] = "^examples/"
    allowed["cuda"] = "^backends/cuda/"; allowed["cub/"] = "^backends/cuda/"; allowed["cublas"] = "^backends/cuda/"
    allowed["valgrind/"] = "^core/memory\\.cpp$"
    allowed["sys/"] = "\\.cpp$"; allowed["unistd.h"] = "\\.cpp$"; allowed["fcntl.h"] = "\\.cpp$"; allowed["pthread.h"] = "\\.cpp$"
    allowed["sched.h"] = "\\.cpp$"; allowed["dlfcn.h"] = "\\.cpp$"; allowed["cxxabi.h"] = "\\.cpp$"; allowed["errno.h"] = "\\.cpp$"; allowed["string.h"] = "\\.cpp$"
  }
  function wrong(why) { print file ":" line ": " header " " why; bad = 1 }
  {
    file = $1; line = $2; header = $3
    layer = file; sub("/.*", "", layer)
    name = substr(header, 2, length(header) - 2)
    public = file ~ /\.h$/ && !(file in hidden) && file ~ /^(core|autograd|autograd\/check|backends|ops|train|train\/data|train\/see)\/[^\/]*$/
    ++seen
    if (header !~ /^(<.*>|".*")$/) { if (header != "HWY_TARGET_INCLUDE") wrong("is neither <...> nor \"...\""); next }
    if (name ~ /^logitape(\/|\.h$)/) {
      to = name; sub("^logitape/", "", to)
      target = to; sub("/.*", "", target)
      if (name == "logitape.h") target = layer == "examples" ? "train" : "examples"
      if (!(target in level)) wrong("is in no layer")
      else if (level[target] > level[layer]) wrong("goes up: " layer " may not include " target)
      else if (header ~ /^</ && layer != "examples") wrong("is ours: \"...\" inside the library")
      else if (layer == "backends" && name ~ /core\/(tensor|shape)\.h$/) wrong("brings a Tensor below backends/kernels.h")
      else if (target == "backends" && to ~ /^backends\/[^\/]+\// && to != "backends/wide/wide.h" && layer != "backends" && layer != "examples") wrong("reaches into one backend")
      if (public && (to in hidden || (to ~ /^backends\/[^\/]+\//))) wrong("is not installed, but this header is")
      next
    }
    if (header ~ /^"/ && layer == "examples" && name !~ /\//) next  # a header beside it
    if (header ~ /^"/ && name !~ /^hwy\//) { wrong("is not named from the include root: \"logitape/...\""); next }
    for (library in allowed)
      if (index(name, library) == 1) {
        if (file !~ allowed[library]) wrong("belongs elsewhere: " allowed[library])
        else if (public) wrong("in a public header: only the standard library and our own")
        next
      }
    if (name !~ /^[a-z0-9_]+$/) wrong("is neither ours, nor the standard library, nor a library that tests/layers/check.sh knows")
  }
  END {
    if (seen < 20) { print "only " seen " includes found: this is not the source tree"; bad = 1 }
    exit bad
  }'
