// A device adds by its kernel `add`, which is x + y of each pair, as the cpu's loop is.
#include "logitape/train/distributed/detail/numbers.h"

#include <cstring>

#include "logitape/backends/devices.h"
#include "logitape/backends/registry.h"

namespace logitape::inline v0::distributed::detail {
namespace {

template <class T>
void add_to(T* __restrict sum, const T* __restrict x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += x[i];
}

}  // namespace

template <class T>
void HostNumbers<T>::add(std::byte* sum, const std::byte* x, std::size_t count) {
  add_to(reinterpret_cast<T*>(sum), reinterpret_cast<const T*>(x), count);
}
template <class T>
void HostNumbers<T>::copy(std::byte* to, const std::byte* from, std::size_t count) {
  if (count > 0) std::memcpy(to, from, count * sizeof(T));
}
template class HostNumbers<float>;
template class HostNumbers<double>;

std::byte* DeviceNumbers::room(std::size_t count) {
  room_ = Tensor::uninitialised({static_cast<std::int64_t>(count)}, dtype_, device_);
  return static_cast<std::byte*>(room_.writable());
}

void DeviceNumbers::add(std::byte* sum, const std::byte* x, std::size_t count) {
  if (count == 0) return;
  const backends::Loop<2> flat{.rank = 1, .size = {static_cast<std::int64_t>(count)}, .step = {{1}, {1}}};
  backends::run("World", device_, &backends::Kernels::add, backends::BinaryArgs{dtype_, flat, sum, x, sum});
}

void DeviceNumbers::copy(std::byte* to, const std::byte* from, std::size_t count) {
  if (count == 0) return;
  const backends::OpenDevice& on = backends::opened(device_);
  backends::check(on.module->copy(on.context, to, from, count * bytes()), *on.module, "World");
}

void DeviceNumbers::settle() { synchronise(device_); }

}  // namespace logitape::inline v0::distributed::detail
