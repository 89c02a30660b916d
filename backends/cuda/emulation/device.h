// What kernels include through device.cuh where the host stands in for the GPU: CUDA's names, run by the machine.
#pragma once
#include "logitape/backends/cuda/emulation/arithmetic.h"
#include "logitape/backends/cuda/emulation/runtime_api.h"
#include "logitape/backends/cuda/emulation/warp.h"

#define ON_DEVICE 1
