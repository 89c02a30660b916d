// A step whose batch is cut into blocks, and shared by ranks (train/distributed). Each rank computes the outputs of its
// rows; the loss sees those of all rows, in every rank; gradients flow back through each rank's rows, and are added up.
// So any loss may be used, and every number has the bits of one process with as many blocks. Not installed.
#pragma once
#include <array>

#include "logitape/autograd/row_blocks.h"
#include "logitape/train/distributed/world.h"
#include "logitape/train/fit/detail/trainer_state.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/nn/model_ref.h"

namespace logitape::inline v0::train {

class SharedStep {
 public:
  // world: null, or of one rank: all rows are here.
  SharedStep(distributed::World* world, std::int64_t rows, int blocks);

  // What the loss is computed from: the model's outputs for all rows of the batch.
  Tensor outputs(const ModelRef& model, const Tensor& inputs);
  // d loss / dp of each parameter: all ranks' sums. own_loss: one of the user's, which may read parameters itself, as a
  // penalty does.
  Tensors gradients(const Tensor& loss, const Tensors& parameters, bool own_loss) const;

 private:
  bool cut() const { return shares_.blocks() > 1; }
  BatchRows here() const;

  distributed::World* world_;
  distributed::Shares shares_;
  int rank_;
  Tensor part_;     // the outputs of the rows here, on the tape
  Tensor outputs_;  // those of all rows: a variable, if rows are cut
};

// Error: the ranks of options.world do not train one model on one set of rows, in one way; it names the rank that
// differs, and how.
void require_same_run(const TrainerOptions& options, const std::string& optimiser,
                      const std::array<SeenRows, 2>& train_and_held_out, const ModelValues& model);

// evaluate(), where each rank computes the outputs of its rows.
Evaluation evaluate_shared(distributed::World* world, const ConstModelRef& model, const Dataset& rows,
                           const Loss& loss);

}  // namespace logitape::inline v0::train
