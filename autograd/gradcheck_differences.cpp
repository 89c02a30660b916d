// Differences at steps h, h/2, h/4, ... extrapolated to 0 (Ridders 1982). Truncation falls and rounding grows with every
// row; the entry that agrees best with its neighbours wins, and the disagreement is its error bar.
#include "logitape/autograd/gradcheck_differences.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace logitape::inline v0::gradcheck {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Difference {
  double slope = 0, magnitude = 0;
  double moving = 0, still = 0;  // the noise of seed*y, of the elements that ever moved, and that never did
  double width = 0, bend = 0;    // sum |seed * (slope on the right - slope on the left)|
};

// moved: which elements of y did at any step so far. One that stands still at a small step only is rounded to where it was.
Difference difference(const Line& line, const Sample& up, const Sample& down, std::vector<bool>& moved) {
  Difference d;
  long double moving = 0, still = 0;  // squares overflow a double where f is 1e160
  d.width = up.t - down.t;
  for (std::size_t k = 0; k < line.seed.size(); ++k) {
    const double s = line.seed[k], by = s * (up.y[k] - down.y[k]);
    // results further off may be larger, and rounded more
    const double far = std::fabs(up.y[k]) + std::fabs(down.y[k]);
    const long double noise = static_cast<long double>(s) * std::max(line.noise[k], std::isfinite(far) ? 0x1p-54 * far : 0);
    moved[k] = moved[k] || by != 0;
    d.slope += by / d.width;
    d.magnitude += std::fabs(by / d.width);
    (moved[k] ? moving : still) += noise * noise;
    if (up.t != 0 && down.t != 0) d.bend += std::fabs(s * ((up.y[k] - line.y0[k]) / up.t - (down.y[k] - line.y0[k]) / down.t));
  }
  d.moving = static_cast<double>(std::sqrt(moving));
  d.still = static_cast<double>(std::sqrt(still));
  return d;
}

// sides: 0 central, whose error is a series in h^2; 1 or -1 one-sided, in h.
Slope ridders(const Line& line, double h, double wanted, int sides, std::vector<bool>& moved) {
  constexpr int rows = 9;
  // no ratio of small integers: results on a coarse grid would agree by chance
  constexpr double shrink = 1.8393;
  std::array<std::array<double, rows>, rows> a{};
  Slope best{.error_bar = infinity, .step = h, .one_sided = sides != 0};
  const Sample still{0, line.y0};
  double first_bend = 0;
  for (std::size_t i = 0; i < rows; ++i, h /= shrink) {
    const Difference d = difference(line, sides < 0 ? still : line.at(h), sides > 0 ? still : line.at(-h), moved);
    best.refused = !(d.width > 0) || !std::isfinite(d.slope);
    if (best.refused) break;
    a[i][0] = d.slope;
    if (i == 0) first_bend = d.bend, best.value = d.slope;
    const double step = sides == 0 ? shrink * shrink : shrink, rounding = d.moving / d.width;
    double factor = step;
    for (std::size_t j = 1; j <= i; ++j, factor *= step) {
      a[i][j] = (a[i][j - 1] * factor - a[i - 1][j - 1]) / (factor - 1);
      const double apart = std::max(std::fabs(a[i][j] - a[i][j - 1]), std::fabs(a[i][j] - a[i - 1][j - 1]));
      if (const double bar = std::max(apart, 2 * rounding); bar <= best.error_bar) {
        best.value = a[i][j];
        best.error_bar = bar;
        best.magnitude = d.magnitude;
        best.converged = bar <= 0.05 * std::fabs(a[i][j]) || bar <= 8 * rounding;
      }
    }
    best.rounding = std::max(best.rounding, d.moving);  // over a length, which differentiate() knows
    best.hidden = std::max(best.hidden, d.still);
    // a smooth function bends in proportion to the step
    best.bent = i > 1 && d.bend > 32 * (rounding + d.still / d.width) && d.bend > 0.6 * first_bend;
    if (i > 1 && best.error_bar <= wanted) break;
    if (i > 2 && std::fabs(a[i][i] - a[i - 1][i - 1]) >= 2 * best.error_bar && best.error_bar < infinity) break;  // rounding has taken over
  }
  return best;
}

// Nothing moves, not even by a step of the size of x, or of 1.
bool stands_still(const Line& line, double size) {
  for (const double h : {size, 1.0})
    if (line.at(h).y != line.y0 || line.at(-h).y != line.y0) return false;
  return true;
}

