// The gradient checker fails wrong rules, says where, and what they look like.
#include <doctest/doctest.h>

#include "gradcheck_test.h"

using namespace logitape;
using namespace gradcheck_test;

TEST_SUITE("gradcheck") {
  TEST_CASE("wrong rules fail, and the hint calls them by their name") {
    for (std::uint64_t seed = 10; seed < 15; ++seed)
      for (Planted p : planted_rules()) {
        p.options.rng_seed = seed;
        const GradientReport report = check_gradients(p.f, p.inputs, p.options);
        INFO(p.what, "\n", report.str());
        CHECK(report.verdict() == Verdict::fail);
        CHECK(std::string(name(report.hint)) == std::string(name(p.hint)));
        CHECK((p.hint == Hint::cotangent_ignored || !report.hint_text.empty()));
      }
  }
}
