// World's sums: by which engine they travel, where they are added, and when.
#include <algorithm>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/train/distributed/detail/exchange.h"
#include "logitape/train/distributed/detail/of_device.h"
#include "logitape/train/distributed/detail/open_engine.h"
#include "logitape/train/distributed/detail/packed.h"
#include "logitape/train/distributed/detail/sums_under_way.h"
#include "logitape/train/distributed/world.h"

namespace logitape::inline v0::distributed {

template <class T>
void World::sum_of(T* values, std::size_t count, const Shares& shares) {
  check(shares);
  meet("its sums");
  if (size_ == 1 || count == 0) return;
  detail::HostNumbers<T> numbers(messages_->room);
  detail::sum(*messages_, numbers, reinterpret_cast<std::byte*>(values), count, shares);
}
void World::sum(float* values, std::size_t count, const Shares& shares) { sum_of(values, count, shares); }
void World::sum(double* values, std::size_t count, const Shares& shares) { sum_of(values, count, shares); }

// All ranks ask for the first time at the same place, each for its own device.
detail::OfDevice* World::joined(Device device) {
  if (!asked_devices_) {
    std::string why = "no engine for devices was given";
    if (finds_device_engine_) device_engine_ = detail::open_device_engine(why);
    asked_devices_ = true;
    of_device_ = detail::join_by_device(*this, *messages_, device_engine_, device, why);
  }
  return of_device_ && of_device_->device == device ? of_device_.get() : nullptr;
}

// Tensors of one dtype on one device.
Tensors World::sum_of_group(const Tensors& tensors, const Shares& shares) {
  const Device device = tensors[0].device();
  if (device == Device::cpu()) {
    detail::Packed packed(tensors, device);
    meet("its sums");
    packed.sum(*messages_, shares);
    return packed.unpacked();
  }
  detail::OfDevice* const there = joined(device);
  detail::Packed packed(tensors, there ? device : Device::cpu());
  if (any("its device's sums", !there)) {
    if (there) packed = detail::Packed(tensors, Device::cpu());
    packed.sum(*messages_, shares);
    return packed.unpacked();
  }
  try {
    packed.sum(there->messages, shares);
  } catch (const Error& e) {  // the others wait for bytes, not for words
    messages_->stop(fmt::format("rank {} of {} fails in the middle of a sum: {}", rank_, size_, e.what()));
  }
  return packed.unpacked();
}

namespace {

void check_summands(const Tensors& tensors) {
  for (const Tensor& t : tensors)
    require(t.defined() && is_arithmetic(t.dtype()), ErrorCode::unsupported, "World",
            "a sum of {} is asked for; f32 and f64 are added", t);
}

}  // namespace

Tensors World::sum(const Tensors& tensors, const Shares& shares) {
  check_summands(tensors);
  check(shares);
  Tensors sums = tensors;
  if (size_ == 1) return sums;
  std::vector<char> taken(tensors.size(), 0);
  for (auto group = detail::next_group(tensors, taken); !group.empty(); group = detail::next_group(tensors, taken)) {
    Tensors of_group;
    for (const std::size_t i : group) of_group.push_back(tensors[i]);
    const Tensors totals = sum_of_group(of_group, shares);
    for (std::size_t k = 0; k < group.size(); ++k) sums[group[k]] = totals[k];
  }
  return sums;
}

// Kernels of a device are queued: their numbers are not there when the host has the tensor.
bool World::overlaps(const Tensors& like) {
  if (size_ == 1) return false;
  if (!all_overlap_) {
    const auto any_thread = detail::member_of(line_->engine, &lt_engine::any_thread);
    all_overlap_ = !any("the way of its sums", !overlap_ || !any_thread || any_thread(line_->ranks) != 1);
  }
  return *all_overlap_ && !like.empty() &&
         std::ranges::all_of(like, [](const Tensor& t) { return t.device() == Device::cpu(); });
}

Tensors World::sum_as_ready(const Tensors& like, const Shares& shares,
                            const std::function<void(const Ready&)>& compute) {
  check_summands(like);
  check(shares);
  if (!overlaps(like)) {
    Tensors values(like.size());
    compute([&](std::size_t i, const Tensor& x) { values[i] = x; });
    return sum(values, shares);
  }
  if (!background_)
    background_ =
        std::make_unique<detail::Background>(std::make_unique<detail::Messages>(*line_, rank_, size_, patience_, 1));
  detail::SumsUnderWay sums(*background_, shares, at_, like);
  meet("its gradients");  // from here on each rank that gives up has to say so
  sums.begin();
  compute([&](std::size_t i, const Tensor& x) { sums.ready(i, x); });
  if (auto totals = sums.wait()) return *std::move(totals);
  meet("its sums");  // throws what another rank has thrown
  fail(ErrorCode::invalid_argument, "World", "a rank has left its sums, and has not said why");
}

}  // namespace logitape::inline v0::distributed
