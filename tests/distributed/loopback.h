// An engine without a network: ranks are threads of this process, and a message waits in a box until it is taken.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "logitape/train/distributed/world.h"

namespace loopback {

// Which engine of the device's memory there is, and what is wrong with it, in rank 1: it lacks the engine; does not
// join; refuses its fourth message; has failed when that is looked for; sends nothing from there on. nccl: that of
// NCCL, with an NCCL of threads behind it (fake_nccl).
enum class OfDevice { none, whole, one_lacks_it, one_does_not_join, refuses, fails, is_silent, nccl };

struct Options {
  double patience = 60;
  bool overlap = true;
  OfDevice of_device = OfDevice::none;
};

// Runs f(world) in so many ranks at once, and answers what each threw: "" if nothing, "stopped" if all were ended.
std::vector<std::string> run(int ranks, const std::function<void(logitape::distributed::World&)>& f,
                             const Options& options = {});

// Messages that the engine of the device took so far, of all runs.
std::int64_t messages_of_device();

}  // namespace loopback