bool better(const Slope& a, const Slope& b) { return a.converged != b.converged ? a.converged : a.error_bar < b.error_bar; }

}  // namespace

Slope differentiate(const Line& line, double wanted, double scale) {
  const double size = std::max(line.size, line.typical / 8), own = line.size > 0 ? line.size : size;
  // of natural size; then as small as x itself, then nearer and nearer, to get past kinks and poles; then as far as 1
  const double steps[] = {size / 16,      own / 16,       own / 512, size / 512, size * 0x1p-14,
                          size * 0x1p-20, size * 0x1p-26, size,      1.0 / 16,   1.0 / 512};
  Slope best{.error_bar = infinity}, second = best;
  std::vector<bool> moved(line.seed.size(), false);
  bool refused = false;
  for (const int sides : {0, 1, -1}) {  // one-sided only where f's domain has an edge
    for (std::size_t n = 0; n < std::size(steps); ++n) {
      if (std::find(steps, steps + n, steps[n]) != steps + n) continue;
      const Slope found = ridders(line, scale * steps[n], wanted, sides, moved);
      refused = refused || found.refused;
      if ((n == 0 && sides == 0) || better(found, best)) second = std::exchange(best, found);
      else if (better(found, second)) second = found;
      if (n == 0 && sides == 0 && found.value == 0 && found.error_bar == 0 && !stands_still(line, size)) {
        best.error_bar = infinity;  // rounded to 0: the steps are too small
        best.converged = false;
        moved.assign(moved.size(), true);
      }
      if (best.converged && best.error_bar <= wanted) break;
    }
    if (!refused || (best.converged && best.error_bar <= wanted)) break;
  }
  // of many error bars some are small by chance: the next best has to agree
  if (const double apart = std::fabs(best.value - second.value);
      best.error_bar > wanted && second.converged && second.error_bar < 100 * best.error_bar && apart > best.error_bar + second.error_bar)
    best.error_bar = apart;
  if (!best.converged) best.error_bar = std::max(best.error_bar, std::fabs(best.value));
  best.rounding *= 256 / size;
  best.hidden *= 256 / size;
  return best;
}

Slope nearby(const Line& line) {
  const double h = std::ldexp(std::max(line.size, line.typical / 8), -34);
  std::vector<bool> moved(line.seed.size(), true);
  const Difference d = difference(line, line.at(h), line.at(-h), moved);
  return {.value = d.slope, .error_bar = 8 * d.moving / d.width, .step = h, .magnitude = d.magnitude};
}

Kink look_for_kink(const Line& line, double within) {
  const double size = std::min(std::max(line.size, line.typical / 8), 64 * within);
  const std::size_t outputs = line.seed.size();
  double gaps[3] = {}, slopes[3] = {}, rounding = 0;
  Kink kink;
  for (int n = 0; n < 3; ++n) {
    const double h = std::ldexp(size, -6 - 5 * n);  // a 64th, a 2048th, a 65536th
    const Sample up = line.at(h), down = line.at(-h);
    rounding = kink.low = kink.high = 0;
    for (std::size_t k = 0; k < outputs; ++k) {
      const double s = line.seed[k], right = s * (up.y[k] - line.y0[k]) / up.t, left = s * (down.y[k] - line.y0[k]) / down.t;
      gaps[n] += std::fabs(right - left);
      slopes[n] += std::fabs(right) + std::fabs(left);
      kink.low += std::min(left, right);
      kink.high += std::max(left, right);
      rounding += std::fabs(s) * 0x1p-52 * std::fabs(line.y0[k]) / h;
    }
  }
  // The gap stays: a kink. The difference itself stays, whatever the step: a jump. Noise does neither.
  const auto stays = [](double u, double v) { return std::isfinite(v) && std::fabs(u - v) <= 0.1 * std::fabs(u); };
  const bool jump = slopes[2] > 4 * rounding && stays(slopes[1], slopes[2] / 32);
  kink.found = jump || (gaps[2] > 4 * rounding && stays(gaps[1], gaps[2]));
  const double slack = jump ? infinity : 4 * rounding + std::fabs(gaps[2] - gaps[1]);
  kink.low -= slack;
  kink.high += slack;
  return kink;
}

}  // namespace logitape::inline v0::gradcheck
