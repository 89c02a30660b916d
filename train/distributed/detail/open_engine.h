// Which engine this process has to speak to, and where its module is.
#pragma once
#include <string>

#include "logitape/train/distributed/engine.h"

namespace logitape::inline v0::distributed::detail {

// What the environment says about the launch.
struct Launch {
  std::string engine;  // openmpi, mpich, or a module's file; empty: no launcher, one rank
  int ranks = 1;       // as many as the launcher says it started
};

// Error device: srun started this process without MPI.
Launch launch();

// The engine's functions. Error device: no module can be opened, or it is no engine of this version.
const lt_engine& open_engine(const std::string& engine);
// That of devices, NCCL's unless the environment names another; null: there is none, and why. Error device: what the
// environment names cannot be opened.
const lt_engine* open_device_engine(std::string& why);

}  // namespace logitape::inline v0::distributed::detail
