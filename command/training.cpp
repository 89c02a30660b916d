// Ctrl-C, the parts, the recipe, the training.
#include "training.h"

#include <algorithm>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>

#include "standard_input.h"
#include "use.h"

namespace command {
namespace {

// The trainer that Ctrl-C stops; a second Ctrl-C ends the program.
std::atomic<lt::Trainer*> trainer_at_work = nullptr;
static_assert(std::atomic<lt::Trainer*>::is_always_lock_free, "a signal's handler may take no lock");
std::atomic<bool> ctrl_c = false;
void stop_training(int) {
  ctrl_c = true;
  std::signal(SIGINT, SIG_DFL);
  if (lt::Trainer* const trainer = trainer_at_work) trainer->stop();
}

// While one lives, Ctrl-C stops its trainer.
class StoppedByCtrlC {
 public:
  explicit StoppedByCtrlC(lt::Trainer& trainer) {
    trainer_at_work = &trainer;
    std::signal(SIGINT, stop_training);
  }
  ~StoppedByCtrlC() {
    std::signal(SIGINT, SIG_DFL);
    trainer_at_work = nullptr;
  }
  StoppedByCtrlC(const StoppedByCtrlC&) = delete;
  StoppedByCtrlC& operator=(const StoppedByCtrlC&) = delete;
};

// The recipe for these rows, changed by the flags.
lt::Recipe recipe_of(const TrainFlags& f, const lt::Preprocessing& prepare, const lt::Dataset& train) {
  const std::string model = f.model != "auto" ? f.model : prepare.tokenizer ? "text" : "mlp";
  lt::Recipe r = lt::recipe_for(prepare, train.size(), model);
  if (f.epochs > 0) r.training.epochs = f.epochs;
  if (f.batch > 0) r.training.batch_size = f.batch;
  if (f.learning_rate > 0) r.optimiser.learning_rate = f.learning_rate;
  if (f.weight_decay >= 0) r.optimiser.weight_decay = f.weight_decay;
  r.training.seed = f.seed;
  if (f.label_smoothing >= 0) r.training.label_smoothing = f.label_smoothing;
  if (!f.augment.empty()) r.training.augment = lt::Augmentation::named(f.augment);
  std::copy(prepare.image.begin(), prepare.image.end(), r.training.augment.image.begin());  // at most three
  r.training.mixup = f.mixup;
  r.training.mixed_precision = f.mixed_precision;
  r.training.clip.norm = f.clip;
  r.training.average_decay = f.average;
  r.training.keep_best = validates(f);  // what is held out for the accuracy must not choose anything
  if (f.balanced) r.training.row_weights = lt::balanced_weights(train.labels);
  if (f.patience > 0) r.training.early_stopping = lt::EarlyStoppingOptions{.patience = f.patience};
  return r;
}

// What is chosen on the validation rows once the model has learnt: temperature and thresholds.
void decide(const TrainFlags& f, Trained& t, const lt::Examples& rows, const lt::Dataset& prepared) {
  const lt::Task task = t.classifier.task();
  if (task == lt::Task::classes) t.calibration = t.classifier.calibrate(prepared);
  if (f.threshold.empty()) return;
  const lt::ThresholdGoal goal = lt::ThresholdGoal::named(f.threshold);
  const lt::Tensor p = t.classifier.predict(rows).probabilities;
  if (task == lt::Task::multilabel) {
    t.thresholds = lt::tune_thresholds(p, prepared.labels, goal);
    for (const lt::Threshold& chosen : t.thresholds) t.classifier.thresholds.push_back(chosen.threshold);
  } else {
    t.threshold = lt::tune_threshold(p, prepared.labels, goal);
    t.classifier.threshold = t.threshold->threshold;
  }
}

}  // namespace

lt::Preprocessing prepared_for(const TrainFlags& f, const lt::Examples& train) {
  lt::Preprocessing prepare = lt::Preprocessing::fit(train);
  prepare.reading = load_options(f.data, true);
  return prepare;
}

Parts parts_of(const TrainFlags& f, const lt::Examples& all, const std::vector<std::int64_t>& numbers,
               lt::Generator& rng) {
  const bool own_file = !f.test_data.empty();
  const lt::SplitRows rows =
      lt::split_rows(lt::strata(all), {.validation = f.validation, .test = own_file ? 0 : f.test}, rng);
  Parts p{take(all, rows.train), take(all, rows.validation), take(all, rows.test), rows.test};
  for (std::int64_t& row : p.test_rows) row = numbers[static_cast<std::size_t>(row)];
  const auto of_file = [&](const std::string& path) {
    lt::LoadOptions how = prepared_for(f, p.train).how_to_read(true);
    how.weights = f.data.weights;
    return lt::load_examples(readable(path), how);
  };
  if (!f.validation_data.empty()) p.validation = of_file(f.validation_data);
  if (!own_file) return p;
  p.test = of_file(f.test_data);
  p.test_rows = row_numbers(p.test);
  return p;
}

Trained train_on(const TrainFlags& f, const Parts& parts, lt::Generator& rng, bool watched) {
  const auto start = std::chrono::steady_clock::now();
  const lt::Preprocessing prepare = prepared_for(f, parts.train);
  const auto prepared = [&](const lt::Examples& rows, const std::string& own_file) {
    return of_rows(own_file.empty() ? f.data.path : own_file, [&] { return prepare(rows); });
  };
  const lt::Dataset train = prepare(parts.train), test = prepared(parts.test, f.test_data);
  lt::Recipe recipe = recipe_of(f, prepare, train);
  lt::Classifier classifier(prepare, recipe.architecture, rng);
  if (!f.header_file.empty()) (void)lt::header_text(classifier);  // refuses before the training, not after it
  lt::move_to(classifier, f.device);                              // the rows follow batch by batch
  if (f.find_learning_rate) {
    const lt::MixedPrecision precision(f.mixed_precision);
    recipe.optimiser.learning_rate =
        lt::find_learning_rate(classifier, lt::AdamW{recipe.optimiser}, train,
                               {.batch_size = recipe.training.batch_size, .seed = f.seed, .loss = recipe.training.loss})
            .suggestion;
    if (watched) std::printf("learning rate %.2g, where the loss falls fastest\n", recipe.optimiser.learning_rate);
  }
  recipe.training.data = displayed(f.data.path);
  recipe.training.world = f.world;
  if (watched)
    recipe.training.checkpoint = {.folder = f.out + "/run", .every_epochs = std::max(1, recipe.training.epochs / 10)};
  lt::Trainer trainer{classifier, lt::AdamW{recipe.optimiser}, recipe.training};
  const std::string last = f.out + "/run/last.safetensors";
  if (watched && f.resume) trainer.resume(last);
  std::unique_ptr<lt::EventWriter> events;
  if (watched && f.events && writes(f)) {
    events = std::make_unique<lt::EventWriter>(f.out + "/events");
    trainer.on_epoch([&events](const lt::Epoch& e) {
      for (const auto& [tag, value] : {std::pair{"loss/training", e.loss},
                                       {"loss/held out", e.held_out_loss},
                                       {"accuracy/training", e.accuracy},
                                       {"accuracy/held out", e.held_out_accuracy},
                                       {"learning rate", e.learning_rate}})
        events->scalar(tag, e.number, value);
    });
  }
  const lt::Dataset held_out = validates(f) ? prepared(parts.validation, f.validation_data) : test;
  if (watched) {
    show_progress(trainer, stdout, terminal(f.color));
    const StoppedByCtrlC guard(trainer);
    trainer.fit(train, held_out);
  } else {
    trainer.fit(train, held_out);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const bool interrupted = ctrl_c && static_cast<int>(trainer.history().size()) < recipe.training.epochs;
  Trained t{std::move(classifier), train, test, recipe, trainer.history(), interrupted, trainer.best_epoch(), seconds};
  if (validates(f)) decide(f, t, parts.validation, held_out);
  return t;
}

}  // namespace command
