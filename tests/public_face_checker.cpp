// What users write first about gradient checks and threads; this file must go on compiling as it stands.
#include <doctest/doctest.h>
#include <logitape.h>

#include <stdexcept>
#include <string>

namespace lt = logitape;

TEST_CASE("an op of one's own is checked by its name, and any function by the one it is given") {
  const auto twice = lt::custom_op(
      "twice", [](lt::TensorList x) { return x[0] * 2; },
      [](lt::TensorList, lt::TensorList, lt::TensorList g) { return lt::Tensors{g[0] * 3}; });
  const lt::Tensor x = lt::tensor({0.5, 1.0});
  const lt::GradientReport wrong = lt::check_gradients(twice, {x});
  CHECK(wrong.function == "twice");
  CHECK(wrong.str().find("d twice[") != std::string::npos);
  CHECK(lt::check_gradients([](const lt::Tensor& v) { return lt::exp(v) * v; }, x, {.name = "my loss"}).function ==
        "my loss");
}

TEST_CASE("a number of threads lasts as long as its scope, however that is left") {
  const int before = lt::num_threads();
  {
    const lt::ThreadCount three(3);
    CHECK(lt::num_threads() == 3);
    const lt::ThreadCount one(1);
    CHECK(lt::num_threads() == 1);
  }
  CHECK(lt::num_threads() == before);
  try {
    const lt::ThreadCount three(3);
    throw std::runtime_error("in the middle");
  } catch (const std::runtime_error&) {
    CHECK(lt::num_threads() == before);
  }
  CHECK_THROWS_AS(lt::ThreadCount(0), lt::Error);
  CHECK(lt::num_threads() == before);
}
