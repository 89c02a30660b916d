// LOGITAPE_CHECK_GRADIENTS under doctest. programs/check_macro.sh looks at how it fails, under every framework.
#include <doctest/doctest.h>

#include "gradcheck_test.h"
#include "logitape/autograd/check/check_macro.h"
#include "logitape/autograd/record.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"

using namespace logitape;
using namespace gradcheck_test;

TEST_CASE("LOGITAPE_CHECK_GRADIENTS takes functions of a span or of tensors, and options behind the inputs") {
  const Tensor a = random_of({2, 3}), b = random_of({3, 2}, -2, 2, 5);
  LOGITAPE_CHECK_GRADIENTS([](In x) { return matmul(x[0], x[1]); }, a, b);
  LOGITAPE_CHECK_GRADIENTS([](const Tensor& x, const Tensor& y) { return matmul(x, y); }, a, b);
  LOGITAPE_CHECK_GRADIENTS(static_cast<Tensor (*)(const Tensor&)>(exp), a, GradcheckOptions{.order = 3});
  if (a.defined()) LOGITAPE_CHECK_GRADIENTS(logitape::tanh, a);  // one statement: it may stand between if and else
  else CHECK(false);
}

TEST_CASE("the options of LOGITAPE_CHECK_GRADIENTS are those of the check") {
  const GradientReport report =
      detail::gradient_report_of(logitape::tanh, random_of({2}), GradcheckOptions{.order = 3, .names = {"angle"}});
  CHECK(report.order == 3);
  CHECK(report.worst.input_name == "angle");
}

TEST_CASE("without a framework LOGITAPE_CHECK_GRADIENTS throws the report") {
  const Tensor x = random_of({2});
  CHECK_NOTHROW(detail::throw_unless_right(detail::gradient_report_of(logitape::tanh, x)));
  const GradientReport wrong = detail::gradient_report_of([](const Tensor& v) { return stop_gradient(v) * v; }, x);
  CHECK_THROWS_WITH_AS(detail::throw_unless_right(wrong), ("LOGITAPE_CHECK_GRADIENTS: " + wrong.str()).c_str(), Error);
}
