// The rules' answer, and how much rounding it may carry; lines to take differences on.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "logitape/autograd/gradcheck_engine.h"

namespace logitape::inline v0::gradcheck {
namespace {

bool same_bits(const Points& a, const Points& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t e = 0; e < a[i].size(); ++e)
      if (a[i][e] != b[i][e] && !(std::isnan(a[i][e]) && std::isnan(b[i][e]))) return false;
  return true;
}

// The inputs, each moved by about this part of itself, up or down.
Points moved_by(Run& run, const Subject& s, double part) {
  Points moved = s.at;
  for (std::size_t i = 0; i < moved.size(); ++i)
    for (double& x : moved[i]) {
      const double by = (0.5 + run.rng.next_uniform()) * part;
      x = s.rounded(i, x * (run.rng.next_u64() & 1 ? 1 + by : 1 - by));
    }
  return moved;
}

// The last bit of v that is not 0: values on a grid have it in common.
double last_bit(double v) {
  int exponent = 0;
  const auto digits = static_cast<std::int64_t>(std::ldexp(std::frexp(v, &exponent), 53));
  return std::ldexp(static_cast<double>(digits & -digits), exponent - 53);
}

// What rounding makes of f's results: half an ULP each; what inputs moved by one ULP make of them; the grid that results
// lie on when f casts to a narrower dtype or cancels; and that dtype's rounding where small moves go unnoticed.
void measure_noise(Run& run, const Subject& s, Analytic& a) {
  for (const double y : a.y0) a.noise.push_back(std::max(s.reference_epsilon * std::fabs(y), smallest_of(s.reference_epsilon)));
  const auto moves = [&](double part) {
    Values y = a.y0;
    complaint_of([&] { y = s.value(moved_by(run, s, part)); });  // at the edge of f's domain nothing is learnt
    for (std::size_t k = 0; k < y.size(); ++k) y[k] = std::isfinite(y[k] - a.y0[k]) ? std::fabs(y[k] - a.y0[k]) : 0;
    return y;
  };
  const Values ulp[] = {moves(s.reference_epsilon), moves(s.reference_epsilon)};
  const bool f64 = s.reference_epsilon <= 0x1p-52;
  const Values far[] = {moves(0x1p-20), moves(0x1p-20), moves(0x1p-20)}, near = f64 ? moves(0x1p-32) : far[0];
  for (std::size_t k = 0; k < a.y0.size(); ++k) {
    double grid = std::numeric_limits<double>::infinity();
    for (const Values& y : far) grid = y[k] > 0 ? std::min(grid, last_bit(y[k])) : grid;
    if (std::isfinite(grid)) a.noise[k] = std::max(a.noise[k], grid);
    if (std::isfinite(grid) && near[k] == 0) a.noise[k] = std::max(a.noise[k], 0x1p-24 * std::fabs(a.y0[k]));
    for (const Values& y : ulp) a.noise[k] = std::max(a.noise[k], y[k]);
  }
}

// A rule may multiply the rounding of its inputs (exp(30*x)) or lose digits on its way (p - t near 0). Inputs moved by one
// part in a million show the first, inputs moved by a few ULP, which are rounded to something else, the second.
void measure_sensitivity(Run& run, const Subject& s, Analytic& a) {
  for (const Values& g : a.reference) a.sensitivity.emplace_back(g.size());
  a.stale = true;
  const auto learn = [&](const Points& g, const Points& from, double part) {
    for (std::size_t i = 0; i < g.size(); ++i)
      for (std::size_t e = 0; e < g[i].size(); ++e)
        if (const double per_part = std::fabs(g[i][e] - from[i][e]) / part; std::isfinite(per_part))
          a.sensitivity[i][e] = std::max(a.sensitivity[i][e], per_part);
  };
  const double far = std::max(0x1p-20, 64 * s.reference_epsilon), near = 4 * s.epsilon;
  for (int probes = 0; probes < 2; ++probes) {
    Points g = a.reference, own = a.gradient;
    complaint_of([&] { g = s.reference_gradient(moved_by(run, s, far), a.cotangent).values; });
    complaint_of([&] { own = s.gradient(moved_by(run, s, near), a.cotangent).values; });
    a.stale = a.stale && same_bits(g, a.reference);
    learn(g, a.reference, far);
    learn(own, a.gradient, near / 2);
  }
}

}  // namespace

Values random_signs(Generator& rng, std::size_t count) {
  Values v(count);
  for (double& s : v) {
    s = 0.5 + static_cast<double>(rng.below(128)) / 128;
    if (rng.next_u64() & 1) s = -s;
  }
  return v;
}

double largest(const Values& values) {
  double most = 0;
  for (const double v : values) most = std::fabs(v) > most && std::isfinite(v) ? std::fabs(v) : most;
  return most;
}

double typical_size(const Values& values) {
  Values sizes;
  for (const double v : values)
    if (v != 0 && std::isfinite(v)) sizes.push_back(std::fabs(v));
  if (sizes.empty()) return 1;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

Analytic analytic_gradients(Run& run, const Subject& s) {
  Analytic a;
  a.y0 = s.value(s.at);
  const bool scalar = a.y0.size() == 1;
  a.seed = scalar ? Values{1} : random_signs(run.rng, a.y0.size());
  if (!scalar) a.cotangent = a.seed;
  Gradients found = s.gradient(s.at, a.cotangent);
  a.gradient = std::move(found.values);
  a.path = found.path;
  a.reference = s.reference_gradient(s.at, a.cotangent).values;
  if (a.path) {
    // a rule is linear in its cotangent; for the engine's own 1 it may take a short cut
    const double times = -0.5;  // exact in every dtype
    Values other = a.seed;
    for (double& v : other) v *= times;
    a.other_cotangent = s.gradient(s.at, other).values;
    for (Values& g : a.other_cotangent)
      for (double& v : g) v /= times;
  }
  measure_noise(run, s, a);
  measure_sensitivity(run, s, a);
  return a;
}

namespace {

Line line_of(const Analytic& a, std::function<Sample(double)> at) {
  // outside of f's domain: NaN, which differences take as no answer
  const auto guarded = [at = std::move(at), outputs = a.y0.size()](double t) {
    Sample sample;
    if (complaint_of([&] { sample = at(t); })) sample = {t, Values(outputs, std::numeric_limits<double>::quiet_NaN())};
    return sample;
  };
  return {.at = guarded, .y0 = a.y0, .seed = a.seed, .size = 1, .typical = 1, .noise = a.noise};
}

}  // namespace

Line line_through(const Subject& s, const Analytic& a, std::size_t input, std::size_t element, double typical) {
  const double x = s.at[input][element];
  Line line = line_of(a, [&s, points = s.at, input, element, x](double t) mutable {
    double& moved = points[input][element] = s.rounded(input, x + t);
    return Sample{moved - x, s.value(points)};
  });
  line.size = std::fabs(x);
  line.typical = typical;
  return line;
}

Line line_along(const Subject& s, const Analytic& a, const Points& direction) {
  return line_of(a, [&s, &direction](double t) {
    Points points = s.at;
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t e = 0; e < points[i].size(); ++e) points[i][e] = s.rounded(i, points[i][e] + t * direction[i][e]);
    return Sample{t, s.value(points)};
  });
}

}  // namespace logitape::inline v0::gradcheck
