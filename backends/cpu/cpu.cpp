// Chooses a SIMD target once and fills one table for it: no dispatch is left in the calls.
#include "logitape/backends/cpu/cpu.h"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "logitape/backends/cpu/targets.h"
#include "logitape/core/detail/say.h"
#include "hwy/highway.h"

namespace logitape::inline v0::cpu {
namespace {

backends::Kernels table() {
  backends::Kernels k;
  fill_elementwise(k);
  fill_transcendental(k);
  fill_reduce(k);
  fill_softmax(k);
  fill_cross_entropy(k);
  fill_matmul(k);
  fill_linear_algebra(k);
  fill_convolution(k);
  fill_pooling(k);
  fill_normalise(k);
  fill_copy(k);
  fill_index(k);
  fill_random(k);
  fill_optimizer(k);
  return k;
}

Target table_of(std::int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  Target result{hwy::TargetName(target), table()};
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return result;
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
  static std::mutex mutex;  // the process has one set of targets that Highway takes for supported
  const std::lock_guard lock(mutex);
  std::vector<Target> all;
  // a better target has a lower bit
  for (std::int64_t left = (hwy::SupportedTargets() | HWY_STATIC_TARGET) & HWY_TARGETS; left != 0; left &= left - 1)
    all.push_back(table_of(left & -left));
  return all;
}

const backends::Kernels& kernels() { return chosen().kernels; }
std::string target_name() { return chosen().name; }

}  // namespace logitape::inline v0::cpu
