// The ranks as an engine sees them that moves the memory of a device, so that sums of what lies there never meet the
// host. The ranks' own engine carries its invitation, and every agreement.
#pragma once
#include <memory>

#include "logitape/core/device.h"
#include "logitape/train/distributed/world.h"
#include "logitape/train/distributed/detail/messages.h"

namespace logitape::inline v0::distributed::detail {

struct OfDevice {
  Device device;
  Line line;
  Messages messages;

  OfDevice(Device on, const lt_engine& engine, lt_ranks* ranks, const Messages& own);
  ~OfDevice();
  OfDevice(const OfDevice&) = delete;
};

// All ranks call it alike, each with its own device. null, and a warning says why: one of them has no such engine, or
// cannot join; then sums go by way of the host. engine: null if there is none, and `why` says so.
std::unique_ptr<OfDevice> join_by_device(World& world, Messages& messages, const lt_engine* engine, Device device,
                                         std::string why);

}  // namespace logitape::inline v0::distributed::detail
