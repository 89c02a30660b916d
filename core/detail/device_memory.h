// The memory of a device that is not the cpu, and the two ways across: core asks whoever has opened the device. Not
// installed.
#pragma once
#include <cstddef>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Every function may be called by several threads. Work that was queued on the device before is done first.
struct DeviceMemory {
  virtual ~DeviceMemory() = default;
  // Error out_of_memory: it says how many bytes there are.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* data, std::size_t bytes) noexcept = 0;
  // They return when the host's bytes may be read, or changed.
  virtual void to_host(void* to, const void* from, std::size_t bytes) = 0;
  virtual void from_host(void* to, const void* from, std::size_t bytes) = 0;
};

namespace memory {
// For the memory of a device: one more request, which fail_request can make fail.
void request_elsewhere(std::size_t bytes);
}  // namespace memory

// From now on tensors may lie on `device`. It stays open, and `memory` alive, to the end of the process.
void open_memory(Device device, DeviceMemory& memory);
// Error device: it is not open.
DeviceMemory& memory_of(Device device);

// The same values on another device, without a node; t itself where it lies there. Error device: it is not open.
Tensor copied_to(const Tensor& t, Device device);
inline Tensor on_host(const Tensor& t) { return copied_to(t, Device::cpu()); }

}  // namespace logitape::inline v0
