// All that changes while a Trainer works; a checkpoint holds it. Not installed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/fit/trainer.h"

namespace logitape::inline v0 {

// A set that a run has seen: the number of its rows, its name, and the digest of the rows in their order.
struct SeenRows {
  std::int64_t rows = 0;  // 0: none was seen
  std::string name = {}, digest = {};
  bool one_chain = false;  // from a checkpoint of format 4: digest is digest_in_one_chain's
};

struct TrainerState {
  AnyOptimiser optimiser;
  Generator order, mixup;  // order: its state when this epoch began

  int epoch = 0;           // whole epochs done
  std::int64_t batch = 0;  // batches done in the epoch after those
  std::int64_t step = 0;   // steps done in all
  // Of the epoch's batches so far: losses and right rows by weight, the rows, and their weights (seen, if they have
  // none).
  double loss_sum = 0, right = 0, seen = 0, weight = 0;
  double learning_rate = 0;               // of the last step
  double epoch_seconds = 0, seconds = 0;  // of this epoch so far; of the whole epochs, held-out rows included
  std::vector<Epoch> history = {};
  bool stopped_early = false;

  std::optional<ReduceOnPlateau> plateau = {};
  EarlyStopping stopping{};
  double best_score = -std::numeric_limits<double>::infinity();
  int best_epoch = 0;
  SeenRows train_rows = {}, held_out_rows = {};  // of the first fit

  ModelValues average = {}, best = {};  // empty: none
  ModelValues current = {};             // the weights in training, if the model shows others; empty: those of the model
};

namespace train {

// What must be the same when a run goes on, each as text: "label_smoothing" -> "0.1".
using Settings = std::vector<std::pair<std::string, std::string>>;
int blocks_of(const TrainerOptions& options);
Settings settings_of(const TrainerOptions& options, const std::string& optimiser);

// The parameters and the floating buffers of `values`, by name: load_parameters takes them.
std::vector<NamedTensor> named_weights(const ModelRef& model, const ModelValues& values);

void save_checkpoint(const std::string& path, const ModelRef& model, const TrainerState& state,
                     const Settings& settings);

// The state in the file; `now` gives the optimiser's kind and options. state.current has the model's values. Errors as
// Trainer::resume says.
TrainerState load_checkpoint(const std::string& path, const ModelRef& model, TrainerState now,
                             const Settings& settings);

}  // namespace train
}  // namespace logitape::inline v0
