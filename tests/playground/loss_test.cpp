// The numbers about one row, against formulas in long double, and what has to hold between them.
#include <cmath>

#include "ask.h"

namespace {

// softmax cross-entropy of z = x/T with labels t = (1 - e)*given + e/classes.
struct Formula {
  std::vector<long double> p, log_p, t;
  long double mass = 0, loss = 0;

  Formula(const std::vector<double>& x, const std::vector<double>& given, double smoothing, double temperature) {
    long double sum = 0;
    for (const double v : x) sum += std::exp(static_cast<long double>(v) / temperature);
    for (std::size_t i = 0; i < x.size(); ++i) {
      log_p.push_back(static_cast<long double>(x[i]) / temperature - std::log(sum));
      p.push_back(std::exp(log_p[i]));
      t.push_back((1 - static_cast<long double>(smoothing)) * given[i] +
                  static_cast<long double>(smoothing) / x.size());
      mass += t[i];
      loss -= t[i] * log_p[i];
    }
  }
};

void check_near(double found, long double expected, double tolerance) {
  CHECK(std::fabs(found - static_cast<double>(expected)) <= tolerance * (1 + std::fabs(static_cast<double>(expected))));
}

}  // namespace

TEST_CASE("probabilities, loss, gradients and second derivatives of a row are those of the formulas") {
  const std::vector<double> x = {1.5, -2, 0.25, 3}, given = {0.2, 0, 1.1, 0.4};
  for (const double smoothing : {0.0, 0.1})
    for (const double temperature : {1.0, 2.5})
      for (const char* dtype : {"f64", "f32"}) {
        const double tolerance = std::string(dtype) == "f64" ? 1e-14 : 1e-6;
        const Formula f(x, given, smoothing, temperature);
        const Json a = answer({{"ask", "loss"},
                               {"logits", x},
                               {"labels", given},
                               {"smoothing", smoothing},
                               {"temperature", temperature},
                               {"dtype", dtype},
                               {"learning_rate", 0.5}});
        check_near(a["loss"], f.loss, tolerance);
        check_near(a["label_mass"], f.mass, tolerance);
        for (std::size_t i = 0; i < x.size(); ++i) {
          check_near(a["probabilities"][i], f.p[i], tolerance);
          check_near(a["log_probabilities"][i], f.log_p[i], tolerance);
          check_near(a["terms"][i], -f.t[i] * f.log_p[i], tolerance);
          const long double slope = (f.mass * f.p[i] - f.t[i]) / temperature;
          check_near(a["logits_gradient"][i], slope, tolerance);
          check_near(a["labels_gradient"][i], -f.log_p[i] * (1 - smoothing), tolerance);
          check_near(a["next"]["logits"][i], x[i] - 0.5 * slope, tolerance);
          for (std::size_t j = 0; j < x.size(); ++j) {
            const long double jacobian = (f.p[i] * (i == j) - f.p[i] * f.p[j]) / temperature;
            check_near(a["jacobian"][i][j], jacobian, tolerance);
            check_near(a["hessian"][i][j], f.mass * jacobian / temperature, tolerance);
            check_near(a["mixed"][i][j], (f.p[i] - (i == j)) * (1 - smoothing) / temperature, tolerance);
          }
        }
        CHECK(a["next"]["loss"].get<double>() < a["loss"].get<double>());
      }
}

TEST_CASE("numeric differences agree with both gradients within their error bars and rounding") {
  const Json a = answer({{"ask", "loss"}, {"logits", {4, 2, 1}}, {"labels", {1, 0.5, 0}}, {"numeric", true}});
  for (const char* which : {"logits", "labels"})
    for (std::size_t i = 0; i < 3; ++i) {
      const Json& n = a["numeric"][which][i];
      const double analytic = a[std::string(which) + "_gradient"][i];
      CHECK(std::fabs(n["value"].get<double>() - analytic) <= 3 * n["error_bar"].get<double>() + 1e-12);
      CHECK(n["error_bar"].get<double>() < 1e-9);
    }
}

