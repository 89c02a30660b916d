// The device that these tests run on: the emulated one in an ordinary run, a GPU in ./tests/run cuda.
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "logitape/backends/devices.h"

namespace logitape::tests {

// False, and said so, where there is none: ctest names the emulated module by $LOGITAPE_CUDA_BACKEND.
inline bool has_cuda() {
  const std::string why = why_not(Device::cuda());
  if (!why.empty()) MESSAGE("SKIPPED: ", why);
  return why.empty();
}

}  // namespace logitape::tests
