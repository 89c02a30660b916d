// Which mistakes the digits example draws, and how.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "examples/digits_report.h"

namespace logitape::tests {

TEST_CASE("the worst mistakes are those of the largest loss, and what was right is none") {
  const Tensor logits = tensor({{0.f, 1.f}, {0.f, 3.f}, {0.f, 9.f}, {2.f, 0.f}});
  const auto worst = worst_mistakes(logits, tensor({0, 0, 1, 1}), 2);
  REQUIRE(worst.size() == 2);
  CHECK(worst[0].row == 1);
  CHECK(worst[0].truth == 0);
  CHECK(worst[0].named == 1);
  CHECK(worst[0].belief == doctest::Approx(1 / (1 + std::exp(-3.0))).epsilon(2e-7));  // softmax in f32, 2 ULP
  CHECK(worst[1].row == 3);
  CHECK(worst_mistakes(logits, tensor({1, 1, 1, 0}), 5).empty());
}

TEST_CASE("pixels are drawn in five shades, two characters each") {
  CHECK(ink(std::vector<float>{0, 0.25f, 0.5f, 0.75f, 1}, false) == "  ..ooOO@@");
  CHECK(ink(std::vector<float>{0, 1}, true) == "  ██");
}

}  // namespace logitape::tests
