// The probabilities of three classes as points of a triangle, and where descent on the logits moves them.
#include <cmath>
#include <stdexcept>

#include "answers.h"
#include "loss.h"

namespace lt = logitape;

namespace {

// The points (i, j, k)/n with i, j, k >= 1: inside, where every logit is finite. [points, 3]
lt::Tensor inner_points(std::int64_t n) {
  std::vector<double> p;
  for (std::int64_t i = 1; i < n; ++i)
    for (std::int64_t j = 1; i + j < n; ++j)
      for (const std::int64_t part : {i, j, n - i - j}) p.push_back(static_cast<double>(part) / static_cast<double>(n));
  return lt::from_span(p, {static_cast<std::int64_t>(p.size() / 3), 3});
}

// At each point of the triangle the loss, and how p moves when its logits follow minus their gradient: J * (-dL/dx), J
// the Jacobian of the softmax; a jvp for all points at once.
Json field(const LossQuestion& q, std::int64_t resolution) {
  const lt::Tensor p = inner_points(resolution);
  const lt::Tensor logits = lt::variable(lt::log(p) * q.temperature);
  const lt::Tensor labels = p * 0 + q.labels;
  const lt::Tensor losses = lt::cross_entropy(logits / q.temperature, labels,
                                              {.reduction = lt::Reduction::none, .label_smoothing = q.smoothing});
  const lt::Tensor downhill = -lt::grad(lt::sum(losses), {logits})[0];
  const auto softmax = [&q](const lt::Tensor& x) { return lt::softmax(x / q.temperature); };
  const lt::Tensor moves = lt::jvp(softmax, logits, downhill).tangent;
  Json points = Json::array();
  const Json ps = json_of(p), ls = json_of(losses), ms = json_of(moves);
  for (std::size_t i = 0; i < ps.size(); ++i) points.push_back({{"p", ps[i]}, {"loss", ls[i]}, {"move", ms[i]}});
  return points;
}

Json path(const LossQuestion& q, std::int64_t steps) {
  Json points = Json::array();
  lt::Tensor x = q.logits;
  for (std::int64_t step = 0; step <= steps; ++step) {
    const auto at = lt::value_and_grad([&q](const lt::Tensor& logits) { return loss_of(q, logits, q.labels); }, x);
    points.push_back({{"p", json_of(lt::softmax(scaled(q, x)))}, {"logits", json_of(x)}, {"loss", json_of(at.value)}});
    x = x - q.learning_rate * at.gradient;
  }
  return points;
}

}  // namespace

Json answer_simplex(const Json& asked) {
  const Request r(asked, {"labels", "resolution", "logits", "learning_rate", "steps", "smoothing", "temperature"});
  Json row = asked;
  const bool from_somewhere = r.has("logits");
  if (!from_somewhere) row["logits"] = {0, 0, 0};
  const LossQuestion q = loss_question(
      Request(row, {"labels", "resolution", "logits", "learning_rate", "steps", "smoothing", "temperature"}));
  if (q.logits.size() != 3)
    throw std::invalid_argument("the triangle is for 3 classes, and there are " + std::to_string(q.logits.size()));
  const std::int64_t resolution = r.whole("resolution", 12, 3, 100), steps = r.whole("steps", 50, 0, 10000);
  const lt::Tensor target = (1 - q.smoothing) * q.labels + q.smoothing / 3;
  const double mass = lt::sum(target).item<double>();
  Json answer = {{"points", field(q, resolution)},
                 {"target", mass > 0 ? json_of(target / mass) : Json(nullptr)},
                 {"path", from_somewhere ? path(q, steps) : Json::array()}};
  return answer;
}
