// The loop. A step that fails, for whatever reason, leaves model and state as they were before that step.
#include "logitape/train/fit/trainer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/detail/clock.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/files/file.h"
#include "logitape/train/files/safetensors.h"
#include "logitape/train/fit/detail/blended_rows.h"
#include "logitape/train/fit/detail/checked_options.h"
#include "logitape/train/fit/detail/frozen.h"
#include "logitape/train/fit/detail/not_finite.h"
#include "logitape/train/fit/detail/seen_rows.h"
#include "logitape/train/fit/detail/shared_step.h"
#include "logitape/train/fit/detail/trainer_state.h"
#include "logitape/train/fit/detail/verdict.h"
#include "logitape/train/fit/detail/weighted.h"
#include "logitape/train/metrics/metrics.h"
#include "logitape/train/nn/detail/finite.h"
#include "logitape/train/optim/average.h"
#include "logitape/train/optim/clip.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* trainer_op = "Trainer";

double score_of(const Epoch& e, Monitor monitor) {
  switch (monitor) {
    case Monitor::loss: return -e.loss;
    case Monitor::accuracy: return e.accuracy;
    case Monitor::held_out_loss: return -e.held_out_loss;
    case Monitor::held_out_accuracy: break;
  }
  return e.held_out_accuracy;
}

std::string file_in(const CheckpointOptions& o, const char* name) {
  return (std::filesystem::path(o.folder) / name).string();
}

// A step, or a look at other weights, that can be undone without taking memory.
struct Before {
  explicit Before(const ModelRef& model)
      : parameters(parameters_of(model)), buffers(buffers_of(model)), values(values_of(model)) {}
  void put_back() const noexcept {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i]->value = values.parameters[i];
    for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i]->value = values.buffers[i];
  }
  static_assert(std::is_nothrow_copy_assignable_v<Tensor>);
  Parameters parameters, buffers;
  ModelValues values;
};

// The parameters in `all` that are not in `trained`.
Parameters rest_of(const Parameters& all, const Parameters& trained) {
  Parameters rest;
  auto next = trained.begin();  // both are in the order of the model's visit
  for (Parameter* const p : all)
    if (next != trained.end() && *next == p) ++next;
    else rest.push_back(p);
  return rest;
}

Tensor loss_of(const TrainerOptions& o, const Tensor& logits, const Tensor& labels, const Tensor& weights) {
  return train::mean_loss(trainer_op, o.loss, logits, labels, weights,
                          {.class_weights = o.class_weights, .label_smoothing = o.label_smoothing});
}

Tensor blended(const TrainerOptions& o, const Tensor& loss, const Tensor& logits, const Mixed& mixed) {
  const Tensor own = loss * mixed.share, other = loss_of(o, logits, mixed.partners, {}) * (1 - mixed.share);
  return own + other;
}

Tensors clipped(Tensors gradients, const Clipping& bounds) {
  if (bounds.value > 0) gradients = clip_by_value(gradients, bounds.value);
  if (bounds.norm > 0) gradients = clip_by_global_norm(gradients, bounds.norm);
  return gradients;
}

// The average after one more step. Frozen parameters stay as they are: even a mean of equal numbers is rounded.
ModelValues average_of(const ModelValues& before, const ModelRef& model, const Parameters& frozen, double decay,
                       std::int64_t step) {
  ModelValues average = averaged(before, values_of(model), decay, step);
  const Parameters all = parameters_of(model);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::ranges::find(frozen, all[i]) != frozen.end()) average.parameters[i] = all[i]->value;
  return average;
}

}  // namespace

Trainer::Trainer(ModelRef model, AnyOptimiser optimiser, TrainerOptions options)
    : model_(model), options_(std::move(options)), optimiser_(optimiser.str()),
      learning_rate_(optimiser.learning_rate()) {
  train::check(trainer_op, options_);
  const ModelValues values = values_of(model_);  // every parameter is initialised
  for (const Tensor& value : values.parameters)
    require(!options_.mixed_precision || value.dtype() == DType::f32, trainer_op,
            "mixed_precision rounds products of f32, and a parameter of the model is {}", value.dtype());
  train::chosen(trainer_op, "train_only ", options_.train_only, parameters_of(model_));
  Generator rng{options_.seed};
  const Generator order = rng.split(), mixing = rng.split();
  state_ = std::make_unique<TrainerState>(TrainerState{std::move(optimiser), order, mixing});
  if (options_.early_stopping) state_->stopping = EarlyStopping(*options_.early_stopping);
  if (options_.reduce_on_plateau) state_->plateau.emplace(*options_.reduce_on_plateau);
}

