// Chooses a SIMD target once and fills one table for it: no dispatch is left in the calls.
#include "logitape/backends/cpu/cpu.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "logitape/backends/cpu/targets.h"
#include "logitape/core/detail/say.h"
#include "hwy/highway.h"

namespace logitape::inline v0::cpu {
namespace {

backends::Kernels table(std::int64_t target) {
  backends::Kernels k;
  fill_elementwise(k, target);
  fill_transcendental(k, target);
  fill_reduce(k, target);
  fill_softmax(k, target);
  fill_cross_entropy(k, target);
  fill_matmul(k, target);
  fill_linear_algebra(k, target);
  fill_convolution(k, target);
  fill_pooling(k, target);
  fill_normalise(k, target);
  fill_copy(k, target);
  fill_index(k, target);
  fill_scatter(k, target);
  fill_random(k, target);
  fill_optimizer(k, target);
  return k;
}

// The targets that this machine can run, of those that are carried. Highway's library is not asked, nor linked: it
// would choose for all of the process, where a user's own kernels may have chosen, and takes 4 ms to load (1.0.3
// measures a clock).
std::int64_t supported() {
  std::int64_t found = HWY_STATIC_TARGET;
#if HWY_ARCH_X86
  // F16C, which the AVX2 target may use too, came before AVX2 in every family of CPUs; clang 14 cannot ask for it
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes")) {
    found |= HWY_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
      found |= HWY_AVX3;
  }
#endif
  return found;
}

struct Choice {
  Target target;
  std::string why, warning;
};

Choice choose() {
  std::vector<Target> all = targets();
  std::string names;
  for (const Target& t : all) names += (names.empty() ? "" : ", ") + t.name;
  const char* wanted = std::getenv("LOGITAPE_SIMD");
  if (!wanted) return {all.front(), "the best this machine has of " + names, ""};
  const std::string asked = std::string("LOGITAPE_SIMD=") + wanted;
  if (std::string_view(wanted) == "baseline") return {all.back(), "by " + asked, ""};
  for (const Target& t : all)
    if (t.name == wanted) return {t, "by " + asked, ""};
  return {all.front(), "the best this machine has of " + names,
          asked + " is ignored: it has to be baseline or one of " + names};
}

// Each line is said once somebody hears it, and only after the choice: a sink may compute.
void say_once(const Choice& choice) {
  using logging::Level, logging::say;
  static constinit std::atomic_flag warned, said;
  if (!choice.warning.empty() && !warned.test_and_set()) say(Level::warn, "{}", choice.warning);
  if (logging::heard(Level::info) && !said.test_and_set())
    say(Level::info, "SIMD target {}: {}", choice.target.name, choice.why);
}

const Target& chosen() {
  static const Choice choice = choose();
  if (logging::heard(logging::Level::warn)) [[unlikely]]
    say_once(choice);
  return choice.target;
}

}  // namespace

std::vector<Target> targets() {
  std::vector<Target> all;
  // a better target has a lower bit
  for (std::int64_t left = supported() & HWY_TARGETS; left != 0; left &= left - 1)
    all.push_back({hwy::TargetName(left & -left), table(left & -left)});
  return all;
}

const backends::Kernels& kernels() { return chosen().kernels; }
std::string target_name() { return chosen().name; }

}  // namespace logitape::inline v0::cpu
