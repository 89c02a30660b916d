// The descent field on the simplex. For probabilities p let x = log p; a small step of descent moves x by -g, and so p
// by -J g, where g is the loss's gradient and J = diag(p) - p p^T the Jacobian of softmax.
#include <cmath>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/explain/figures.h"

namespace logitape::inline v0 {
namespace {

Simplex::Point point_of(const Tensor& x) {
  const std::vector<double> v = x.to_vector<double>();
  return {v[0], v[1], v[2]};
}

bool finite(const Simplex::Point& p) { return std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[2]); }

Tensor slope(const TensorFunction& loss, const Tensor& logits) {
  const Tensor x = variable(logits);
  return grad(loss({x}), {x}, {.unreached = Unreached::zero})[0];
}

// Points of a triangular grid; of a class that cannot happen none but 0.
std::vector<Simplex::Point> grid_of(const Simplex::Point& logits, int parts) {
  std::array<bool, 3> possible{};
  for (std::size_t c = 0; c < 3; ++c) possible[c] = logits[c] > -INFINITY;
  std::vector<Simplex::Point> places;
  for (int a = 0; a <= parts; ++a)
    for (int b = 0; a + b <= parts; ++b) {
      const std::array<int, 3> shares = {a, b, parts - a - b};
      bool inside = true;
      Simplex::Point p{};
      for (std::size_t c = 0; c < 3; ++c) {
        inside = inside && (shares[c] > 0) == possible[c];
        p[c] = static_cast<double>(shares[c]) / parts;
      }
      if (inside) places.push_back(p);
    }
  return places;
}

}  // namespace

Simplex descend_on_simplex(const TensorFunction& loss, const Tensor& logits, const SimplexOptions& options) {
  const char* const op = "descend_on_simplex";
  require(logits.shape() == Shape{3} && (logits.dtype() == DType::f32 || logits.dtype() == DType::f64), op,
          "logits are {}; f32 or f64 [3] is needed, a triangle has three corners", logits);
  require(options.step > 0 && std::isfinite(options.step), op, "the step is {}; a number above 0 is needed",
          options.step);
  require(options.steps >= 0, op, "{} steps; 0 or more are needed", options.steps);
  require(options.grid >= 3 && options.grid <= 40, op, "a grid of {} parts; 3 to 40 are needed", options.grid);

  Simplex s{.step = options.step};
  for (const Simplex::Point& place : grid_of(point_of(logits), options.grid)) {
    const Tensor x = log(from_span(std::vector<double>(place.begin(), place.end()), {3}).to(logits.dtype()));
    const Simplex::Point move = point_of(jvp([](const Tensor& z) { return softmax(z); }, x, -slope(loss, x)).tangent);
    if (!finite(move)) continue;
    s.places.push_back(place);
    s.moves.push_back(move);
  }
  Tensor x = logits;
  for (int i = 0; i <= options.steps; ++i) {
    const Simplex::Point p = point_of(softmax(x));
    if (i > 0 && !finite(p)) break;
    s.path.push_back(p);
    x = x - options.step * slope(loss, x);
  }
  return s;
}

}  // namespace logitape::inline v0