Trainer::~Trainer() = default;

void Trainer::on_batch(std::function<void(const BatchEnd&)> call) { batch_calls_.push_back(std::move(call)); }
void Trainer::on_epoch(std::function<void(const Epoch&)> call) { epoch_calls_.push_back(std::move(call)); }
void Trainer::on_end(std::function<void()> call) { end_calls_.push_back(std::move(call)); }

const std::vector<Epoch>& Trainer::history() const { return state_->history; }
int Trainer::best_epoch() const { return state_->best_epoch; }

const std::vector<Epoch>& Trainer::run_together(const Dataset& train, const Dataset* held_out) {
  if (!options_.world) return run(train, held_out);
  options_.world->together([&] {
    run(train, held_out);
    options_.world->at("the end of the training");
    options_.world->meet("the last step");
  });
  return state_->history;
}

bool Trainer::stopped() {
  if (!options_.world) return stop_;
  options_.world->at(fmt::format("step {}", state_->step + 1));
  return options_.world->any("its beginning", stop_);
}

const std::vector<Epoch>& Trainer::run(const Dataset& train, const Dataset* held_out) {
  const Device device = train::device_of(parameters_of(model_));
  if (train.inputs.device() != device || (held_out && held_out->inputs.device() != device)) {
    const std::optional<Dataset> there = held_out ? std::optional(held_out->to(device)) : std::nullopt;
    return run(train.to(device), there ? &*there : nullptr);
  }
  std::vector<double> drawn_by = options_.row_weights;
  require(!train.weights.defined() || options_.mixup == 0, trainer_op,
          "mixup {} blends rows, and the rows have weights: there is no weight of a blend", options_.mixup);
  if (!train::all_count(trainer_op, train) &&
      (drawn_by.empty() || static_cast<std::int64_t>(drawn_by.size()) == train.size()))
    return run_counted(train::rows_that_count(trainer_op, train, drawn_by), held_out, drawn_by);
  return run_counted(train, held_out, drawn_by);
}

// Every row to train on counts.
const std::vector<Epoch>& Trainer::run_counted(const Dataset& train, const Dataset* held_out,
                                               const std::vector<double>& drawn_by) {
  if (options_.class_weights.defined()) options_.class_weights = options_.class_weights.to(train.inputs.device());
  const MixedPrecision off(false);  // whatever it is outside: only the options decide
  TrainerState& s = *state_;
  struct Heard {  // one fit hears a stop, however that fit ends
    std::atomic<bool>& stop;
    ~Heard() { stop = false; }
  } const heard{stop_};
  require(train.size() >= 1 && (!held_out || held_out->size() >= 1), trainer_op,
          "the training set has {} rows, what is held out {}; both need 1", train.size(),
          held_out ? held_out->size() : 0);
  const SeenRows train_rows = train::seen(train, options_.data),
                 held_out_rows = held_out ? train::seen(*held_out, options_.data) : SeenRows();
  if (s.train_rows.rows > 0) {
    train::require_same("to train on", s.train_rows, train_rows, &train, failed_);
    train::require_same("held out", s.held_out_rows, held_out_rows, held_out, failed_);
  }
  require(held_out || !options_.monitor || *options_.monitor == Monitor::loss || *options_.monitor == Monitor::accuracy,
          trainer_op, "what is held out is monitored, and nothing is held out");
  Generator unused;
  const BatchOptions how{
      .size = options_.batch_size, .shuffle = &unused, .drop_last = options_.drop_last, .weights = drawn_by};
  const std::int64_t batches = Batches{train, how}.count();
  require(batches >= 1, trainer_op, "drop_last leaves no batch: the training set has {} rows, batch_size is {}",
          train.size(), options_.batch_size);
  if (writes())
    for (const char* const name : {"last.safetensors", "best.safetensors"})
      check_writable(file_in(options_.checkpoint, name));
  s.train_rows = train_rows;
  s.held_out_rows = held_out_rows;
  train::require_same_run(options_, optimiser_, {train_rows, held_out_rows}, values_of(model_));
  failed_ = true;  // stays so unless the fit ends well
  if (!s.current.parameters.empty()) {
    set_values(model_, s.current);
    s.current = {};
  }

  const int every = options_.checkpoint.every_epochs;
  while (s.epoch < options_.epochs && !s.stopped_early && !stopped()) {
    const Generator next = train_epoch(train, drawn_by, batches);
    if (s.batch < batches) break;  // stopped within the epoch
    end_epoch(held_out, next);
    save_best();
    for (const auto& call : epoch_calls_) call(s.history.back());
    if (every > 0 && s.epoch % every == 0 && s.epoch < options_.epochs) checkpoint();
  }
  save_best();
  checkpoint();
  finish();
  for (const auto& call : end_calls_) call();
  failed_ = false;
  return s.history;
}

