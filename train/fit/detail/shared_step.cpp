// The tape is cut at the outputs: one below them for the rows here, one above them for the loss of all.
#include "logitape/train/fit/detail/shared_step.h"

#include <bit>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/say.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/data/detail/digest.h"

namespace logitape::inline v0::train {

SharedStep::SharedStep(distributed::World* world, std::int64_t rows, int blocks)
    : world_(world), shares_(rows, blocks, world ? world->size() : 1), rank_(world ? world->rank() : 0) {}

BatchRows SharedStep::here() const {
  BatchRows rows{{}, shares_.first_row_of(rank_), shares_.rows(), {}};
  if (world_ && world_->size() > 1)
    rows.sum_processes = [world = world_, shares = shares_](const Tensor& x) { return world->sum({x}, shares)[0]; };
  const distributed::Subtree& own = shares_.of(rank_);
  for (int b = own.low; b <= own.high; ++b) rows.edges.push_back(shares_.first_row(b) - rows.first);
  return rows;
}

Tensor SharedStep::outputs(const ModelRef& model, const Tensor& inputs) {
  if (!cut()) return outputs_ = part_ = model(inputs);
  const std::int64_t rows = shares_.rows_of(rank_);
  {
    const RowBlocks blocks(here());
    part_ = model(rows_of(inputs, shares_.first_row_of(rank_), rows));
  }
  require(part_.defined() && part_.rank() >= 1 && part_.shape()[0] == rows, "Trainer",
          "the model makes {} of {} rows; a batch is shared by its rows, which have to be the first axis", part_, rows);
  return outputs_ = variable(world_ ? world_->gather(part_, shares_) : part_);
}

Tensors SharedStep::gradients(const Tensor& loss, const Tensors& parameters, bool own_loss) const {
  if (!cut()) return grad(loss, parameters);
  const Unreached unreached = own_loss ? Unreached::zero : Unreached::error;
  Tensors wanted{outputs_};
  if (own_loss) wanted.insert(wanted.end(), parameters.begin(), parameters.end());
  const Tensors into = grad(loss, wanted, {.unreached = unreached});
  const auto of_rows = [&](const distributed::World::Ready& ready) {
    const RowBlocks blocks(here());
    const Tensor seed = rows_of(into[0], shares_.first_row_of(rank_), shares_.rows_of(rank_));
    return grad(part_, parameters, {.seed = seed, .unreached = unreached, .ready = ready});
  };
  Tensors gradients = world_ && world_->size() > 1 ? world_->sum_as_ready(parameters, shares_, of_rows) : of_rows({});
  for (std::size_t i = 1; i < into.size(); ++i) gradients[i - 1] = gradients[i - 1] + into[i];
  return gradients;
}

void require_same_run(const TrainerOptions& options, const std::string& optimiser,
                      const std::array<SeenRows, 2>& train_and_held_out, const ModelValues& model) {
  if (!options.world) return;
  distributed::World& world = *options.world;
  const int blocks = blocks_of(options), ranks = world.size();
  const distributed::Shares shares(options.batch_size, blocks, ranks);
  if (world.first() && shares.imbalance() > 1.25)
    logging::say(logging::Level::warn,
                 "Trainer: {} ranks share {} blocks of a batch of {}: one of them has {:.2g} times its part; {} blocks "
                 "would be even",
                 ranks, shares.blocks(), options.batch_size, shares.imbalance(),
                 ranks * std::bit_ceil(static_cast<unsigned>((blocks + ranks - 1) / ranks)));
  world.require_same("epochs", std::to_string(options.epochs));
  for (const auto& [name, value] : settings_of(options, optimiser)) world.require_same(name, value);
  const char* names[] = {"training set", "set that is held out"};
  for (std::size_t i = 0; i < 2; ++i) {
    const SeenRows& rows = train_and_held_out[i];
    world.require_same(names[i], fmt::format("{} rows of digest {}", rows.rows, rows.digest));
  }
  world.require_same("model", fmt::format("parameters of digest {}", digest_of(model.parameters)));
}

Evaluation evaluate_shared(distributed::World* world, const ConstModelRef& model, const Dataset& rows,
                           const Loss& loss) {
  if (!world || world->size() == 1) return evaluate(model, rows, loss);
  const distributed::Shares shares(rows.size(), world->size(), world->size());
  const Tensor here = rows_of(rows.inputs, shares.first_row_of(world->rank()), shares.rows_of(world->rank()));
  return evaluation_of(world->gather(outputs_of(model, here), shares), rows, loss);
}

}  // namespace logitape::inline v0::train
