// The digits example's flags, and which mistakes it draws.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "examples/digits_options.h"
#include "examples/digits_report.h"

namespace logitape::tests {
namespace {

Settings parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "digits");
  return parse(static_cast<int>(arguments.size()), arguments.data());
}

void check_refused(const std::vector<const char*>& arguments, const char* sentence) {
  CHECK_THROWS_WITH_AS(parsed(arguments), sentence, std::invalid_argument);
}

}  // namespace

TEST_CASE("the digits example reads its flags, with a space or an equals sign") {
  CHECK(parsed({}).seed == 7);
  const Settings s = parsed({"--seed", "0", "--epochs=12", "--threads", "3", "--out=a=b", "--color", "never"});
  CHECK(s.seed == 0);
  CHECK(s.epochs == 12);
  CHECK(s.threads == 3);
  CHECK(s.out == "a=b");
  CHECK(s.color == "never");
  CHECK(parsed({"--help"}).help);
  CHECK(parsed({"--seed", "1", "-h"}).help);
}

TEST_CASE("the digits example refuses what it does not know, in a sentence") {
  check_refused(
      {"--sed", "1"},
      "there is no \"--sed\": the flags are --seed, --epochs, --threads, --device, --out, --color and --help");
  check_refused({"7"},
                "there is no \"7\": the flags are --seed, --epochs, --threads, --device, --out, --color and --help");
  check_refused({"--seed"}, "--seed needs a value behind it");
  check_refused({"--seed", "-1"}, "--seed needs a whole number from 0 to 2147483647, not \"-1\"");
  check_refused({"--epochs", "0"}, "--epochs needs a whole number from 1 to 2147483647, not \"0\"");
  check_refused({"--epochs", "3x"}, "--epochs needs a whole number from 1 to 2147483647, not \"3x\"");
  check_refused({"--epochs", "99999999999"}, "--epochs needs a whole number from 1 to 2147483647, not \"99999999999\"");
  check_refused({"--threads", "1025"}, "--threads needs a whole number from 1 to 1024, not \"1025\"");
  check_refused({"--out="}, "--out needs the name of a folder");
  check_refused({"--color", "blue"}, "--color is auto, always or never, not \"blue\"");
}

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
