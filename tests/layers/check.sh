#!/usr/bin/env bash
# check.sh [ROOT]: every #include goes down. Prints each one that does not, and fails if there is any.
#   core < backends < autograd < autograd/check < autograd/see < ops < train < command < examples, in train its rooms:
#   nn < optim < distributed < files < data < metrics < fit < classify < export < serve < see < explain < train.h
# One backend's folder is for backends/ alone; backends/wide/wide.h, which switches to another, is for all.
# Public headers include the standard library and public headers only. Those are what lies in no detail/, and of
# backends/ threads.h, devices.h and what a module needs alone.
# Libraries stay where architecture puts them. Below backends/kernels.h no Tensor exists.
set -euo pipefail
root=${1:-.}
cd "$root"

includes() {  # LAYER FILE LINE <header> or "header", one a line
  find core autograd backends ops train command examples -type f \
    \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 2>/dev/null |
    xargs -0 -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]' |
    sed -E 's/^([^:]+):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]+([^[:space:]]+).*/\1 \2 \3/'
}

includes | awk '
  BEGIN {
    # each place, lowest first
    layers = "core backends autograd autograd/check autograd/see ops "
    layers = layers "train/nn train/optim train/distributed train/files train/data train/metrics train/fit "
    layers = layers "train/classify train/export train/serve train/see train/explain train command examples"
    count = split(layers, places, " ")
    for (i = 1; i <= count; ++i) level[places[i]] = i
    # library -> where it may be included
    plain_c = "^(backends/(plugin|kernel_args)|train/distributed/engine|train/serve/c)\\.h$"
    allowed["hwy/"] = "^backends/cpu/"
    allowed["avr/"] = "^train/export/c\\.cpp$"  # in a text
    allowed["immintrin.h"] = "^backends/cpu/bf16_dot\\.cpp$"
    allowed["fmt/"] = "^(core/require\\.h|core/fmt\\.h|[a-z]+/.*\\.cpp)$"
    allowed["Eigen/"] = "^autograd/check/eigen\\.h$"
    allowed["spdlog/"] = "^[a-z]+/.*\\.cpp$"
    allowed["nlohmann/"] = "^(train/files/detail/json\\.(h|cpp)|examples/playground/.*)$"
    allowed["zlib.h"] = "^train/.*\\.cpp$"
    allowed["png.h"] = "^(train/files/detail/png_picture|tests/.*)\\.cpp$"
    allowed["jerror.h"] = "^train/files/detail/jpeg_picture\\.cpp$"
    allowed["jpeglib.h"] = "^(train/files/detail/jpeg_picture|tests/.*)\\.cpp$"
    allowed["CLI/"] = "^(command|examples)/"
    allowed["math.h"] = "^backends/cuda/"
    allowed["cuda"] = "^backends/cuda/"; allowed["cub/"] = "^backends/cuda/"; allowed["cublas"] = "^backends/cuda/"
    allowed["valgrind/"] = "^core/memory\\.cpp$"
    count = split("sys/ unistd.h fcntl.h pthread.h sched.h dlfcn.h cxxabi.h errno.h string.h", system_headers, " ")
    for (i = 1; i <= count; ++i) allowed[system_headers[i]] = "\\.(cpp|cu)$"
  }
  # the place of a file: its folder, but for what lies behind that
  function place_of(path) {
    sub("/[^/]*$", "", path)
    sub("/detail$", "", path)
    while (!(path in level) && sub("/[^/]*$", "", path)) {}
    return path
  }
  function installed(path) {
    if (path ~ /^backends\//) return path ~ /^backends\/(threads|devices|plugin|kernel_args)\.h$/
    return path !~ /\/detail\// && path !~ /^(core\/fmt|autograd\/check\/eigen)\.h$/
  }
  function is_program(layer) { return layer == "examples" || layer == "command" }
  function of_one_backend(path) {
    return path ~ /^backends\/[^\/]+\// && path !~ /^backends\/(detail\/|wide\/wide\.h$)/
  }
  function wrong(why) { print file ":" line ": " header " " why; bad = 1 }
  {
    file = $1; line = $2; header = $3
    layer = place_of(file)
    name = substr(header, 2, length(header) - 2)
    public = file ~ /\.h$/ && !is_program(layer) && installed(file)
    ++seen
    if (header !~ /^(<.*>|".*")$/) { if (header != "HWY_TARGET_INCLUDE") wrong("is neither <...> nor \"...\""); next }
    if (name ~ /^logitape(\/|\.h$)/) {
      to = name; sub("^logitape/", "", to)
      target = place_of(to)
      if (name == "logitape.h" || to == "tape.h") target = is_program(layer) ? "train" : "examples"
      if (!(target in level)) wrong("is in no layer")
      else if (level[target] > level[layer]) wrong("goes up: " layer " may not include " target)
      else if (header ~ /^</ && !is_program(layer)) wrong("is ours: \"...\" inside the library")
      else if (layer == "backends" && name ~ /core\/(tensor|shape)\.h$/)
        wrong("brings a Tensor below backends/kernels.h")
      else if (of_one_backend(to) && layer != "backends" && !is_program(layer)) wrong("reaches into one backend")
      if (public && !installed(to)) wrong("is not installed, but this header is")
      next
    }
    if (header ~ /^"/ && is_program(layer) && name !~ /\//) next  # a header beside it
    if (header ~ /^"/ && name !~ /^hwy\//) { wrong("is not named from the include root: \"logitape/...\""); next }
    for (library in allowed)
      if (index(name, library) == 1) {
        if (file !~ allowed[library]) wrong("belongs elsewhere: " allowed[library])
        else if (public) wrong("in a public header: only the standard library and our own")
        next
      }
    if (file ~ plain_c && name ~ /^std(bool|def|int)\.h$/) next  # plain C
    if (name !~ /^[a-z0-9_]+$/)
      wrong("is neither ours, nor the standard library, nor a library that tests/layers/check.sh knows")
  }
  END {
    if (seen < 20) { print "only " seen " includes found: this is not the source tree"; bad = 1 }
    exit bad
  }'
