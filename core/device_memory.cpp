// The devices that are open, and copies to and from them.
#include "logitape/core/detail/device_memory.h"

#include <array>
#include <atomic>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/watch.h"

namespace logitape::inline v0 {
namespace {

constinit std::array<std::atomic<DeviceMemory*>, 128> cuda_memory{};  // by index

std::size_t bytes_of(const Tensor& t) { return static_cast<std::size_t>(t.size()) * byte_size(t.dtype()); }

}  // namespace

void open_memory(Device device, DeviceMemory& memory) {
  cuda_memory[static_cast<std::size_t>(device.index)].store(&memory, std::memory_order_release);
}

DeviceMemory& memory_of(Device device) {
  DeviceMemory* memory = nullptr;
  if (device.type == Device::Type::cuda)
    memory = cuda_memory[static_cast<std::size_t>(device.index)].load(std::memory_order_acquire);
  require(memory != nullptr, ErrorCode::device, "tensor", "{} is not open: x.to(Device) opens it", device);
  return *memory;
}

Tensor copied_to(const Tensor& t, Device device) {
  if (!t.defined() || t.device() == device) return t.without_node();
  if (t.device() != Device::cpu() && device != Device::cpu()) return copied_to(on_host(t), device);
  if (TensorWatcher* watcher = tensor_watcher()) watcher->read(t.dtype());
  Tensor there = Tensor::uninitialised(t.shape(), t.dtype(), device);
  if (t.size() == 0) return there;
  if (device == Device::cpu()) memory_of(t.device()).to_host(there.writable(), t.data(), bytes_of(t));
  else memory_of(device).from_host(there.writable(), t.data(), bytes_of(t));
  return there;
}

}  // namespace logitape::inline v0
