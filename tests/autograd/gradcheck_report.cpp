// What the checker's reports say, to people and to machines.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "gradcheck_test.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/backends/threads.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

GradientReport half_of_a_square(GradcheckOptions options = {}) {
  const auto f =
      with_rule([](const Tensor& x) { return sum(x * x); }, [](const Tensor& x, const Tensor& g) { return g * x; });
  options.names = {"logits"};
  return check_gradients(f, {tensor({{1.0, -2.0, 3.0}, {0.5, 4.0, 0.25}})}, options);
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("a report names the worst element, its numbers and the cause") {
    const GradientReport r = half_of_a_square();
    CHECK_FALSE(r.ok());
    CHECK(r.worst.order == 1);
    CHECK(r.worst.input_name == "logits");
    CHECK(r.worst.index == std::vector<std::int64_t>{1, 1});  // the largest
    CHECK(r.worst.analytic == 4);
    CHECK(r.worst.numeric == doctest::Approx(8).epsilon(1e-10));  // the error bar allows it
    CHECK(r.worst.relative == doctest::Approx(0.5).epsilon(1e-10));
    CHECK(r.worst.ulp == doctest::Approx(4 / 0x1p-49).epsilon(1e-10));  // ULP of 8
    CHECK(r.worst.error_bar < 1e-10);
    CHECK(r.hint == Hint::factor);
    const std::string text = r.str();
    INFO(text);
    for (const char* part : {"gradient check: FAIL", "worst: d planted / d logits[1,1]", "analytic  4",
                             "every element is 1/2 of what it should be"})
      CHECK(text.find(part) != std::string::npos);
  }

  TEST_CASE("the JSON of every report parses, with infinities and NaN as strings") {
    GradientReport r = half_of_a_square();
    r.worst.error_bar = std::numeric_limits<double>::infinity();
    r.worst.numeric = std::nan("");
    r.notes.emplace_back("a \"quoted\" \\ note,\n\ton two lines");
    const nlohmann::json j = nlohmann::json::parse(r.json());
    CHECK(j["verdict"] == "fail");
    CHECK(j["hint"] == "factor");
    CHECK(j["worst"]["input_name"] == "logits");
    CHECK(j["worst"]["index"] == nlohmann::json({1, 1}));
    CHECK(j["worst"]["error_bar"] == "inf");
    CHECK(j["worst"]["numeric"] == "nan");
    CHECK(j["worst"]["analytic"] == 4);
    CHECK(j["kink"].is_null());
    CHECK(j["notes"][0] == r.notes[0]);
    CHECK(j["blocks"].size() == r.blocks.size());
    CHECK(j["tests"].size() == r.tests.size());
    CHECK(nlohmann::json::parse(GradientReport().json())["worst"].is_null());
  }

  TEST_CASE("a kink is named and set aside") {
    const GradientReport r =
        check_gradients([](In in) { return relu(in[0]); }, {tensor({0.5, 0.0, -1.0})}, {.order = 1});
    CHECK(r.ok());
    CHECK(r.kinks == 1);
    CHECK(r.kink.index == std::vector<std::int64_t>{1});
    CHECK(r.str().find("at a kink, where slopes left and right differ: d relu / d x0[1]") != std::string::npos);
  }

  TEST_CASE("a cut in f is named, where every path is cut and where one of several is") {
    const auto hint = [](const TensorFunction& f) {
      const GradientReport r = check_gradients(f, {tensor({0.5, 1.5})});
      CHECK(r.verdict() == Verdict::fail);
      CHECK(r.hint != Hint::none);
      return r.hint_text;
    };
    CHECK(hint([](In in) { return stop_gradient(in[0]) * 2; }) == "every element is 0: stop_gradient cuts the path");
    CHECK(hint([](In in) { return cut_gradient("frozen", in[0]) * in[0]; }) ==
          "every element is 1/2 of what it should be: a factor 2 is missing, or one of 1/2 too many; 2 is also the "
          "extent of axis 0 of "
          "x0; frozen cuts a path in f");
    CHECK(hint([](In in) { return exp(stop_gradient(in[0])) * in[0]; }) == "stop_gradient cuts a path in f");
  }

  TEST_CASE("a function of one tensor is checked as one of several") {
    const Tensor x = tensor({0.5, 1.5});
    const auto g = [](const Tensor& in) { return exp(in) * in; };
    CHECK(check_gradients(g, {x}).ok());
    CHECK(check_gradients(g, x).checked == check_gradients([&](In in) { return g(in[0]); }, {x}).checked);
    CHECK(check_gradients(relu, {x}, {.order = 1, .names = {"x"}}).worst.input_name == "x");
    CHECK(check_gradients([](const auto& in) { return in[0] * 2; }, {x}, {.order = 1}).checked ==
          2);  // a generic one takes a span
  }

  TEST_CASE("rerunning is said to differ, with both values") {
    int calls = 0;
    const GradientReport r = check_gradients([&](In in) { return in[0] * in[0] + 1e-12 * calls++; }, {tensor({1.0})});
    CHECK(r.hint == Hint::nondeterministic);
    CHECK(r.hint_text.find("run twice on the same inputs: element 0 of f's result is ") != std::string::npos);
    CHECK(check_gradients([&](In in) { return in[0] + 1e-12 * calls++; }, {tensor({1.0})}, {.reruns = false}).hint !=
          Hint::nondeterministic);
  }

  TEST_CASE("a result that depends on the number of threads is found") {
    const GradientReport r = check_gradients([](In in) { return in[0] * num_threads(); }, {tensor({1.0, 2.0})});
    CHECK(r.hint == Hint::nondeterministic);
    CHECK(r.hint_text.find(" threads, then on ") != std::string::npos);
  }

  TEST_CASE("tolerances are those of the dtype, or as asked for, and are reported") {
    const GradientReport r = check_gradients([](In in) { return in[0] * in[0]; }, {tensor({1.0, 2.0})});
    CHECK(r.relative == 1e-9);
    CHECK(r.resolution == 1e-6);
    CHECK(r.seen_worst <= 1e-6);
    CHECK(half_of_a_square({.order = 1, .relative = 0.6}).ok());
    CHECK(half_of_a_square({.order = 1, .relative = 0.4}).verdict() == Verdict::fail);
  }
}
