// Starts a training and takes it on, a few steps at a time; in between the page draws.
#include <cmath>
#include <limits>
#include <stdexcept>

#include "answers.h"
#include "session.h"

namespace lt = logitape;

namespace {

Json epochs_since(Training& t) {
  Json epochs = Json::array();
  const std::vector<lt::Epoch>& history = t.trainer->history();
  for (; t.told < history.size(); ++t.told) {
    const lt::Epoch& e = history[t.told];
    epochs.push_back({{"epoch", e.number},
                      {"loss", json_of(e.loss)},
                      {"accuracy", json_of(e.accuracy)},
                      {"held_out_loss", json_of(e.held_out_loss)},
                      {"held_out_accuracy", json_of(e.held_out_accuracy)},
                      {"learning_rate", json_of(e.learning_rate)}});
  }
  return epochs;
}

// The gradient of the loss of some training rows as the model answers in evaluation: nothing is drawn, so that a
// training that is watched gives the same bits as one that is not.
lt::Tensors gradients_of(const Training& t) {
  const std::int64_t rows = std::min<std::int64_t>(256, t.train.size());
  const auto first = [rows](const lt::Tensor& x) { return x[lt::range(0, rows)]; };
  const lt::Tensor logits = t.classifier(first(t.train.inputs), lt::evaluation);
  const lt::Tensor loss =
      lt::cross_entropy(logits, first(t.train.labels), {.label_smoothing = t.recipe.training.label_smoothing});
  return lt::grad(loss, lt::parameters(t.classifier));
}

double length(const lt::Tensor& x) { return lt::norm(x).item<double>(); }

Json layers_of(Training& t, bool with_gradients) {
  Json layers = Json::array();
  const lt::Tensors gradients = with_gradients ? gradients_of(t) : lt::Tensors();
  std::size_t i = 0;
  for (const lt::Parameter* p : lt::parameters_of(t.classifier)) {
    layers.push_back({{"name", p->name}, {"weight_norm", json_of(length(p->value))}});
    if (with_gradients) layers.back()["gradient_norm"] = json_of(length(gradients[i]));
    ++i;
  }
  return layers;
}

Json state_of(Training& t, bool with_gradients) {
  const std::int64_t batches = (t.train.size() + t.recipe.training.batch_size - 1) / t.recipe.training.batch_size;
  return {{"step", t.last.step},
          {"steps", batches * t.recipe.training.epochs},
          {"epoch", t.trainer->history().size()},
          {"epochs", t.recipe.training.epochs},
          {"done", t.done()},
          {"loss", json_of(t.last.loss)},
          {"accuracy", json_of(t.last.accuracy)},
          {"learning_rate", json_of(t.last.learning_rate)},
          {"history", epochs_since(t)},
          {"layers", layers_of(t, with_gradients)}};
}

}  // namespace

Json answer_start(const Json& asked) {
  const Request r(asked,
                  {"seed", "test", "model", "epochs", "batch", "learning_rate", "weight_decay", "label_smoothing"});
  auto started = std::make_unique<Training>(loaded_data(), r);
  Training& t = *started;
  Json answer = recipe_json(t.recipe);
  const std::int64_t batches = (t.train.size() + t.recipe.training.batch_size - 1) / t.recipe.training.batch_size;
  Json layers = Json::array();
  std::int64_t weights = 0;
  for (const lt::Parameter* p : lt::parameters_of(t.classifier)) {
    const lt::Shape& shape = p->value.shape();
    weights += p->value.size();
    layers.push_back({{"name", p->name},
                      {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                      {"size", p->value.size()}});
  }
  answer.update({{"seed", t.seed},
                 {"batches", batches},
                 {"steps", batches * t.recipe.training.epochs},
                 {"train_rows", t.train.size()},
                 {"test_rows", t.test.size()},
                 {"weights", weights},
                 {"layers", layers}});
  keep(std::move(started));
  return answer;
}

Json answer_train(const Json& asked) {
  const Request r(asked, {"steps", "milliseconds", "gradients"});
  constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();
  if (r.has("steps") == r.has("milliseconds"))
    throw std::invalid_argument("say how far to train: \"steps\": 10, or \"milliseconds\": 12");
  Training& t = started_training();
  t.go_on(r.has("steps") ? r.whole("steps", 1, 1, 1000000000) : no_end,
          r.has("steps") ? 1e9 : r.number("milliseconds", 0, 0, 1e9) / 1000);
  return state_of(t, r.flag("gradients", false));
}

Json answer_stop(const Json& asked) {
  const Request none(asked, {});
  Training& t = started_training();
  t.stopped = true;
  return state_of(t, false);
}

Json answer_evaluate(const Json& asked) {
  const Request none(asked, {});
  const Training& t = started_training();
  const lt::Prediction said = t.classifier.predict(t.parts.test);
  const std::vector<std::int64_t> truth = t.test.labels.to_vector<std::int64_t>();
  const std::vector<double> p = said.probabilities.to_vector<double>();
  const std::size_t classes = t.classifier.classes().size();
  std::vector<std::pair<double, std::size_t>> wrong;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (said.classes[i] != truth[i]) wrong.emplace_back(-p[i * classes + static_cast<std::size_t>(said.classes[i])], i);
  std::sort(wrong.begin(), wrong.end());
  Json mistakes = Json::array();
  for (std::size_t k = 0; k < std::min<std::size_t>(12, wrong.size()); ++k) {
    const std::size_t i = wrong[k].second;
    mistakes.push_back({{"row", t.parts.test_rows[i]},
                        {"class", t.classifier.classes()[static_cast<std::size_t>(truth[i])]},
                        {"predicted", said.labels[i]},
                        {"probability", json_of(-wrong[k].first)}});
    if (t.parts.test.image.rank() > 0)
      mistakes.back()["image"] = json_of(t.parts.test.inputs[static_cast<std::int64_t>(i)].to_vector<double>());
  }
  Json answer = {{"accuracy", json_of(lt::accuracy(said.probabilities, t.test.labels))},
                 {"loss", json_of(lt::evaluate(t.classifier, t.test).loss)},
                 {"rows", truth.size()},
                 {"right", truth.size() - wrong.size()},
                 {"majority", json_of(lt::majority_accuracy(t.train.labels, t.test.labels))},
                 {"classes", t.classifier.classes()},
                 {"mistakes", mistakes}};
  if (classes <= 100)
    answer["confusion"] = lt::confusion_matrix(said.probabilities, t.test.labels).to_vector<std::int64_t>();
  if (classes <= 100) {
    const Json flat = answer["confusion"];
    Json rows = Json::array();
    for (std::size_t i = 0; i < flat.size(); ++i) {
      if (i % classes == 0) rows.push_back(Json::array());
      rows.back().push_back(flat[i]);
    }
    answer["confusion"] = rows;
  }
  return answer;
}
