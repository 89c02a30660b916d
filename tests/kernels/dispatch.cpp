// Highway's dispatch is the process': a program with kernels of its own finds it as it left it.
#include <doctest/doctest.h>

#include <hwy/targets.h>

#include "logitape/backends/cpu/cpu.h"

using namespace logitape;

TEST_CASE("the SIMD target that a user's own Highway kernels run on stays as it was") {
  hwy::ChosenTarget& chosen = hwy::GetChosenTarget();
  chosen.DeInit();
  CHECK_FALSE(cpu::targets().empty());
  CHECK_FALSE(chosen.IsInitialized());  // the user's first dispatch still asks the machine

  chosen.Update(HWY_STATIC_TARGET);
  const auto users = chosen.GetIndex();
  CHECK_FALSE(cpu::targets().empty());
  CHECK(chosen.GetIndex() == users);

  hwy::SetSupportedTargetsForTest(HWY_STATIC_TARGET);  // one target at a time, as the user's tests have it
  chosen.Update(HWY_STATIC_TARGET);                    // the line above forgets it
  const auto supported = hwy::SupportedTargets();
  CHECK_FALSE(cpu::targets().empty());
  CHECK(hwy::SupportedTargets() == supported);
  CHECK(chosen.GetIndex() == users);

  hwy::SetSupportedTargetsForTest(0);
  chosen.DeInit();
}