// Returns the generator's state when the order of this epoch is drawn.
Generator Trainer::train_epoch(const Dataset& train, const std::vector<double>& drawn_by, std::int64_t batches) {
  TrainerState& s = *state_;
  const double start = steady_seconds();
  const double seconds_before = s.epoch_seconds;
  Generator order = s.order;
  const Batches all(train, {.size = options_.batch_size,
                            .shuffle = &order,
                            .drop_last = options_.drop_last,
                            .weights = drawn_by,
                            .prefetch = options_.prefetch});
  const std::int64_t rows_in_epoch = options_.drop_last ? batches * options_.batch_size : train.size();
  auto batch = all.begin();
  for (std::int64_t done = 0; done < s.batch; ++done) ++batch;
  for (; batch != all.end() && !stopped(); ++batch) {
    const Batch rows = *batch;
    train_step(rows, train, options_.epochs * batches);
    s.epoch_seconds = seconds_before + steady_seconds() - start;
    BatchEnd end{.epoch = s.epoch + 1, .epochs = options_.epochs, .batch = s.batch, .batches = batches, .step = s.step};
    end.rows = rows.inputs.shape()[0];
    end.rows_done = s.epoch * rows_in_epoch + static_cast<std::int64_t>(s.seen);
    end.rows_in_run = options_.epochs * rows_in_epoch;
    end.loss = s.loss_sum / s.weight;
    end.accuracy = s.right / s.weight;
    end.learning_rate = s.learning_rate;
    for (const auto& call : batch_calls_) call(end);
    if (options_.checkpoint.every_steps > 0 && s.step % options_.checkpoint.every_steps == 0) checkpoint();
  }
  return order;
}

void Trainer::train_step(const Batch& batch, const Dataset& train, std::int64_t steps) {
  const MixedPrecision precision(options_.mixed_precision);
  TrainerState& s = *state_;
  const auto refuse = [&](double loss, const std::string& source) {
    fail(ErrorCode::out_of_range, trainer_op,
         "the loss is {} in epoch {}, step {}: {}; the parameters are those before the step", train::spoken(loss),
         s.epoch + 1, s.step + 1, source);
  };
  const Before before(model_);
  const Parameters trained = train::chosen(trainer_op, "train_only ", options_.train_only, before.parameters),
                   frozen = rest_of(before.parameters, trained);
  AnyOptimiser optimiser_before = s.optimiser;
  try {
    Generator mixing = s.mixup;
    const Mixed mixed = train::blended_rows(batch, options_, s.step, mixing);
    std::optional<train::Frozen> constant(std::in_place, frozen);
    train::SharedStep shared(options_.world, batch.inputs.shape()[0], train::blocks_of(options_));
    const Tensor logits = shared.outputs(model_, mixed.inputs);
    Tensor loss = loss_of(options_, logits, batch.labels, batch.weights);
    if (options_.mixup > 0) loss = blended(options_, loss, logits, mixed);
    constant.reset();
    const auto require_finite = [&](double value) {
      if (std::isfinite(value)) return;
      before.put_back();  // a layer that draws or remembers then repeats what it did
      refuse(value, train::source_of(model_, {mixed.inputs, batch.labels}, train));
    };
    if (loss.device() == Device::cpu()) require_finite(loss.item<double>());  // elsewhere one look, at the end
    const Tensors gradients = shared.gradients(loss, values_of(trained), static_cast<bool>(options_.loss));
    s.learning_rate = learning_rate_ * options_.schedule(s.step, steps) * (s.plateau ? s.plateau->factor() : 1);
    s.optimiser.set_learning_rate(s.learning_rate);
    const train::SeenParameters seen;
    s.optimiser.step(trained, clipped(gradients, options_.clip));
    const auto finite = seen.finite(trained, finite_);
    const train::Verdict verdict = train::verdict_of(loss, logits, batch.labels, batch.weights, trained, finite);
    require_finite(verdict.loss);
    if (!verdict.finite) refuse(verdict.loss, train::source_of(trained, gradients));
    ModelValues average;
    if (options_.average_decay > 0) average = average_of(s.average, model_, frozen, options_.average_decay, s.step + 1);
    const double weight = train::total_weight(batch.weights, batch.inputs.shape()[0]);
    Tensors values = values_of(trained);
    if (options_.world) options_.world->meet("its end");
    // nothing can fail from here
    s.right += verdict.accuracy * weight;
    finite_.swap(values);
    s.average = std::move(average);
    s.loss_sum += verdict.loss * weight;
    s.seen += static_cast<double>(batch.inputs.shape()[0]);
    s.weight += weight;
    s.mixup = mixing;
  } catch (...) {
    before.put_back();
    s.optimiser = std::move(optimiser_before);
    throw;
  }
  ++s.batch;
  ++s.step;
}

