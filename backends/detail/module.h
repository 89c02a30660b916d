// A module that is open, device by device. Not installed.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>

#include "logitape/backends/kernels.h"
#include "logitape/core/device.h"

namespace logitape::inline v0::backends {

struct OpenDevice {
  const lt_module* module = nullptr;
  lt_context* context = nullptr;
  mutable std::atomic<std::int64_t> waits{0};
};

// Opens the device, which then has memory; at once where it is open. Error device: a sentence on what is missing.
const OpenDevice& opened(Device device);

// Throws what a module's status says; not of LT_OK.
void check(lt_status status, const lt_module& module, const char* op);

}  // namespace logitape::inline v0::backends
