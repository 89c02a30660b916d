// The numbers on the course's pages against formulas in long double. That the programs print them is page.sh's test.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <logitape.h>

#include "tests/course/course_pages.h"

namespace {

using namespace course;
namespace lt = logitape;

TEST_CASE("lesson 1 shows softmax, mass, loss and gradient as the formulas have them") {
  const std::string page = "1_by_hand.md";
  CHECK(same(shown(page, "softmax p").at(0), softmax(logits)));
  for (std::size_t row = 0; row < 3; ++row) {
    const Row& t = rows_of_labels[row];
    CHECK(same(shown(page, "labels t").at(row), t));
    CHECK(same(shown(page, "mass S").at(row), {sum(t)}));
    CHECK(same(shown(page, "loss").at(row), {loss(logits, t)}));
    CHECK(same(shown(page, "S*p - t").at(row), into_logits(logits, t)));
    CHECK(same(shown(page, "by differences").at(row), into_logits(logits, t)));
  }
}

TEST_CASE("the picture of lesson 1 has p, and p - t with its sign") {
  const std::string picture = text_of("pictures/forces.svg");
  const Row p = softmax(logits);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(picture.find(fmt::format(">{:.4f}<", p[i])) != std::string::npos);
    const Real force = p[i] - rows_of_labels[0][i];
    CHECK(picture.find(fmt::format(">{}{:.4f}<", force < 0 ? "\u2212" : "+", std::fabs(force))) != std::string::npos);
  }
}

TEST_CASE("lesson 2 shows p at the tape's first lines, and both gradients of the loss") {
  const std::string page = "2_tape.md";
  const std::vector<Row> lines = shown(page, "line ");
  REQUIRE(lines.size() == 13);
  const Row p = softmax(logits);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same({lines[i].at(1), lines[i].at(2)}, {logits[i], p[i]}));
  CHECK(same({lines[12].at(1)}, {surprise(logits)[0] + 4}));
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(same({shown(page, "loss").at(row).at(0)}, {loss(logits, rows_of_labels[row])}));
    CHECK(same(shown(page, "into the logits").at(row), into_logits(logits, rows_of_labels[row])));
    CHECK(same(shown(page, "into the labels").at(row), surprise(logits)));
  }
}

TEST_CASE("lesson 3 shows the same again, and a third of it in the mean of three") {
  const std::string page = "3_logitape.md";
  Real total = 0;
  for (std::size_t row = 0; row < 3; ++row) {
    const Row& t = rows_of_labels[row];
    total += loss(logits, t);
    CHECK(same(shown(page, "loss").at(row), {loss(logits, t)}));
    CHECK(same(shown(page, "into the logits").at(row), into_logits(logits, t)));
    CHECK(same(shown(page, "into the labels").at(row), surprise(logits)));
    CHECK(same(shown(page, "into a row").at(row), 1.0L / 3 * into_logits(logits, t)));
  }
  CHECK(same(shown(page, "mean loss").at(0), {total / 3}));
}

TEST_CASE("lesson 4 shows differences and bars as long double has them") {
  const std::string page = "4_check.md";
  const Row t = rows_of_labels[0];
  const Real exact = into_logits(logits, t)[0];
  const auto difference = [&](Real h) {
    return (loss(logits + Row{h, 0, 0}, t) - loss(logits + Row{-h, 0, 0}, t)) / (2 * h);
  };
  CHECK(same({shown(page, "the tape").at(0).at(0)}, {exact}, 5));
  const std::vector<Row> steps = shown(page, "step ");
  REQUIRE(steps.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    const Real h = steps[i].at(0), answer = difference(h / 2), moved = std::fabs(difference(h) - answer);
    CHECK(same({steps[i].at(1)}, {answer}, 5));
    const Real bar = moved + 4e-16L * (loss(logits, t) + 4) / h;
    CHECK(steps[i].at(2) == doctest::Approx(static_cast<double>(bar)).epsilon(0.5));  // one digit is shown
    CHECK(std::fabs(exact - answer) <= bar);
  }
  CHECK(steps[4].at(1) == 0);  // 4 + 1e-17 is 4
  CHECK(steps[4].at(2) == doctest::Approx(static_cast<double>(4e-16L * (loss(logits, t) + 4) / 1e-17L)).epsilon(0.5));
  const Row mistake = shown(page, "  into logits").at(0);  // the element's index, then both
  const auto at = static_cast<std::size_t>(mistake.at(0));
  CHECK(same({mistake.at(1)}, {softmax(logits)[at] - 1}));
  CHECK(same({mistake.at(2)}, {2 * softmax(logits)[at] - 1}));
}

TEST_CASE("lesson 7 shows the Hessian, Newton's step and both descents as elimination has them") {
  const std::string page = "7_curvature.md";
  const Row t = rows_of_labels[1];
  CHECK(same(shown(page, "gradient g").at(0), into_logits(logits, t)));
  for (std::size_t row = 0; row < 3; ++row) CHECK(same(shown(page, "row of H").at(row), hessian(logits, 1)[row]));
  CHECK(same(shown(page, "sums of rows").at(0), {0, 0, 0}));
  CHECK(same(shown(page, "step by H*v").at(0), newton_step(logits, t)));
  CHECK(same(shown(page, "step by H + 1/n").at(0), newton_step(logits, t)));

  Real least = 0;
  for (const Real label : t) least -= label * std::log(label);
  Row descent = logits, newton = logits;
  const std::vector<Row> steps = shown(page, "step ");  // also those "by" something
  for (const Row& step : steps) {
    if (step.size() != 3 || step[0] != std::floor(step[0]) || step[1] < 0) continue;
    CHECK(step[1] == doctest::Approx(static_cast<double>(loss(descent, t) - least)).epsilon(0.5));  // one digit
    CHECK(step[2] == doctest::Approx(static_cast<double>(loss(newton, t) - least)).epsilon(0.5));
    descent = descent + (-1 * into_logits(descent, t));
    newton = newton + (-1 * newton_step(newton, t));
  }
  CHECK(same(shown(page, "Newton's x").at(0), newton));
}

}  // namespace
