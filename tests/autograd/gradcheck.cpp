// The gradient checker passes right functions, whatever their scale, conditioning and kinks.
#include <doctest/doctest.h>

#include "gradcheck_test.h"
#include "tests/support/stride.h"

using namespace logitape;
using namespace gradcheck_test;

TEST_SUITE("gradcheck") {
  TEST_CASE("right functions pass: scaled badly, ill-conditioned, at kinks, empty, in f64 and in f32") {
    int unclear = 0;
    for (const DType dtype : {DType::f64, DType::f32})
      for (std::uint64_t seed = 10; seed < (tests::stride > 1 ? 11u : 15u);
           ++seed)  // one, where sanitizers slow it down
        for (const Right& r : right_functions()) {
          std::vector<Tensor> inputs;
          for (const Tensor& x : r.inputs) inputs.push_back(x.dtype() == DType::f64 ? x.to(dtype) : x);
          const GradientReport report = check_gradients(r.f, inputs, {.rng_seed = seed});
          INFO(r.what, " in ", std::string(name(dtype)), "\n", report.str());
          CHECK(report.verdict() != Verdict::fail);
          // what the check looks for lies 30 digits below f's results, or f's own answer has lost its digits
          const bool beyond = r.what == "cubes from 1e-8 to 1e8" || r.what == "saturated sigmoid" ||
                              r.what == "saturated tanh" || r.what == "softmax of confident rows" ||
                              r.what == "cross-entropy of confident logits";
          if (dtype == DType::f64 && !beyond) CHECK(report.ok());
          if (report.verdict() == Verdict::inconclusive) CHECK(!report.worst.reason.empty());
          unclear += dtype == DType::f32 && report.verdict() == Verdict::inconclusive;
        }
    CHECK(unclear <= 5 * 6);
  }
}
