// A result that is saturated, or buried in a large one, stands still as a constant does. What tells them apart lies
// further off: a smooth function begins to move by one unit of its rounding, a step by its whole height.
#include "logitape/autograd/check/detail/motion.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace logitape::inline v0::gradcheck {
namespace {

// Fewer differences may have trailing zeros by chance.
constexpr int enough = 5;
}  // namespace

double last_bit(double v) {
  int exponent = 0;
  const auto digits = static_cast<std::int64_t>(std::ldexp(std::frexp(v, &exponent), 53));
  return std::ldexp(static_cast<double>(digits & -digits), exponent - 53);
}

double moved_by(const Sample& a, const Sample& b, std::size_t k) {
  const double d = a.y[k] - b.y[k];
  return a.low.empty() || b.low.empty() ? d : d + (a.low[k] - b.low[k]);
}

Sample Motions::at(double t) {
  Sample s = line_.at(t);
  const int side = s.t > 0 ? 0 : 1;
  const double far = std::fabs(s.t);
  if (far == 0) return s;
  for (std::size_t k = 0; k < of_.size(); ++k) {
    Motion& m = of_[k];
    const double d = moved_by(s, line_.still, k);
    if (far <= 4 * std::max({line_.size, line_.typical, 1.0}) && d != 0)
      m.most = std::max(m.most, std::isfinite(d) ? std::fabs(d) : infinity);
    if (std::isnan(d)) m.edge[side] = std::min(m.edge[side], far);
    else if (d == 0) m.still[side] = std::max(m.still[side], far);
    else if (far < m.moved[side]) m.moved[side] = far, m.by[side] = std::fabs(d);
    if (far <= 2 * std::max({line_.size, line_.typical, 1.0}) && std::isfinite(s.y[k]))
      m.largest = std::max(m.largest, std::fabs(s.y[k]));
    if (std::isfinite(d) && far >= 0x1p-30 * line_.size) m.steepest = std::max(m.steepest, std::fabs(d) / far);
    if (d != 0 && std::isfinite(d) && s.low.empty()) m.grid = std::min(m.grid, last_bit(d)), ++m.seen;
  }
  return s;
}

double Motions::noise(std::size_t k) const {
  const Motion& m = of_[k];
  // so coarse a grid comes from a step function, not from rounding
  return m.seen >= enough && m.grid <= 0x1p-12 * m.largest ? std::max(line_.noise[k], m.grid) : line_.noise[k];
}

bool Motions::on_stairs(std::size_t k) const {
  const Motion& m = of_[k];
  if (k < line_.stairs.size() && line_.stairs[k]) return true;
  return m.seen >= enough && m.grid > 0x1p-46 * std::max(m.largest, m.steepest * line_.size) &&
         m.grid > 16 * line_.noise[k];
}

// Goes outwards until result k moves, or f's domain ends; then back to where it begins to move.
void Motions::look_further(std::size_t k, int side) {
  const Motion& m = of_[k];
  const double sign = side == 0 ? 1 : -1, size = std::max({line_.size, line_.typical, 1.0});
  const auto outer = [&] { return std::min(m.moved[side], m.edge[side]); };
  for (const double times : {1.0, 0x1p6, 0x1p20, 0x1p50, 0x1p130, 0x1p300, 0x1p700}) {
    const double step = std::min(size * times, 0x1p1000);
    if (std::isfinite(outer())) break;
    if (step > m.still[side]) at(sign * step);
  }
  for (int n = 0; n < 60 && std::isfinite(outer()); ++n) {
    const double far = outer(), low = std::max(m.still[side], far * 0x1p-60);
    if ((m.moved[side] <= far && m.by[side] <= 64 * noise(k)) || far <= low * 1.001) break;
    const double still = m.still[side];
    at(sign * std::sqrt(low) * std::sqrt(far));
    if (outer() == far && m.still[side] == still) break;  // no number lies between
  }
}

bool Motions::only_rounding() {
  const double size = std::max({line_.size, line_.typical, 1.0});
  for (const double t : {1.0, -1.0, 3.7, -3.7}) at(t * size);
  for (std::size_t k = 0; k < of_.size(); ++k) {
    const bool jitters = moves_within(k, size) && of_[k].most <= 64 * line_.noise[k];
    if (line_.seed[k] != 0 && !jitters && (of_[k].absorbs || moves_within(k, size))) return false;
  }
  return true;
}

bool Motions::find_absorbing(double step) {
  bool found = false;
  for (std::size_t k = 0; k < of_.size(); ++k) {
    if (of_[k].absorbs || line_.seed[k] == 0) continue;
    for (const int side : {0, 1})
      if (!moves_within(k, step)) look_further(k, side);
    const Motion& m = of_[k];
    for (const int side : {0, 1})
      if (std::isfinite(m.moved[side]) && m.by[side] <= 64 * noise(k)) of_[k].absorbs = found = true;
  }
  return found;
}

}  // namespace logitape::inline v0::gradcheck