TEST_CASE("a masked class gets no probability and no gradient, and its label's surprise is infinite") {
  const Json a = answer({{"ask", "loss"},
                         {"logits", {4, 2, 1}},
                         {"labels", {1, 0, 0}},
                         {"mask", {false, true, false}},
                         {"numeric", true}});
  CHECK(a["probabilities"][1] == 0);
  CHECK(a["logits_gradient"][1] == 0);
  CHECK(a["labels_gradient"][1] == "inf");
  CHECK(a["numeric"]["labels"][1].is_null());
  const Formula f({4, 1}, {1, 0}, 0, 1);
  check_near(a["loss"], f.loss, 1e-14);
}

TEST_CASE("numbers that are halves are those of f32, rounded once") {
  for (const auto& [dtype, bits] : {std::pair{"bf16", 8}, {"f16", 11}}) {
    const Json a =
        answer({{"ask", "loss"}, {"logits", {1.2345678, -0.7, 0.3}}, {"labels", {0.25, 0.5, 0.25}}, {"dtype", dtype}});
    for (const char* list : {"logits", "probabilities", "logits_gradient", "labels_gradient"})
      for (const double v : numbers(a[list])) {
        int exponent = 0;
        const double scaled = std::ldexp(std::frexp(v, &exponent), bits);
        CHECK(scaled == std::floor(scaled));
      }
    const Formula f(numbers(a["logits"]), numbers(a["labels"]), 0, 1);
    check_near(a["loss"], f.loss, std::ldexp(1.0, -bits));
  }
}

TEST_CASE("up to ten thousand classes are computed, with a sentence for the matrices that are left out") {
  const std::vector<double> x(10000, 1.0);
  Json request = {{"ask", "loss"}, {"logits", x}, {"labels", 77}, {"numeric", true}};
  const Json a = answer(request);
  check_near(a["loss"], std::log(10000.0L), 1e-14);
  CHECK_FALSE(a.contains("hessian"));
  CHECK(a["left_out"].size() == 2);
  request["logits"].push_back(1);
  CHECK(ask(request)["error"].get<std::string>().find("10001 logits") != std::string::npos);
}

TEST_CASE("labels of mass 0 and logits of any size are answered") {
  const Json nothing = answer({{"ask", "loss"}, {"logits", {4, 2}}, {"labels", {0, 0}}});
  CHECK(nothing["loss"] == 0);
  CHECK(nothing["left_out"][0].get<std::string>().find("sum to 0") != std::string::npos);
  const Json huge = answer({{"ask", "loss"}, {"logits", {1e308, -1e308, 0}}, {"labels", 0}});
  CHECK(huge["loss"] == 0);
  const Json masked = answer({{"ask", "loss"}, {"logits", {"-inf", 1}}, {"labels", 1}});
  CHECK(masked["loss"] == 0);
  const Json nan = answer({{"ask", "loss"}, {"logits", {"nan", 1}}, {"labels", 1}});
  CHECK(nan["loss"] == "nan");
}

TEST_CASE("a descent in the triangle goes where the formulas say, and downhill") {
  const Json a = answer(
      {{"ask", "simplex"}, {"labels", {0.5, 0.5, 0}}, {"resolution", 10}, {"logits", {0, 1, 3}}, {"steps", 200}});
  CHECK(a["points"].size() == 36);  // 9*8/2
  for (const Json& point : a["points"]) {
    const std::vector<double> p = numbers(point["p"]), t = {0.5, 0.5, 0}, move = numbers(point["move"]);
    double mean = 0;  // of t - p under p: p moves by p*((t - p) - mean)
    for (std::size_t i = 0; i < 3; ++i) mean += p[i] * (t[i] - p[i]);
    for (std::size_t i = 0; i < 3; ++i) CHECK(move[i] == doctest::Approx(p[i] * (t[i] - p[i] - mean)).epsilon(1e-12));
  }
  CHECK(a["path"].size() == 201);
  for (std::size_t i = 1; i < a["path"].size(); ++i) CHECK(a["path"][i]["loss"] < a["path"][i - 1]["loss"]);
  CHECK(a["path"].back()["p"][2].get<double>() < 0.01);
}
