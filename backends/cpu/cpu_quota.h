// How many CPUs' time a container may use, which affinity does not say.
#pragma once
#include <optional>
#include <string>

namespace logitape::inline v0::cpu {

// The least quota of this process' control group and of all above it (cgroup v1 and v2), in CPUs, at least 1. None
// where there is no limit, or none that can be read. The files are read below `root`, which is a test's.
//
// Rounded up, as the JVM and Go do (Rust's available_parallelism rounds down): of 1.5 CPUs one thread would leave a
// third, two are stopped for the last quarter of each period and do 1.5 times the work of one.
std::optional<int> cpu_quota(const std::string& root = "");

}  // namespace logitape::inline v0::cpu
