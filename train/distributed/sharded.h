// An optimiser whose state is shared out: each rank keeps the moments of its part of the parameters, and steps them;
// then all get the new values. Its numbers have the bits of the optimiser alone. After Rajbhandari, Rasley, Ruwase, He,
// "ZeRO", 2020, stage 1.
#pragma once
#include <cstdint>
#include <vector>

#include "logitape/train/distributed/world.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0::distributed {

// Trainer trainer{model, distributed::Sharded{world, AdamW{}}, {.world = &world}};
// Parameters are shared out by rows, as many elements to each rank as whole rows allow. All ranks call step and state
// alike. state() is that of the whole, so that a checkpoint is the same for any number of ranks, and without.
class Sharded {
 public:
  // The world must outlive it.
  Sharded(World& world, AnyOptimiser optimiser) : world_(&world), inner_(std::move(optimiser)) {}

  // Errors: the optimiser's; what another rank threw: then nothing has changed.
  void step(std::span<Parameter* const> parameters, TensorList gradients);
  double learning_rate() const { return inner_.learning_rate(); }
  void set_learning_rate(double learning_rate) { inner_.set_learning_rate(learning_rate); }
  OptimiserState state() const;
  void set_state(const OptimiserState& state);
  std::string str() const { return inner_.str(); }

 private:
  World* world_;
  AnyOptimiser inner_;
  std::vector<Shape> shapes_;  // of the parameters; empty before the first step
};

}  // namespace logitape::inline v0::distributed
