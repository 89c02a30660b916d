// The rules' answer, and how much rounding it may carry; lines to take differences on.
#include "logitape/autograd/check/detail/analytic.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "logitape/autograd/check/detail/motion.h"

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

// Whether f computes in a narrower dtype although its inputs are f64: its results are f32 numbers, or they do not
// change where those of f32 would not.
bool narrow_inside(Run& run, const Subject& s, const Values& y0) {
  const auto always = [&](double part, auto&& holds) {
    bool all = true;
    for (int n = 0; n < 3 && all; ++n) complaint_of([&] { all = holds(s.value(moved_by(run, s, part))); });
    return all;
  };
  const auto of_f32 = [](const Values& y) {
    return std::all_of(y.begin(), y.end(),
                       [](double v) { return !(std::fabs(v) < 0x1p127) || static_cast<float>(v) == v; });
  };
  const auto as_before = [&](const Values& y) { return y == y0; };
  return (of_f32(y0) && always(0x1p-4, of_f32)) || (always(0x1p-40, as_before) && !always(4, as_before));
}

// How far rounding moves f's results: half an ULP each; as far as inputs moved by one ULP move them; the grid that
// results lie on when f casts to a narrower dtype or cancels; and that dtype's rounding where small moves go unnoticed.
void measure_noise(Run& run, const Subject& s, Analytic& a) {
  for (const double y : a.y0)
    a.noise.push_back(std::max(s.reference_epsilon * std::fabs(y), smallest_of(s.reference_epsilon)));
  a.stairs.assign(a.y0.size(), false);
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
    double grid = std::numeric_limits<double>::infinity(), farthest = 0;
    for (const Values& y : far)
      grid = y[k] > 0 ? std::min(grid, last_bit(y[k])) : grid, farthest = std::max(farthest, y[k]);
    const double size = std::fabs(a.y0[k]);
    const auto jumps = [&](double by) { return by > 0.25 * farthest && by > 0x1p-16 * size; };  // by more than rounding
    if (std::isfinite(grid) && !jumps(grid)) {
      // the numbers of x's dtype make a grid too: nothing else is left where f is near 0, or casts x to that dtype
      a.stairs[k] = grid > 0x1p10 * std::max(a.noise[k], 0x1p20 * s.epsilon * farthest);
      a.noise[k] = std::max(a.noise[k], grid);
    }
    if (near[k] == 0 && farthest > 0x1p-25 * size && !jumps(farthest))
      a.noise[k] = std::max(a.noise[k], 0x1p-24 * size);
    for (const Values& y : ulp)
      if (!jumps(y[k])) a.noise[k] = std::max(a.noise[k], y[k]);
  }
}

// A rule may multiply the rounding of its inputs (exp(30*x)) or lose digits on its way (p - t near 0). Inputs moved by
// one part in a million show the first. Inputs moved by a few ULP are rounded differently, and show the second.
void measure_sensitivity(Run& run, const Subject& s, Analytic& a) {
  for (const Values& g : a.reference) a.sensitivity.emplace_back(g.size());
  a.stale = true;
  a.reach = a.sensitivity;
  const auto learn = [](Points& most, const Points& g, const Points& from, double part) {
    for (std::size_t i = 0; i < g.size(); ++i)
      for (std::size_t e = 0; e < g[i].size(); ++e)
        if (const double by = std::fabs(g[i][e] - from[i][e]); std::isfinite(by))
          most[i][e] = std::max(most[i][e], std::min(by / part, std::numeric_limits<double>::max()));
  };
  // at a tie, the smallest move of x moves the gradient as far as a large one
  const auto without_jumps = [&](Points near, const Points& far) {
    for (std::size_t i = 0; i < near.size(); ++i)
      for (std::size_t e = 0; e < near[i].size(); ++e) {
        const double by = std::fabs(near[i][e] - a.gradient[i][e]), most = std::fabs(far[i][e] - a.reference[i][e]);
        if (by > 0.25 * most && by > 0x1p-16 * std::fabs(a.gradient[i][e])) near[i][e] = a.gradient[i][e];
      }
    return near;
  };
  const double far = std::max(0x1p-20, 64 * s.reference_epsilon), near = 4 * s.epsilon;
  for (int probes = 0; probes < 2; ++probes) {
    Points g = a.reference, own = a.gradient;
    complaint_of([&] { g = s.reference_gradient(moved_by(run, s, far), a.cotangent).values; });
    complaint_of([&] { own = s.gradient(moved_by(run, s, near), a.cotangent).values; });
    a.stale = a.stale && same_bits(g, a.reference);
    learn(a.sensitivity, g, a.reference, far);
    learn(a.reach, g, a.reference, far);
    learn(a.sensitivity, without_jumps(own, g), a.gradient, near / 2);
  }
}

