// An engine without a network: ranks are threads of this process, and a message waits in a box until it is taken.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "logitape/train/distributed/world.h"

namespace loopback {

// Runs f(world) in so many ranks at once, and answers what each threw: "" if nothing, "stopped" if all were ended.
std::vector<std::string> run(int ranks, const std::function<void(logitape::distributed::World&)>& f,
                             double patience = 60);

}  // namespace loopback
