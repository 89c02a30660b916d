// The CPU's place taken by a module: each kernel's arrays are copied to the device, the module computes there, and what
// it wrote is copied back. So every test of an op or a loss runs on the device's kernels without knowing of it.
#pragma once
#include "logitape/backends/kernels.h"
#include "logitape/core/device.h"

namespace logitape::tests {

// Of an open device; slots that its module lacks are null. One device in a process.
const backends::Kernels& module_kernels(Device device);

}  // namespace logitape::tests
