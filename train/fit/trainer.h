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
#include "logitape/train/data/batches.h"
#include "logitape/train/fit/early_stopping.h"
#include "logitape/train/fit/epoch.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/nn/model_ref.h"
#include "logitape/train/optim/optimiser.h"
#include "logitape/train/optim/schedule.h"

namespace logitape::inline v0 {

// What tells one epoch from a better one.
enum class Monitor { loss, accuracy, held_out_loss, held_out_accuracy };

// Bounds for gradients (train/optim/clip.h); 0: none. By value first, where both are asked for.
struct Clipping {
  NamedOnly named_only = NamedOnly();
  double norm = 0, value = 0;
};

// Into folder/last.safetensors goes all that a run needs to go on, whenever the run ends and as often as asked for;
// into folder/best.safetensors the weights of the best epoch, for load_parameters. Each replaces the one before it
// whole.
struct CheckpointOptions {
  NamedOnly named_only = NamedOnly();
  std::string folder = {};       // empty: none
  int every_epochs = 1;          // 0: not by epochs
  std::int64_t every_steps = 0;  // 0: not by steps
};

// How a model is trained; all but epochs, prefetch, keep_best, checkpoint and data have to be the same where a run goes
// on.
struct TrainerOptions {
  NamedOnly named_only = NamedOnly();
  int epochs = 20;
  std::int64_t batch_size = 64;
  std::uint64_t seed = 0;      // of the order of the rows, and of mixup
  Loss loss = {};              // empty: cross_entropy of class indices or probabilities, with the next two
  Tensor class_weights = {};   // [classes]
  double label_smoothing = 0;  // in [0, 1]
  double mixup = 0;            // alpha of train/data/mixup.h; 0: none
  // How likely each row is to be drawn, balanced_weights for one; empty: every row once an epoch (BatchOptions).
  std::vector<double> row_weights = {};
  bool drop_last = false;  // leaves out an epoch's last batch where it is smaller: BatchNorm cannot train on one row
  int prefetch = 0;        // so many batches are made ahead by a thread; the same bits
  // Steps multiply in bf16 and keep weights, sums, losses and updates in f32 (MixedPrecision, autograd/record.h):
  // faster where multiplies_bf16(). Held-out rows are measured in f32, as the finished model computes.
  bool mixed_precision = false;
  // The parameters that are trained, "2.*" for one; by default all. The others are frozen: they get no gradient and no
  // step, are not averaged, and keep every bit. What layers remember besides, such as running means, moves as ever.
  WhichParameters train_only = {};
  Clipping clip = {};
  Schedule schedule = {};
  std::optional<PlateauOptions> reduce_on_plateau = {};
  std::optional<EarlyStoppingOptions> early_stopping = {};  // of the monitored number
  std::optional<Monitor> monitor = {};  // by default held_out_loss, or loss where nothing is held out
  // Above 0: weights are averaged (train/optim/average.h), and the average is what is evaluated and kept.
  double average_decay = 0;
  bool keep_best = true;  // the model ends as it was after its best epoch, where something is held out or monitored
  CheckpointOptions checkpoint = {};
  std::string data = {};  // what errors call the rows: the name of their file
};

// What a callback learns after a step.
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
  // outside its range, or options that contradict each other; a parameter that is not initialised, or f64 in mixed
  // precision; a pattern of train_only that fits no parameter.
  Trainer(ModelRef model, AnyOptimiser optimiser, TrainerOptions options = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // Called in the order they were added; a callback may call stop().
  void on_batch(std::function<void(const BatchEnd&)> call);
  void on_epoch(std::function<void(const Epoch&)> call);
  void on_end(std::function<void()> call);  // before fit() returns
  // After the step that is at work, fit() writes the checkpoint and returns; calling it again goes on. A stop
  // that comes before fit() is heard by the next fit(), which then trains nothing; one fit() hears it, however that
  // ends. May be called by another thread, or by a signal's handler.
  void stop() noexcept { stop_ = true; }

  // Trains the epochs that are left; what is held out is evaluated. A row an epoch, all epochs since the first. Where
  // the loss, a gradient or a parameter is not finite: Error out_of_range, which names epoch, step and the first tensor
  // that held such a number; the model is then as after the last good step. Other errors: no rows, or no batch by
  // drop_last; where a run goes on, in this trainer or from a file, other rows to train on or held out than before, or
  // the same in another order (a digest tells): a split of them puts rows to the test that were learnt from. After an
  // error as many rows will do, which may have been mended. And what the model, the loss or the disk refuses. The
  // model's parameters are always those of a whole step.
  const std::vector<Epoch>& fit(const Dataset& train) { return run(train, nullptr); }
  const std::vector<Epoch>& fit(const Dataset& train, const Dataset& held_out) { return run(train, &held_out); }

  const std::vector<Epoch>& history() const;
  int best_epoch() const;  // from 1; 0 where none was chosen

  // All of the run as it stands, and back: after k steps, save, and resume in a new process by a trainer of the same
  // options, the other n-k steps give the bits that n steps at once give. Errors of resume, which then has changed
  // nothing: those of load_safetensors; another kind of file, another version of the format; another model, optimiser
  // or option than now.
  void save(const std::string& path) const;
  void resume(const std::string& path);

 private:
  const std::vector<Epoch>& run(const Dataset& train, const Dataset* held_out);
  Generator train_epoch(const Dataset& train, std::int64_t batches);
  void train_step(const Batch& batch, const Dataset& train, std::int64_t steps);
  void end_epoch(const Dataset* held_out, const Generator& next);
  void judge(const Epoch& epoch, bool held_out);
  void checkpoint() const;
  void save_best();
  void finish();

  ModelRef model_;
  TrainerOptions options_;
  std::string optimiser_;  // its name and options, before a schedule changes them
  double learning_rate_;   // its own, which the schedule multiplies
  std::unique_ptr<TrainerState> state_;
  int saved_best_ = 0;   // the epoch that best.safetensors holds
  bool failed_ = false;  // fit() ended by an error: its rows may come back mended
  std::vector<std::function<void(const BatchEnd&)>> batch_calls_;
  std::vector<std::function<void(const Epoch&)>> epoch_calls_;
  std::vector<std::function<void()>> end_calls_;
  std::atomic<bool> stop_ = false;
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may take no lock");
};

}  // namespace logitape::inline v0
