// Which kernels serve a device, and how ops call them.
#pragma once
#include "logitape/backends/kernels.h"
#include "logitape/core/device.h"

namespace logitape::inline v0::backends {

// Error device: the device is not available here.
const Kernels& kernels(Device device);

// Lets tests run every op on another table, the oracle's for example. Returns the one in force before; null: the CPU's own.
const Kernels* replace_cpu_kernels(const Kernels* table);

[[noreturn]] void missing(const char* op, Device device);

// run("exp", device, &Kernels::exp, args): error unsupported, naming op and device, where the slot is null.
template <class Args>
void run(const char* op, Device device, Kernel<Args> Kernels::*slot, const Args& args) {
  const Kernel<Args> kernel = kernels(device).*slot;
  if (!kernel) missing(op, device);
  kernel(args);
}

}  // namespace logitape::inline v0::backends
