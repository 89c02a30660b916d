// The factors, in f64.
#include "logitape/train/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

void require_within(const char* op, const char* option, double value, double low, double high) {
  require(value >= low && value <= high, ErrorCode::out_of_range, op, "{} {} is outside [{}, {}]", option, value, low,
          high);
}

// From a at t = 0 to b at t = 1, flat at both ends.
double arc(double a, double b, double t) { return b + (a - b) * (1 + std::cos(std::numbers::pi * t)) / 2; }

void check_decay(const char* op, std::int64_t every, double factor) {
  require(every >= 1, ErrorCode::out_of_range, op, "every is {}; at least 1 is needed", every);
  require(factor > 0 && factor <= 1, ErrorCode::out_of_range, op, "factor {} is outside (0, 1]", factor);
}

double ratio(std::int64_t k, std::int64_t n) { return static_cast<double>(k) / static_cast<double>(n); }

}  // namespace

Schedule step_decay(std::int64_t every, double factor) {
  check_decay("step_decay", every, factor);
  return {[=](std::int64_t k, std::int64_t) { return std::pow(factor, static_cast<double>(k / every)); },
          fmt::format("step_decay({}, {})", every, factor)};
}

Schedule exponential(std::int64_t every, double factor) {
  check_decay("exponential", every, factor);
  return {[=](std::int64_t k, std::int64_t) { return std::pow(factor, ratio(k, every)); },
          fmt::format("exponential({}, {})", every, factor)};
}

Schedule linear(double end) {
  require_within("linear", "end", end, 0, 1);
  return {[=](std::int64_t k, std::int64_t n) { return 1 + (end - 1) * std::min(ratio(k, n), 1.0); },
          fmt::format("linear({})", end)};
}

Schedule polynomial(double power, double end) {
  require(std::isfinite(power) && power > 0, ErrorCode::out_of_range, "polynomial",
          "power {} is not a finite number above 0", power);
  require_within("polynomial", "end", end, 0, 1);
  return {
      [=](std::int64_t k, std::int64_t n) { return end + (1 - end) * std::pow(1 - std::min(ratio(k, n), 1.0), power); },
      fmt::format("polynomial({}, {})", power, end)};
}

Schedule cosine(double lowest) {
  require_within("cosine", "lowest", lowest, 0, 1);
  return {[=](std::int64_t k, std::int64_t n) { return arc(1, lowest, ratio(k, n)); },
          fmt::format("cosine({})", lowest)};
}

Schedule warm_up(std::int64_t steps, Schedule then) {
  require(steps >= 0, ErrorCode::out_of_range, "warm_up", "steps is {}; at least 0 is needed", steps);
  std::string name = fmt::format("warm_up({}, {})", steps, then.str());
  return {[steps, then = std::move(then)](std::int64_t k, std::int64_t n) {
            if (k < steps) return static_cast<double>(k + 1) / static_cast<double>(steps + 1);
            return then(k - steps, std::max<std::int64_t>(n - steps, 1));
          },
          std::move(name)};
}

Schedule one_cycle(const OneCycleOptions& o) {
  require(o.rise >= 0 && o.rise < 1, ErrorCode::out_of_range, "one_cycle", "rise {} is outside [0, 1)", o.rise);
  require(o.first > 0 && o.first <= 1, ErrorCode::out_of_range, "one_cycle", "first {} is outside (0, 1]", o.first);
  require_within("one_cycle", "last", o.last, 0, 1);
  return {[o](std::int64_t k, std::int64_t n) {
            const auto at = static_cast<double>(k), end = static_cast<double>(n - 1), peak = o.rise * end;
            if (at < peak) return arc(o.first, 1, at / peak);
            return end > peak ? arc(1, o.last, (at - peak) / (end - peak)) : 1;
          },
          fmt::format("one_cycle({}, {}, {})", o.rise, o.first, o.last)};
}

ReduceOnPlateau::ReduceOnPlateau(const PlateauOptions& o) : options_(o) {
  const char* const op = "ReduceOnPlateau";
  require(o.factor > 0 && o.factor < 1, ErrorCode::out_of_range, op, "factor {} is outside (0, 1)", o.factor);
  require(o.patience >= 0, ErrorCode::out_of_range, op, "patience is {}; at least 0 is needed", o.patience);
  require(o.min_delta >= 0, ErrorCode::out_of_range, op, "min_delta {} is not 0 or more", o.min_delta);
  require_within(op, "lowest", o.lowest, 0, 1);
}

void ReduceOnPlateau::observe(double score) {
  if (score > state_.best + options_.min_delta) {
    state_.best = score;
    state_.waited = 0;
  } else if (++state_.waited > options_.patience) {
    state_.factor = std::max(state_.factor * options_.factor, options_.lowest);
    state_.waited = 0;
  }
}

}  // namespace logitape::inline v0