// Sixth differences of equidistant values, over the root of the sum of their squared weights: a smooth function leaves
// nothing, independent rounding leaves its size (More and Wild, Estimating Computational Noise, 2011). v(k): 8 values
// on the left of x, k = 0 to 7, then 8 on its right; neither half holds a jump at x.
template <class F>
double unsmooth(F v) {
  double most[2] = {0, 0};
  for (const int half : {0, 1})
    for (const int k : {8 * half, 8 * half + 1}) {
      const double d = v(k) - 6 * v(k + 1) + 15 * v(k + 2) - 20 * v(k + 3) + 15 * v(k + 4) - 6 * v(k + 5) + v(k + 6);
      most[half] = std::max(most[half], std::fabs(d));
    }
  return std::min(most[0], most[1]) / std::sqrt(924.0);
}

// What the rule's own arithmetic does to its answer: 1 - y*y has few digits where y is near 1. Moves of some ULP leave
// such a y as it is; moves of one part in 16,000 do not. A function that turns within such moves looks rough, so
// smaller moves are tried there. Of a narrow dtype only the distance to f64 counts: nothing turns in it.
void measure_roughness(Run& run, const Subject& s, Analytic& a) {
  const bool narrow = s.epsilon > s.reference_epsilon;
  for (const Values& g : a.gradient) a.roughness.emplace_back(g.size(), std::numeric_limits<double>::infinity());
  Points direction;
  for (const Values& x : s.at) direction.push_back(random_signs(run.rng, x.size()));
  const auto calm = [&](std::size_t i, std::size_t e) {
    return a.roughness[i][e] <= (narrow ? std::numeric_limits<double>::max() : 1e-10 * std::fabs(a.gradient[i][e]));
  };
  // smaller moves resolve a turn all at once; rounding stays, or is stuck and leaves nothing
  const auto smoother = [](double now, double before) {
    return before == std::numeric_limits<double>::infinity() ? std::isfinite(now) : now > 0 && now < 0x1p-10 * before;
  };
  for (const double part : {0x1p-14, 0x1p-26, 0x1p-38}) {
    std::vector<Points> own, reference;
    const auto complaint = complaint_of([&] {
      for (int k = -8; k <= 8; ++k) {
        if (k == 0) continue;
        Points at = s.at;
        for (std::size_t i = 0; i < at.size(); ++i)
          for (std::size_t e = 0; e < at[i].size(); ++e)
            at[i][e] = s.held(i, at[i][e] * (1 + k * std::max(part, 8 * s.epsilon) * direction[i][e]));
        own.push_back(s.gradient(at, a.cotangent).values);
        if (narrow) reference.push_back(s.reference_gradient(at, a.cotangent).values);
      }
    });
    if (complaint) break;  // at the edge of f's domain nothing is learnt
    bool all_calm = true;
    for (std::size_t i = 0; i < a.gradient.size(); ++i)
      for (std::size_t e = 0; e < a.gradient[i].size(); ++e) {
        const auto value = [&](int k) {
          const auto n = static_cast<std::size_t>(k);
          return own[n][i][e] - (narrow ? reference[n][i][e] : 0);
        };
        if (!calm(i, e))
          if (const double rough = unsmooth(value); smoother(rough, a.roughness[i][e])) a.roughness[i][e] = rough;
        all_calm = all_calm && calm(i, e);
      }
    if (all_calm) break;
  }
  for (Values& g : a.roughness)
    for (double& r : g) r = std::isfinite(r) ? r : 0;
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

Analytic analytic_gradients(Run& run, Subject& s) {
  Analytic a;
  a.y0 = s.value(s.at);
  if (s.epsilon > s.reference_epsilon && narrow_inside(run, s, a.y0))
    s.reference_epsilon = std::max(s.reference_epsilon, 0x1p-23);
  s.below = s.largest_result;
  s.largest_result = std::max(s.largest_result, largest(a.y0));
  const bool scalar = a.y0.size() == 1;
  a.seed = scalar ? Values{1} : random_signs(run.rng, a.y0.size());
  if (!scalar) a.cotangent = a.seed;
  a.terms = largest(a.seed) * s.largest_result;
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
  measure_roughness(run, s, a);
  return a;
}

namespace {

Line line_of(const Analytic& a, std::function<Sample(double)> at) {
  // outside of f's domain: differences take NaN as no answer
  const auto guarded = [at = std::move(at), outputs = a.y0.size()](double t) {
    Sample sample;
    if (complaint_of([&] { sample = at(t); })) sample = {t, Values(outputs, std::numeric_limits<double>::quiet_NaN())};
    return sample;
  };
  return {
      .at = guarded, .still = {0, a.y0}, .seed = a.seed, .size = 1, .typical = 1, .noise = a.noise, .stairs = a.stairs};
}

}  // namespace

Line line_through(const Subject& s, const Analytic& a, std::size_t input, std::size_t element, double typical) {
  const double x = s.at[input][element];
  Line line = line_of(a, [&s, points = s.at, input, element, x](double t) mutable {
    double& moved = points[input][element] = s.rounded(input, x + t);
    return Sample{moved - x, s.value(points), {}, rest_of_step(moved, x)};
  });
  line.size = std::fabs(x);
  line.typical = typical;
  return line;
}

std::optional<Line> doubled_line(const Subject& s, const Analytic& a, std::size_t input, std::size_t element,
                                 double typical) {
  if (!s.doubled_value) return std::nullopt;
  std::optional<Doubled> still;
  if (complaint_of([&] { still = s.doubled_value(s.at); }) || !still) return std::nullopt;
  Line line = line_through(s, a, input, element, typical);
  const double x = s.at[input][element];
  line.at = [&s, points = s.at, input, element, x, outputs = a.y0.size()](double t) mutable {
    double& moved = points[input][element] = x + t;
    Sample nothing{moved - x, Values(outputs, std::numeric_limits<double>::quiet_NaN()), Values(outputs)};
    std::optional<Doubled> d;
    if (complaint_of([&] { d = s.doubled_value(points); }) || !d || d->y.size() != outputs) return nothing;
    return Sample{moved - x, d->y, d->low, rest_of_step(moved, x)};
  };
  line.still = {0, still->y, still->low};
  line.stairs.assign(line.stairs.size(), false);
  // double-double has 106 bits, twice those of f64: its rounding is as much smaller
  for (std::size_t k = 0; k < line.noise.size(); ++k) {
    if (!(std::fabs(still->y[k] - a.y0[k]) <= std::max(0x1p20 * a.noise[k], 0x1p-40 * s.below)))
      line.at = nullptr;  // f64 computes something else
    // a gradient may be what is left of terms as large as the function itself
    line.noise[k] = std::max({0x1p-49 * a.noise[k], 0x1p-101 * s.below, smallest_of(0x1p-52)});
  }
  return line;
}

Line line_along(const Subject& s, const Analytic& a, const Points& direction) {
  return line_of(a, [&s, &direction](double t) {
    Points points = s.at;
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t e = 0; e < points[i].size(); ++e)
        points[i][e] = s.rounded(i, points[i][e] + t * direction[i][e]);
    return Sample{t, s.value(points)};
  });
}

}  // namespace logitape::inline v0::gradcheck
