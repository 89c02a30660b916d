// Differences at steps h, h/2, h/4, ... extrapolated to 0 (Ridders 1982). Truncation falls and rounding grows with
// every row; the entry that agrees best with its neighbours wins, and the disagreement is its error bar.
#include "logitape/autograd/check/detail/differences.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "logitape/autograd/check/detail/motion.h"

namespace logitape::inline v0::gradcheck {
namespace {

struct Difference {
  double slope = 0, magnitude = 0, turning = 0;
  double rounding = 0;         // of seed*y, of the results that move within `reach` or absorb
  double width = 0, bend = 0;  // sum |seed * (slope on the right - slope on the left)|
};

Difference difference(const Line& line, const Motions& motions, const Sample& up, const Sample& down, double reach) {
  Difference d;
  long double squares = 0;  // which overflow a double where f is 1e160
  d.width = up.t - down.t;
  // x + h and x - h are rounded, each for itself: where f bends much and rises little, that counts
  const double skew = up.t != 0 && down.t != 0 ? 2 * ((up.t + down.t) + (up.rest + down.rest)) / d.width : 0;
  for (std::size_t k = 0; k < line.seed.size(); ++k) {
    const double s = line.seed[k], right = s * moved_by(up, line.still, k), left = s * moved_by(line.still, down, k);
    const double by = s * moved_by(up, down, k) - (std::isfinite(right - left) ? skew * (right - left) : 0);
    d.slope += by / d.width;
    d.magnitude += std::fabs(by / d.width);
    if (right * left < 0) d.turning += std::min(std::fabs(right), std::fabs(left)) / d.width;
    if (up.t != 0 && down.t != 0) d.bend += std::fabs(right / up.t + left / down.t);
    if (!motions.moves_within(k, reach) && !motions[k].absorbs) continue;
    // results further off may be larger, and rounded more
    const double far = (line.still.low.empty() ? 0x1p-54 : 0x1p-102) * (std::fabs(up.y[k]) + std::fabs(down.y[k]));
    const long double noise = static_cast<long double>(s) * std::max(motions.noise(k), std::isfinite(far) ? far : 0);
    squares += noise * noise;
  }
  d.rounding = static_cast<double>(std::sqrt(squares));
  return d;
}

// sides: 0 central, whose error is a series in h^2; 1 or -1 one-sided, in h.
Slope ridders(const Line& line, Motions& motions, double h, double wanted, int sides) {
  constexpr int rows = 9;
  // no ratio of small integers: results on a coarse grid would agree by chance
  constexpr double shrink = 1.8393;
  std::array<std::array<double, rows>, rows> a{};
  const double reach = 1.5 * std::fabs(h);  // what moves within the first step; a step may be rounded up
  Slope best{.error_bar = infinity, .step = h, .one_sided = sides != 0};
  double first_bend = 0;
  for (std::size_t i = 0; i < rows; ++i, h /= shrink) {
    const Sample up = sides < 0 ? line.still : motions.at(h), down = sides > 0 ? line.still : motions.at(-h);
    const Difference d = difference(line, motions, up, down, reach);
    best.refused = !(d.width > 0) || !std::isfinite(d.slope);
    if (i == 0 && std::isinf(d.slope)) best.value = d.slope;
    if (best.refused) break;
    a[i][0] = d.slope;
    if (i == 0) first_bend = d.bend, best.value = d.slope;
    const double step = sides == 0 ? shrink * shrink : shrink, rounding = d.rounding / d.width;
    double factor = step;
    for (std::size_t j = 1; j <= i; ++j, factor *= step) {
      a[i][j] = a[i][j - 1] + (a[i][j - 1] - a[i - 1][j - 1]) / (factor - 1);
      const double apart = std::max(std::fabs(a[i][j] - a[i][j - 1]), std::fabs(a[i][j] - a[i - 1][j - 1]));
      if (const double bar = std::max(apart, 2 * rounding); bar <= best.error_bar) {
        best.value = a[i][j];
        best.error_bar = bar;
        best.magnitude = d.magnitude;
        best.turning = d.turning;
        best.rounding = 2 * rounding;
        best.converged = bar <= 0.05 * std::fabs(a[i][j]) || bar <= 8 * rounding;
      }
    }
    // a smooth function bends in proportion to the step; the slopes on its sides are f64 numbers, whatever f is
    best.bent = i > 1 && d.bend > 32 * rounding + 0x1p-50 * d.magnitude && d.bend > 0.6 * first_bend;
    if (i > 1 && best.error_bar <= wanted) break;
    if (i > 2 && std::fabs(a[i][i] - a[i - 1][i - 1]) >= 2 * best.error_bar && best.error_bar < infinity)
      break;  // rounding has taken over
  }
  return best;
}

bool better(const Slope& a, const Slope& b) {
  return a.converged != b.converged ? a.converged : a.error_bar < b.error_bar;
}

Slope best_of(const Line& line, Motions& motions, double wanted, double scale) {
  const double size = std::max(line.size, line.typical / 8), own = line.size > 0 ? line.size : size;
  // of natural size; then of x's own size; then smaller and smaller, to get past kinks and poles; then up to 1
  const double steps[] = {size / 16,      own / 16,       own / 512, size / 512, size * 0x1p-14,
                          size * 0x1p-20, size * 0x1p-26, size,      1.0 / 16,   1.0 / 512};
  Slope best{.error_bar = infinity};
  std::vector<Slope> all;
  bool refused = false;
  for (const int sides : {0, 1, -1}) {  // one-sided only where f's domain has an edge
    for (std::size_t n = 0; n < std::size(steps); ++n) {
      if (std::find(steps, steps + n, steps[n]) != steps + n) continue;
      const Slope found = ridders(line, motions, scale * steps[n], wanted, sides);
      refused = refused || found.refused;
      if (all.empty() || better(found, best)) best = found;
      all.push_back(found);
      if (best.converged && best.error_bar <= wanted) break;
    }
    if (!refused || (best.converged && best.error_bar <= wanted)) break;
  }
  // beside larger inputs a pole, or a kink, may lie between x and the first step: x's own size has the last word
  if (own < 0x1p-6 * std::fabs(best.step)) {
    const Slope close = ridders(line, motions, scale * own / 16, wanted, 0);
    const bool moved = close.magnitude > 0;
    // from an edge of f's domain to far beyond x
    if (best.one_sided && !(close.error_bar <= std::fabs(best.value))) best.converged = false;
    const bool other = std::fabs(close.value - best.value) > 2 * (close.error_bar + best.error_bar);
    if (std::isinf(close.value) || (close.converged && moved && other)) best = close;  // infinite: beyond any number
    if (moved) all.push_back(close);
  }
  if (best.rounding < 0.1 * best.error_bar) best.natural = all.front().magnitude;
  if (best.error_bar <= wanted) return best;
  // among many error bars some are small by chance: slopes that are known nearly as well, or from smaller steps, have
  // to agree
  for (const Slope& other : all)
    if (const double apart = std::fabs(best.value - other.value);
        other.converged && apart > 2 * (best.error_bar + other.error_bar))
      if (other.step < best.step || other.error_bar < 100 * best.error_bar)
        best.error_bar = std::max(best.error_bar, apart);
  return best;
}

// What results that stand still, though they depend on x, may do to the slope.
void count_absorbed(const Line& line, const Motions& motions, Slope& slope) {
  double absorbed = 0, largest = 0;
  for (std::size_t k = 0; k < line.seed.size(); ++k)
    if (motions[k].absorbs && !motions.moves_within(k, slope.step)) {
      absorbed = std::hypot(absorbed, line.seed[k] * motions.noise(k));
      if (line.seed[k] != 0) largest = std::max(largest, std::fabs(line.still.y[k]));
    }
  slope.absorbed = 2 * absorbed / slope.step;
  slope.absorbing = largest;
}

}  // namespace

Slope differentiate(const Line& line, double wanted, double scale) {
  Motions motions(line);
  Slope best = best_of(line, motions, wanted, scale);
  double unknown = 0;  // what results that stand still might hide
  for (std::size_t k = 0; k < line.seed.size(); ++k)
    if (!motions.moves_within(k, 1.5 * best.step))
      unknown = std::hypot(unknown, line.seed[k] * motions.noise(k) / best.step);
  if ((4 * unknown > wanted || best.error_bar == 0) && motions.find_absorbing(1.5 * best.step))
    best = best_of(line, motions, wanted, scale);
  count_absorbed(line, motions, best);
  const double natural = std::max(std::max(line.size, line.typical / 8) / 16, 1.5 * best.step);
  for (std::size_t k = 0; k < line.seed.size(); ++k)
    if (line.seed[k] != 0 && motions.on_stairs(k) && (motions[k].absorbs || motions.moves_within(k, natural)))
      best.stairs = true;
  for (std::size_t k = 0; k < line.seed.size(); ++k)
    if (!motions.moves_within(k, natural))
      best.hidden = std::hypot(best.hidden, line.seed[k] * motions.noise(k) / natural);
  // with twice the digits of f64, noise around 0 is 0
  const bool nothing = std::fabs(best.value) <= 3 * best.error_bar && best.error_bar < infinity && best.absorbed == 0;
  if (!line.still.low.empty() && nothing && motions.only_rounding()) best = {.step = best.step, .converged = true};
  if (!best.converged) best.error_bar = std::max(best.error_bar, std::fabs(best.value));
  return best;
}

Slope nearby(const Line& line) {
  const double h = std::ldexp(std::max(line.size, line.typical / 8), -34);
  Motions motions(line);
  const Sample up = motions.at(h), down = motions.at(-h);
  const Difference d = difference(line, motions, up, down, infinity);
  return {.value = d.slope, .error_bar = 8 * d.rounding / d.width, .step = h, .magnitude = d.magnitude};
}

bool resolved(const Line& line, double step) {
  const double next = 0x1p-51 * std::max(line.size, line.typical / 8);
  if (!(next < 0x1p-8 * step)) return true;
  // how far results are apart at these steps, on the side where they move less; a jump at x does not count
  const auto apart = [&](double first, std::initializer_list<double> others) {
    double least = infinity;
    for (const double side : {1.0, -1.0}) {
      const Sample from = line.at(side * first);
      double most = 0;
      for (const double h : others) {
        const Sample to = line.at(side * h);
        double sum = 0;
        for (std::size_t k = 0; k < line.seed.size(); ++k) sum += std::fabs(line.seed[k] * moved_by(from, to, k));
        most = std::max(most, sum);
      }
      least = std::min(least, most);
    }
    return least;
  };
  double rounding = 0;
  for (std::size_t k = 0; k < line.seed.size(); ++k) rounding += std::fabs(line.seed[k] * line.still.y[k]) * 0x1p-52;
  const double by = apart(next, {2 * next, 3 * next, 5 * next});
  return !(by > 0x1p10 * rounding && by > 0.1 * apart(step, {step / 2, step / 3, step / 5}));
}

Kink look_for_kink(const Line& line, double within) {
  const double size = std::min(std::max(line.size, line.typical / 8), 64 * within);
  const std::size_t outputs = line.seed.size();
  constexpr int scales = 6;
  double gaps[scales] = {}, slopes[scales] = {}, rounding = 0;
  Kink kink;
  double outer[scales][2] = {};  // slopes on the left and on the right, from two points of one side
  const auto look = [&](int n) {
    const double h = std::ldexp(size, -6 - 5 * n);  // a 64th, a 2048th, a 65536th; nearer where these do not settle it
    const Sample up = line.at(h), down = line.at(-h), higher = line.at(2 * h), lower = line.at(-2 * h);
    rounding = kink.low = kink.high = 0;
    for (std::size_t k = 0; k < outputs; ++k) {
      const double s = line.seed[k];
      const double right = s * moved_by(up, line.still, k) / up.t, left = s * moved_by(down, line.still, k) / down.t;
      gaps[n] += std::fabs(right - left);
      slopes[n] += std::fabs(right) + std::fabs(left);
      kink.low += std::min(left, right);
      kink.high += std::max(left, right);
      outer[n][0] += s * moved_by(lower, down, k) / (lower.t - down.t);
      outer[n][1] += s * moved_by(higher, up, k) / (higher.t - up.t);
      rounding += std::fabs(s) * 0x1p-52 * std::max(std::fabs(line.still.y[k]), std::fabs(up.y[k])) / h;
    }
  };
  int last = 2;
  for (int n = 0; n <= last; ++n) look(n);
  // The gap stays: a kink. The difference itself stays, whatever the step: a jump. Noise does neither.
  const auto stays = [](double u, double v) { return std::isfinite(v) && std::fabs(u - v) <= 0.1 * std::fabs(u); };
  kink.jump = slopes[2] > 4 * rounding && stays(slopes[1], slopes[2] / 32);
  kink.found = kink.jump || (gaps[2] > 4 * rounding && stays(gaps[1], gaps[2]));
  double slack = 4 * rounding + std::fabs(gaps[2] - gaps[1]);
  if (kink.jump) {  // the height says nothing of the slopes beside it; where f stands still they are exactly 0
    const auto settled = [&](int side) {
      const double u = outer[last - 1][side], v = outer[last][side];
      return std::fabs(u - v) <= 0.1 * std::fabs(v) + 4 * rounding;
    };
    // the next jump may lie nearer than two points of one side
    while (!(settled(0) && settled(1)) && last + 1 < scales) look(++last);
    kink.found = settled(0) && settled(1);
    kink.low = std::min(outer[last][0], outer[last][1]);
    kink.high = std::max(outer[last][0], outer[last][1]);
    slack = std::fabs(outer[last][0] - outer[last - 1][0]) + std::fabs(outer[last][1] - outer[last - 1][1]);
    if (slack != 0 || kink.low != 0 || kink.high != 0) slack += 4 * rounding;
  }
  kink.low -= slack;
  kink.high += slack;
  return kink;
}

}  // namespace logitape::inline v0::gradcheck
