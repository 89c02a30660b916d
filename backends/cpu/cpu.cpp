// Chooses a SIMD target once and fills one table for it: no dispatch is left in the calls.
#include "logitape/backends/cpu/cpu.h"

#include <cstdlib>
#include <string_view>

#include "logitape/backends/cpu/targets.h"
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

const Target& chosen() {
  static const Target target = [] {
    std::vector<Target> all = targets();
    const char* wanted = std::getenv("LOGITAPE_SIMD");
    for (Target& t : all)
      if (wanted && (t.name == wanted)) return t;
    return wanted && std::string_view(wanted) == "baseline" ? all.back() : all.front();
  }();
  return target;
}

}  // namespace

std::vector<Target> targets() {
  std::vector<Target> all;
  // a better target has a lower bit
  for (std::int64_t left = (hwy::SupportedTargets() | HWY_STATIC_TARGET) & HWY_TARGETS; left != 0; left &= left - 1)
    all.push_back(table_of(left & -left));
  return all;
}

const backends::Kernels& kernels() { return chosen().kernels; }
std::string target_name() { return chosen().name; }

}  // namespace logitape::inline v0::cpu
