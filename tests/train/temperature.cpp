// A temperature is fitted where the loss has a minimum, and used where the rows can tell it from 1.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

struct Rows {
  Tensor logits, labels;
};

// Two classes with logits +-x, labels drawn as a model says that is `sharper` times as sure as the logits: T = 1 /
// sharper is right.
Rows drawn(std::int64_t rows, double size, double sharper, std::uint64_t seed) {
  Generator rng{seed};
  std::vector<double> logits;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double x = size * (2 * rng.next_uniform() - 1);
    logits.insert(logits.end(), {x, -x});
    labels.push_back(rng.next_uniform() < 1 / (1 + std::exp(-2 * x * sharper)) ? 0 : 1);
  }
  return {from_span(logits, {rows, 2}), from_span(labels, {rows})};
}

double loss(const Rows& rows, double temperature) {
  return cross_entropy(rows.logits, rows.labels, {.temperature = temperature}).item<double>();
}

}  // namespace

TEST_CASE(
    "where the loss has no minimum the temperature is 1: all right, all wrong, all equal, a label that is impossible") {
  const Tensor zero_one = tensor({std::int64_t{0}, std::int64_t{1}});
  for (const double size : {1e-300, 1e-3, 1.0, 50.0, 1e300}) {
    CAPTURE(size);
    CHECK(fit_temperature(tensor({{2 * size, 0.0}, {0.0, size}}), zero_one) == 1);  // right
    CHECK(fit_temperature(tensor({{0.0, size}, {size, 0.0}}), zero_one) == 1);      // wrong
    CHECK(fit_temperature(tensor({{size, size}, {size, size}}), zero_one) == 1);    // any temperature
    CHECK(fit_temperature(tensor({{size, 0.0}, {size, 0.0}}), zero_one) == 1);      // as often right as wrong
    CHECK(fit_temperature(tensor({{0.0, 3 * size}, {0.0, size}}), zero_one) == 1);  // wrong on the whole
  }
  CHECK(fit_temperature(tensor({{-inf, 1.0}, {0.0, 1.0}}), zero_one) == 1);
  CHECK(fit_temperature(tensor({{1.0, -inf, 0.0}, {1.0, 0.0, -inf}, {2.0, 0.0, -inf}}),
                        tensor({std::int64_t{0}, std::int64_t{1}, std::int64_t{0}})) != 1);
}

TEST_CASE("where there is a minimum no other temperature has a smaller loss") {
  for (const double sharper : {0.3, 1.0, 3.0})
    for (const std::int64_t rows : {30, 300}) {
      const Rows r = drawn(rows, 2, sharper, 3);
      const double best = fit_temperature(r.logits, r.labels);
      CAPTURE(best);
      for (double t = 0.05; t <= 20; t *= 1.1) CHECK(loss(r, best) <= loss(r, t));
    }
}

TEST_CASE("logits that are no numbers are refused by row") {
  const Tensor zero_one = tensor({std::int64_t{0}, std::int64_t{1}});
  for (const bool calibrates : {false, true}) {
    const auto refused = [&](const Tensor& logits) {
      return refusal_of(
          [&] { calibrates ? (void)calibrate(logits, zero_one) : (void)fit_temperature(logits, zero_one); });
    };
    const std::string op = calibrates ? "calibrate: " : "fit_temperature: ";
    CHECK(refused(tensor({{0.0, 1.0}, {1.0, nan}})) == op + "the logit of class 1 at row 1 is NaN");
    CHECK(refused(tensor({{inf, 1.0}, {1.0, 2.0}})) == op + "the logit of class 0 at row 0 is inf");
    CHECK(refused(tensor({{nan, nan}, {nan, nan}}).to(DType::f32)) == op + "the logit of class 0 at row 0 is NaN");
  }
}

TEST_CASE("few rows set no temperature, and it is said why") {
  for (const std::int64_t rows : {12, 15, 20, 30})
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Rows r = drawn(rows, 3, 2, seed);
      const Calibration c = calibrate(r.logits, r.labels);
      const double right = accuracy(r.logits, r.labels) * static_cast<double>(rows);
      if (std::min(right, static_cast<double>(rows) - right) < 9.5) {
        CHECK(c.temperature == 1);
        CHECK(c.loss_after == c.loss_before);
        CHECK(c.error_after == c.error_before);
        CHECK(c.kept.ends_with("wrong; 10 of each are needed"));
      }
    }
  const Calibration all_right = calibrate(tensor({{2.0, 0.0}, {0.0, 1.0}}), tensor({std::int64_t{0}, std::int64_t{1}}));
  CHECK(all_right.kept == "2 rows right, 0 wrong; 10 of each are needed");
  const Rows honest = drawn(200, 2, 1, 5);
  CHECK(calibrate(honest.logits, honest.labels).kept.starts_with("200 rows do not tell a temperature of "));
}

// On 20,000 rows to which nothing was fitted. A single draw may be luck: it is the mean over 40.
TEST_CASE("the temperature that is used costs nothing on fresh rows, and helps where there are rows enough") {
  for (const double sharper : {0.4, 1.0, 2.0}) {
    const Rows fresh = drawn(20000, 3, sharper, 99);
    for (const std::int64_t rows : {12, 20, 30, 60, 150, 2000}) {
      double cost = 0;
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Rows r = drawn(rows, 3, sharper, seed + 1);
        cost += (loss(fresh, calibrate(r.logits, r.labels).temperature) - loss(fresh, 1)) / 40;
      }
      CAPTURE(sharper);
      CAPTURE(rows);
      CAPTURE(cost);
      CHECK(cost <= 0.01);  // of a loss of 0.1 to 0.5; one parameter of `rows` rows costs 1 / (2 rows) where it is free
      if (rows == 2000 && sharper != 1)
        CHECK(loss(fresh, 1) + cost - loss(fresh, 1 / sharper) <= 1.0 / static_cast<double>(rows));
    }
  }
}

}  // namespace logitape::tests
