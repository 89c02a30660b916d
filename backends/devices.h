// Devices other than the cpu: which there are, and why one is not. A tensor gets there by x.to(Device::cuda()).
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/device.h"

namespace logitape::inline v0 {

// How many CUDA devices can be used; 0 where the module, a driver or a device is missing. The module,
// liblogitape_cuda.so, is opened by the first call: the file that $LOGITAPE_CUDA_BACKEND names; or else the one beside
// the library; or else the one that the system finds by its name.
int cuda_devices();

// A sentence on what is missing: no module, no driver, no such device. "" where the device can be used.
std::string why_not(Device device);

// "cuda", or "cuda (emulated)": a module that computes on the host, to be tested everywhere. "cpu" of the cpu. Error
// device: it cannot be used.
std::string kind_of(Device device);

// Waits for everything that was queued on the device. Errors: it has failed; an index or a label was out of range. On a
// device those are looked at without a wait: what is computed of such a row is NaN, optimisers leave every parameter as
// it is, and the first read of the device, or this, throws the error that the cpu would have thrown at once.
void synchronise(Device device);

// How often the host has waited for the device so far: a copy to or from it, or a check of pivots. A step of training
// should wait once, at its end. 0 of the cpu, and of a device that is not open.
std::int64_t waits_for(Device device);

}  // namespace logitape::inline v0
