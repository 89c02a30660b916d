// What lies on a device is copied there, by its queue; else by way of the host.
#include "logitape/train/distributed/detail/packed.h"

#include "logitape/core/detail/device_memory.h"
#include "logitape/train/distributed/detail/exchange.h"

namespace logitape::inline v0::distributed::detail {
namespace {

std::size_t count_of(const Tensor& t) { return static_cast<std::size_t>(t.size()); }
const std::byte* bytes_of(const Tensor& t) { return static_cast<const std::byte*>(t.data()); }

}  // namespace

Packed::Packed(Tensors tensors, Device place) : tensors_(std::move(tensors)) {
  std::int64_t count = 0;
  for (const Tensor& t : tensors_) count += t.size();
  const DType dtype = tensors_[0].dtype();
  array_ = Tensor::uninitialised(tensors_.size() == 1 ? tensors_[0].shape() : Shape{count}, dtype, place);
  Room none;
  const std::unique_ptr<Numbers> there = numbers(none);
  std::byte* at = values();
  for (const Tensor& t : tensors_) {
    const Tensor here = copied_to(t, place);
    there->copy(at, bytes_of(here), count_of(t));
    at += count_of(t) * byte_size(dtype);
  }
  there->settle();
}

std::unique_ptr<Numbers> Packed::numbers(Room& room) const {
  if (array_.device() != Device::cpu()) return std::make_unique<DeviceNumbers>(array_.device(), array_.dtype());
  if (array_.dtype() == DType::f64) return std::make_unique<HostNumbers<double>>(room);
  return std::make_unique<HostNumbers<float>>(room);
}

void Packed::sum(Messages& messages, const Shares& shares) {
  if (array_.size() == 0) return;
  const std::unique_ptr<Numbers> there = numbers(messages.room);
  detail::sum(messages, *there, values(), count_of(array_), shares);
}

Tensors Packed::unpacked() {
  if (tensors_.size() == 1) return {copied_to(array_, tensors_[0].device())};
  Room none;
  const std::unique_ptr<Numbers> there = numbers(none);
  Tensors totals;
  const std::byte* at = bytes_of(array_);
  for (const Tensor& t : tensors_) {
    Tensor total = Tensor::uninitialised(t.shape(), t.dtype(), array_.device());
    there->copy(static_cast<std::byte*>(total.writable()), at, count_of(t));
    at += count_of(t) * byte_size(t.dtype());
    totals.push_back(copied_to(total, t.device()));
  }
  return totals;
}

std::vector<std::size_t> next_group(const Tensors& tensors, std::vector<char>& taken) {
  std::vector<std::size_t> group;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& t = tensors[i];
    if (taken[i]) continue;
    if (!group.empty() && (t.dtype() != tensors[group[0]].dtype() || t.device() != tensors[group[0]].device()))
      continue;
    taken[i] = 1;
    group.push_back(i);
  }
  return group;
}

}  // namespace logitape::inline v0::distributed::detail
