// A training loop with everything around it: epochs and their order, what is held out, schedules, clipping, early
// stopping, averages, checkpoints. It prints nothing; train/see/show_progress.h does. Arithmetic is f32 or f64, as the
// model's parameters are.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/data/augment.h"
#include "logitape/train/data/batches.h"
#include "logitape/train/distributed/world.h"
#include "logitape/train/fit/early_stopping.h"
#include "logitape/train/fit/epoch.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/nn/model_ref.h"
#include "logitape/train/optim/optimiser.h"
#include "logitape/train/optim/schedule.h"

namespace logitape::inline v0 {

// The number that tells a better epoch.
enum class Monitor { loss, accuracy, held_out_loss, held_out_accuracy };

// Bounds for gradients (train/optim/clip.h); 0: none. With both, by value comes first.
struct Clipping {
  NamedOnly named_only = NamedOnly();
  double norm = 0, value = 0;
};

// folder/last.safetensors holds all that a run needs to go on. It is written when the run ends, and as often as asked
// for. folder/best.safetensors holds the weights of the best epoch, for load_parameters. Each replaces the one before
// it whole.
struct CheckpointOptions {
  NamedOnly named_only = NamedOnly();
  std::string folder = {};       // empty: none
  int every_epochs = 1;          // 0: not by epochs
  std::int64_t every_steps = 0;  // 0: not by steps
};

// How a model is trained. When a run goes on, all options must be the same, except epochs, prefetch, keep_best,
// checkpoint, data and world.
struct TrainerOptions {
  NamedOnly named_only = NamedOnly();
  int epochs = 20;
  std::int64_t batch_size = 64;
  std::uint64_t seed = 0;      // for the order of the rows, augmentation and mixup
  Loss loss = {};              // empty: cross_entropy of class indices or probabilities, with the next two
  Tensor class_weights = {};   // [classes]
  double label_smoothing = 0;  // in [0, 1]
  Augmentation augment = {};   // of pictures, before mixup; what is held out stays as it is
  double mixup = 0;            // alpha of train/data/mixup.h; 0: none
  // The weight of each row in drawing, such as balanced_weights; empty: every row once an epoch (BatchOptions).
  std::vector<double> row_weights = {};
  bool drop_last = false;  // leaves out an epoch's last batch if it is smaller: BatchNorm cannot train on one row
  int prefetch = 0;        // a thread makes so many batches ahead; the same bits
  // Steps multiply in bf16 and keep weights, sums, losses and updates in f32 (MixedPrecision, autograd/record.h). This
  // is faster if multiplies_bf16(). Held-out rows are measured in f32, as the finished model computes.
  bool mixed_precision = false;
  // The parameters to train, such as "2.*"; by default all. The others are frozen: they get no gradient and no step,
  // are not averaged, and keep every bit. Buffers, such as running means, still change.
  WhichParameters train_only = {};
  Clipping clip = {};
  Schedule schedule = {};
  std::optional<PlateauOptions> reduce_on_plateau = {};
  std::optional<EarlyStoppingOptions> early_stopping = {};  // by the monitored number
  std::optional<Monitor> monitor = {};                      // by default held_out_loss, or loss if nothing is held out
  // Above 0: weights are averaged (train/optim/average.h), and the average is evaluated and kept.
  double average_decay = 0;
  bool keep_best = true;  // the model ends as it was after its best epoch, if something is held out or monitored
  CheckpointOptions checkpoint = {};
  std::string data = {};  // the name of the rows in errors: their file's name
  // The processes that share the batches (train/distributed): every one calls fit() with the same rows and options, and
  // ends with the same model, to the bit, as one process with as many blocks. Rank 0 writes the checkpoints. Null: one.
  distributed::World* world = nullptr;
  // Sums over the rows of a batch are cut into so many blocks (RowBlocks), whatever the number of processes; at most
  // one process a block has work. 0: 1, and with a world 8.
  int blocks = 0;
};

// What a callback is told after a step.
struct BatchEnd {
  int epoch = 0, epochs = 0;                              // this one, from 1, of so many
  std::int64_t batch = 0, batches = 0;                    // the same within the epoch
  std::int64_t step = 0;                                  // steps so far
  std::int64_t rows = 0, rows_done = 0, rows_in_run = 0;  // of this batch; of all so far; of all epochs
  double loss = 0, accuracy = 0;                          // of the epoch so far
  double learning_rate = 0;                               // of this step
};

struct TrainerState;

// Trainer trainer{model, AdamW{{.learning_rate = 1e-3}}, {.epochs = 30}};  trainer.fit(train_set, held_out);
// The same seed gives the same bits, for any number of threads.
class Trainer {
 public:
  // The model must outlive the trainer and stay where it is; the optimiser is the trainer's own. Errors: an option
  // outside its range; options that contradict each other; a parameter that is not initialised, or is f64 in mixed
  // precision; a pattern of train_only that fits no parameter.
  Trainer(ModelRef model, AnyOptimiser optimiser, TrainerOptions options = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // Called in the order they were added; a callback may call stop().
  void on_batch(std::function<void(const BatchEnd&)> call);
  void on_epoch(std::function<void(const Epoch&)> call);
  void on_end(std::function<void()> call);  // before fit() returns
  // fit() finishes the current step, writes the checkpoint and returns; calling it again goes on. If stop() comes
  // before fit(), the next fit() trains nothing. One fit() uses it up, however that ends. Another thread may call it,
  // or a signal's handler.
  void stop() noexcept { stop_ = true; }

  // Trains the epochs that are left, and evaluates what is held out; the rows are copied to the model's device. Where
  // rows have weights, the loss of a batch is sum(w_i * l_i) / sum(w_i), as PyTorch's mean of weighted classes is, and
  // so are the losses and accuracies of the epochs; a row of weight 0 is as if it were absent. Returns
  // a row an epoch, for all epochs since the first. If the loss, a gradient or a parameter is not finite: Error
  // out_of_range, which names epoch, step and the first tensor with such a number; the model is then as after the last
  // good step. Other errors: no rows, or no batch because of drop_last; what the model, the loss or the disk refuses. A
  // run that goes on, in this trainer or from a file, must have the same rows to train on and held out as before, in
  // the same order (a digest tells): a new split would test on rows that were learnt from. After an error only the
  // number of rows must be the same, because they may have been repaired. The model's parameters are always those of a
  // whole step.
  const std::vector<Epoch>& fit(const Dataset& train) { return run_together(train, nullptr); }
  const std::vector<Epoch>& fit(const Dataset& train, const Dataset& held_out) {
    return run_together(train, &held_out);
  }

  const std::vector<Epoch>& history() const;
  int best_epoch() const;  // from 1; 0 if none was chosen

  // Saves all of the run, and loads it. After k steps, save; then resume in a new process, with a trainer of the same
  // options: the other n-k steps give the bits that n steps at once give. Errors of resume, which then has changed
  // nothing: those of load_safetensors; another kind of file, another version of the format; another model, optimiser
  // or option than now.
  void save(const std::string& path) const;
  void resume(const std::string& path);

 private:
  const std::vector<Epoch>& run_together(const Dataset& train, const Dataset* held_out);
  const std::vector<Epoch>& run(const Dataset& train, const Dataset* held_out);
  const std::vector<Epoch>& run_counted(const Dataset& train, const Dataset* held_out,
                                        const std::vector<double>& drawn_by);
  bool writes() const { return !options_.checkpoint.folder.empty() && (!options_.world || options_.world->first()); }
  bool stopped();
  Generator train_epoch(const Dataset& train, const std::vector<double>& drawn_by, std::int64_t batches);
  void train_step(const Batch& batch, const Dataset& train, std::int64_t steps);
  void end_epoch(const Dataset* held_out, const Generator& next);
  void judge(const Epoch& epoch, bool held_out);
  void checkpoint() const;
  void save_best();
  void finish();

  ModelRef model_;
  TrainerOptions options_;
  std::string optimiser_;  // its name and options, before a schedule changes them
  double learning_rate_;   // the optimiser's own, which the schedule multiplies
  std::unique_ptr<TrainerState> state_;
  Tensors finite_;       // the trained parameters after the last step, which were found finite
  int saved_best_ = 0;   // the epoch that best.safetensors holds
  bool failed_ = false;  // fit() ended by an error: its rows may come back repaired
  std::vector<std::function<void(const BatchEnd&)>> batch_calls_;
  std::vector<std::function<void(const Epoch&)>> epoch_calls_;
  std::vector<std::function<void()>> end_calls_;
  std::atomic<bool> stop_ = false;
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may take no lock");
};

}  // namespace logitape::inline v0