void Trainer::end_epoch(const Dataset* held_out, const Generator& next) {
  TrainerState& s = *state_;
  const double start = steady_seconds();
  Epoch e{.number = s.epoch + 1, .loss = s.loss_sum / s.weight, .accuracy = s.right / s.weight};
  e.samples_per_second = s.seen / std::max(s.epoch_seconds, 1e-9);
  e.learning_rate = s.learning_rate;
  const Before trained(model_);
  ModelValues shown = options_.average_decay > 0 ? s.average : trained.values;
  if (held_out) {
    try {
      set_values(model_, shown);
      if (options_.world) options_.world->at(fmt::format("the evaluation of epoch {}", e.number));
      const Evaluation held = train::evaluate_shared(options_.world, model_, *held_out, options_.loss);
      e.held_out_loss = held.loss;
      e.held_out_accuracy = held.accuracy;
      require(std::isfinite(held.loss), ErrorCode::out_of_range, trainer_op,
              "the loss of what is held out is {} after epoch {}: {}", train::spoken(held.loss), e.number,
              train::source_of(model_, {held_out->inputs, held_out->labels}, *held_out, evaluation));
    } catch (...) {
      trained.put_back();
      throw;
    }
    trained.put_back();
  }
  e.seconds = s.seconds + s.epoch_seconds + steady_seconds() - start;
  s.history.push_back(e);
  // nothing can fail from here
  judge(e, held_out != nullptr);
  if (s.best_epoch == e.number) s.best = std::move(shown);
  s.order = next;
  s.seconds = e.seconds;
  ++s.epoch;
  s.batch = 0;
  s.loss_sum = s.right = s.seen = s.weight = s.epoch_seconds = 0;
}

void Trainer::judge(const Epoch& e, bool held_out) {
  TrainerState& s = *state_;
  const double score = score_of(e, options_.monitor.value_or(held_out ? Monitor::held_out_loss : Monitor::loss));
  if ((held_out || options_.monitor) && score > s.best_score) {
    s.best_score = score;
    s.best_epoch = e.number;
  }
  if (s.plateau) s.plateau->observe(score);
  if (options_.early_stopping) s.stopped_early = s.stopping(score);
}

// Puts in place the weights to use; those in training are kept aside, so that a run can go on.
void Trainer::finish() {
  TrainerState& s = *state_;
  s.current = values_of(model_);
  if (options_.keep_best && s.best_epoch > 0) set_values(model_, s.best);
  else if (!s.average.parameters.empty()) set_values(model_, s.average);
}

void Trainer::checkpoint() const {
  if (writes()) save(file_in(options_.checkpoint, "last.safetensors"));
  else if (options_.world && !options_.checkpoint.folder.empty()) (void)state_->optimiser.state();  // ranks share it
}

void Trainer::save_best() {
  if (!writes() || saved_best_ == state_->best_epoch) return;
  save_safetensors(file_in(options_.checkpoint, "best.safetensors"), train::named_weights(model_, state_->best),
                   {{"epoch", std::to_string(state_->best_epoch)}});
  saved_best_ = state_->best_epoch;
}

void Trainer::save(const std::string& path) const {
  train::save_checkpoint(path, model_, *state_, train::settings_of(options_, optimiser_));
}

void Trainer::resume(const std::string& path) {
  TrainerState loaded = train::load_checkpoint(path, model_, *state_, train::settings_of(options_, optimiser_));
  set_values(model_, std::exchange(loaded.current, {}));
  *state_ = std::move(loaded);
  failed_ = false;
  saved_best_ = 0;  // best.safetensors belongs to another run
}

}  // namespace logitape::inline v0
