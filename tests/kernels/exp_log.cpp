// exp and log on whole dtypes: every f32 there is (one of 8,191 in an ordinary run; LOGITAPE_FLOATS=all, the exp_log
// suite, takes them all) and every f16 and bf16, which compute in f32 and round once.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/core/dtype.h"

namespace {

using namespace logitape;
using backends::Kernels;

struct Function {
  const char* name;
  backends::Kernel<backends::UnaryArgs> Kernels::*slot;
  double (*exact)(double);  // libm's, within 1 ULP of f64: 2^-29 of f32's
};
const Function functions[] = {{"exp", &Kernels::exp, std::exp}, {"log", &Kernels::log, std::log}};

struct Score {
  double worst = 0;  // ULP
  float at = 0;
  std::uint64_t count = 0, not_nearest = 0;

  void take(float x, float got, double want) {
    const auto nearest = static_cast<float>(want);
    ++count;
    double error = 0;
    if (std::isfinite(got) && std::isfinite(nearest)) {
      // the spacing of f32 at `want` is 2^(exponent - 23), subnormals' at least
      const auto exponent = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(want) >> 52 & 0x7ff) - 1023;
      const auto scale = static_cast<std::uint64_t>(1023 + 23 - std::max<std::int64_t>(exponent, -126)) << 52;
      error = std::fabs(got - want) * std::bit_cast<double>(scale);
    } else {
      error = tests::ulp_error<float>(got, want);
    }
    not_nearest += !(got == nearest) && !(std::isnan(got) && std::isnan(nearest));
    if (error > worst) worst = error, at = x;
  }
  void add(const Score& other) {
    if (other.worst > worst) worst = other.worst, at = other.at;
    count += other.count;
    not_nearest += other.not_nearest;
  }
};

std::vector<float> map(backends::Kernel<backends::UnaryArgs> kernel, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  kernel({DType::f32, static_cast<std::int64_t>(x.size()), x.data(), y.data()});
  return y;
}

constexpr std::uint64_t patterns = std::uint64_t{1} << 32;
constexpr std::size_t block = 1 << 14;  // small enough for a kernel to stay on its thread

// Every step-th pattern, the blocks dealt to this thread of so many; a score for each target.
std::vector<Score> scores_of(const Function& f, std::uint64_t step, std::uint64_t thread, std::uint64_t threads) {
  const std::vector<cpu::Target> targets = cpu::targets();
  std::vector<Score> scores(targets.size());
  std::vector<float> x;
  std::vector<double> want;
  for (std::uint64_t begin = thread * block * step; begin < patterns; begin += threads * block * step) {
    x.clear();
    want.clear();
    for (std::uint64_t bits = begin; bits < std::min(patterns, begin + block * step); bits += step) {
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      want.push_back(f.exact(static_cast<double>(x.back())));
    }
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const std::vector<float> got = map(targets[t].kernels.*f.slot, x);
      for (std::size_t i = 0; i < x.size(); ++i) scores[t].take(x[i], got[i], want[i]);
    }
  }
  return scores;
}

template <class M>
M half_of(std::uint16_t bits) {
  return std::bit_cast<M>(bits);
}

// As ulp_error has it, for a dtype without numeric_limits.
template <class M>
double half_error(M got, double want) {
  constexpr bool brain = std::is_same_v<M, bf16>;
  constexpr int digits = brain ? 8 : 11, lowest = brain ? -126 : -14;
  const M nearest(want);
  const auto g = static_cast<double>(static_cast<float>(got)), n = static_cast<double>(static_cast<float>(nearest));
  if (std::isnan(g) && std::isnan(n)) return 0;
  if (!std::isfinite(g) || !std::isfinite(n)) return g == n ? 0 : std::numeric_limits<double>::infinity();
  const int exponent = want == 0 ? lowest : std::max(lowest, std::ilogb(want));
  return std::fabs(g - want) / std::ldexp(1.0, exponent + 1 - digits);
}

}  // namespace

TEST_CASE("exp and log of floats are within 1 ULP on every target") {
  const char* wanted = std::getenv("LOGITAPE_FLOATS");
  const std::uint64_t step = wanted != nullptr && std::string_view(wanted) == "all" ? 1 : 8191;
  const std::uint64_t threads = std::max(1u, std::thread::hardware_concurrency());
  for (const Function& f : functions) {
    std::vector<std::vector<Score>> parts(threads);
    std::vector<std::thread> running;
    for (std::uint64_t t = 0; t < threads; ++t)
      running.emplace_back([&, t] { parts[t] = scores_of(f, step, t, threads); });
    for (std::thread& t : running) t.join();
    const std::vector<cpu::Target> targets = cpu::targets();
    for (std::size_t t = 0; t < targets.size(); ++t) {
      Score score;
      for (const auto& part : parts) score.add(part[t]);
      char line[160];
      std::snprintf(line, sizeof line, "%s %-7s largest error %.4f ULP, at %.9g; %llu of %llu not the nearest", f.name,
                    targets[t].name.c_str(), score.worst, static_cast<double>(score.at),
                    static_cast<unsigned long long>(score.not_nearest), static_cast<unsigned long long>(score.count));
      MESSAGE(line);
      CHECK_MESSAGE(score.worst <= 1, line);
      CHECK(score.count == (patterns + step - 1) / step);
    }
  }
}

TEST_CASE_TEMPLATE(
    "exp and log of each of the 65,536 halves, computed in f32 and rounded once, are the nearest or next to a tie", M,
    f16, bf16) {
  // f32's ULP is 2^-13 of f16's and 2^-16 of bf16's: an error of f32 matters only where two
  // halves are nearly equally near
  constexpr double bound = 0.5 + 0x1p-13;
  std::vector<float> x;
  for (std::uint32_t bits = 0; bits < 65536; ++bits)
    x.push_back(static_cast<float>(half_of<M>(static_cast<std::uint16_t>(bits))));
  for (const Function& f : functions)
    for (const cpu::Target& target : cpu::targets()) {
      const std::vector<float> got = map(target.kernels.*f.slot, x);
      double worst = 0;
      int not_nearest = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = half_error(M(got[i]), f.exact(static_cast<double>(x[i])));
        worst = std::max(worst, error);
        not_nearest += error > 0.5;
      }
      CAPTURE(f.name);
      CAPTURE(target.name);
      CAPTURE(not_nearest);
      CHECK(worst <= bound);
    }
}
