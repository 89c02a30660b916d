// The one data set and the one training that requests speak of.
#include "session.h"

#include <chrono>
#include <limits>
#include <stdexcept>

#include "answers.h"

namespace lt = logitape;

namespace {

std::unique_ptr<Data> data;
std::unique_ptr<Training> training;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// "auto" becomes the model that suits the rows.
const std::string& named(std::string& model, const Parts& parts) {
  if (model == "auto") model = parts.prepare.tokenizer ? "text" : "mlp";
  return model;
}

}  // namespace

Data& loaded_data() {
  if (!data) throw std::invalid_argument("there are no rows yet: load a data set first");
  return *data;
}

Training& started_training() {
  loaded_data();
  if (!training) throw std::invalid_argument("no training was started yet: start one first");
  return *training;
}

void keep(std::unique_ptr<Data> loaded) {
  training.reset();
  data = std::move(loaded);
}

void keep(std::unique_ptr<Training> started) { training = std::move(started); }

Json answer_forget(const Json& asked) {
  const Request none(asked, {});
  keep(std::unique_ptr<Data>());
  return Json::object();
}

Parts::Parts(const Data& d, double share, lt::Generator& rng) {
  const lt::SplitRows rows = lt::split_rows(d.all.labels, {.test = share}, rng);
  train = lt::take(d.all, rows.train);
  test = lt::take(d.all, rows.test);
  test_rows = rows.test;
  for (std::int64_t& row : test_rows) ++row;
  prepare = lt::Preprocessing::fit(train);
}

lt::Recipe recipe_of(const Request& r, const std::string& model, const Parts& parts) {
  lt::Recipe recipe = lt::recipe_for(parts.prepare, parts.train.size(), model);
  recipe.training.epochs = static_cast<int>(r.whole("epochs", recipe.training.epochs, 1, 100000));
  recipe.training.batch_size = r.whole("batch", recipe.training.batch_size, 1, 1 << 24);
  recipe.optimiser.learning_rate = r.number("learning_rate", recipe.optimiser.learning_rate, 1e-12, 1e6);
  recipe.optimiser.weight_decay = r.number("weight_decay", recipe.optimiser.weight_decay, 0, 1e6);
  recipe.training.label_smoothing = r.number("label_smoothing", recipe.training.label_smoothing, 0, 1);
  recipe.training.keep_best = false;  // what is held out for the accuracy must not choose anything
  return recipe;
}

Json recipe_json(const lt::Recipe& recipe) {
  return {{"model", recipe.architecture},
          {"epochs", recipe.training.epochs},
          {"batch", recipe.training.batch_size},
          {"learning_rate", recipe.optimiser.learning_rate},
          {"weight_decay", recipe.optimiser.weight_decay},
          {"label_smoothing", recipe.training.label_smoothing}};
}

// One generator shares out the rows, then draws the first weights: the order of train_classifier.
Training::Training(const Data& d, const Request& r)
    : seed(static_cast<std::uint64_t>(r.whole("seed", 0, 0, std::int64_t{1} << 53))),
      share(r.number("test", d.test, 0.01, 0.9)), model(r.text("model", "auto")), rng(seed), parts(d, share, rng),
      train(parts.prepare(parts.train)), test(parts.prepare(parts.test)),
      recipe(recipe_of(r, named(model, parts), parts)), classifier(parts.prepare, recipe.architecture, rng) {
  recipe.training.seed = seed;
  trainer = std::make_unique<lt::Trainer>(classifier, lt::AdamW{recipe.optimiser}, recipe.training);
  trainer->on_batch([this](const lt::BatchEnd& end) {
    last = end;
    if (--steps_left_ <= 0 || now() >= until_) trainer->stop();
  });
}

bool Training::done() const { return stopped || static_cast<int>(trainer->history().size()) >= recipe.training.epochs; }

void Training::go_on(std::int64_t steps, double seconds) {
  if (done()) return;
  steps_left_ = steps;
  until_ = now() + seconds;
  trainer->fit(train, test);
}
