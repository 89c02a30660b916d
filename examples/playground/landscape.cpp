// The weights of the training, and the loss around them along two random directions.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "answers.h"
#include "session.h"

namespace lt = logitape;

namespace {

// A random direction in which each unit of a layer moves by as much as its own weights are long, so that a step means
// the same in every layer; biases stay (Li and others, "Visualizing the loss landscape of neural nets", 2018).
lt::Tensors direction(const lt::Tensors& weights, lt::Generator& rng) {
  lt::Tensors along;
  for (const lt::Tensor& w : weights) {
    const lt::Tensor d = lt::randn(w.shape(), rng);
    if (w.rank() < 2) {
      along.push_back(lt::zeros(w.shape()));
      continue;
    }
    std::vector<std::int64_t> all_but_units;  // the last axis of a weight counts the units
    for (std::int64_t axis = 0; axis + 1 < w.rank(); ++axis) all_but_units.push_back(axis);
    const lt::ReduceOptions lengths{.axes = all_but_units, .keep_dims = true};
    along.push_back(d * (lt::norm(w, lengths) / lt::maximum(lt::norm(d, lengths), 1e-12)));
  }
  return along;
}

}  // namespace

Json answer_landscape(const Json& asked) {
  const Request r(asked, {"size", "span", "seed", "rows", "from", "lines"});
  const Training& t = started_training();
  const std::int64_t n = r.whole("size", 21, 3, 61), from = r.whole("from", 0, 0, n - 1),
                     lines = r.whole("lines", n - from, 1, n - from);
  const double span = r.number("span", 1, 1e-6, 100);
  const std::int64_t rows = std::min(r.whole("rows", 256, 1, 100000), t.train.size());
  lt::Generator rng{static_cast<std::uint64_t>(r.whole("seed", 0, 0, std::int64_t{1} << 53))};
  lt::Classifier moved = t.classifier;
  const lt::Parameters boxes = lt::parameters_of(moved);
  const lt::Tensors weights = lt::parameters(t.classifier);
  const lt::Tensors right = direction(weights, rng), up = direction(weights, rng);
  const lt::Tensor x = t.train.inputs[lt::range(0, rows)], y = t.train.labels[lt::range(0, rows)];
  const lt::NoGrad off_the_tape;
  const auto loss_at = [&](double a, double b) {
    for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i]->value = weights[i] + a * right[i] + b * up[i];
    return lt::cross_entropy(moved(x, lt::evaluation), y).item<double>();
  };
  std::vector<double> offsets;
  for (std::int64_t i = 0; i < n; ++i)
    offsets.push_back(span * (2 * static_cast<double>(i) / static_cast<double>(n - 1) - 1));
  Json losses = Json::array();
  for (std::int64_t line = from; line < from + lines; ++line) {
    losses.push_back(Json::array());
    for (const double a : offsets)
      losses.back().push_back(json_of(loss_at(a, offsets[static_cast<std::size_t>(line)])));
  }
  return {{"size", n},      {"span", span},
          {"from", from},   {"offsets", json_of(offsets)},
          {"loss", losses}, {"centre", json_of(loss_at(0, 0))},
          {"rows", rows}};
}

Json answer_weights(const Json& asked) {
  const Request r(asked, {"layer"});
  Training& t = started_training();
  const lt::Tensor w = lt::parameter_of(t.classifier, r.text("layer", "")).value;
  std::vector<double> values = w.to_vector<double>();
  const std::size_t every = (values.size() + 19999) / 20000;
  std::vector<double> some;
  for (std::size_t i = 0; i < values.size(); i += every) some.push_back(values[i]);
  return {{"layer", r.text("layer", "")},
          {"shape", std::vector<std::int64_t>(w.shape().begin(), w.shape().end())},
          {"every", every},
          {"values", w.rank() <= 2 && every == 1 ? json_of(w) : json_of(some)},
          {"minimum", json_of(lt::min(w))},
          {"maximum", json_of(lt::max(w))},
          {"norm", json_of(lt::norm(w))}};
}
