// Options that the parameters' dtype takes for other numbers are refused; one huge gradient freezes no parameter.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

struct Box {
  explicit Box(DType dtype, double value = 1) : parameter{"p", variable(full({1}, value, dtype))} {}
  Tensor operator()(const Tensor& x) const { return x; }
  void visit(const ParameterVisitor& show) { show(parameter); }
  void initialise(Generator&) {}
  Parameter parameter;
};

template <class Optimiser>
double after(Optimiser optimiser, const std::vector<double>& gradients, DType dtype) {
  Box box(dtype);
  for (const double g : gradients) optimiser.step(box, std::vector<Tensor>{full({1}, g, dtype)});
  return box.parameter.value.item<double>();
}

// What a step says; the parameter is then as it was.
template <class Optimiser>
std::string refused(Optimiser optimiser, DType dtype) {
  Box box(dtype);
  const std::string said = refusal_of([&] { optimiser.step(box, std::vector<Tensor>{full({1}, 0.5, dtype)}); });
  CHECK((said.empty() || box.parameter.value.item<double>() == 1));
  return said;
}

// Adam in long double: its own range is never left.
double adam_by_hand(const std::vector<double>& gradients) {
  long double p = 1, m = 0, v = 0, power1 = 1, power2 = 1;
  for (const double g : gradients) {
    power1 *= 0.9L, power2 *= 0.999L;
    m = 0.9L * m + 0.1L * g;
    v = 0.999L * v + 0.001L * g * g;
    p -= 0.1L * (m / (1 - power1)) / (std::sqrt(v / (1 - power2)) + 1e-8L);
  }
  return static_cast<double>(p);
}

}  // namespace

TEST_CASE(
    "an option that f32 holds as another number is refused by name where parameters are f32, and taken where they are "
    "f64") {
  const auto held_by_f64 = [](const auto& optimiser, const std::string& why) {
    CHECK(refused(optimiser, DType::f32).find(why) != std::string::npos);
    CHECK(refused(optimiser, DType::f64).empty());
  };
  const double below_one = std::nextafter(1.0, 0.0);
  held_by_f64(Adam{{.epsilon = 1e-50}}, "Adam: epsilon 1e-50 becomes 0 in f32");
  held_by_f64(AdamW{{.epsilon = 1e-46}}, "AdamW: epsilon 1e-46 becomes 0 in f32");
  held_by_f64(AdamW{{.epsilon = 1e300}}, "AdamW: epsilon 1e+300 is above what f32 holds");
  held_by_f64(Adam{{.beta1 = below_one}}, "Adam: beta1 0.9999999999999999 becomes 1 in f32");
  held_by_f64(Adam{{.beta2 = 1 - 1e-9}}, "Adam: beta2 0.999999999 becomes 1 in f32");
  held_by_f64(Adam{{.beta1 = 1e-60}}, "Adam: beta1 1e-60 becomes 0 in f32");
  held_by_f64(AdamW{{.weight_decay = 1e-60}}, "AdamW: weight_decay 1e-60 becomes 0 in f32");
  held_by_f64(Adam{{.weight_decay = 1e39}}, "Adam: weight_decay 1e+39 is above what f32 holds");
  held_by_f64(AdamW{{.learning_rate = 1e39, .weight_decay = 0}}, "AdamW: learning_rate ");
  held_by_f64(SGD{{.learning_rate = 1e39}}, "SGD: learning_rate 1e+39 is above what f32 holds");
  held_by_f64(SGD{{.momentum = below_one}}, "SGD: momentum 0.9999999999999999 becomes 1 in f32");
  held_by_f64(SGD{{.weight_decay = 1e-60}}, "SGD: weight_decay 1e-60 becomes 0 in f32");
  // what f32 holds, if only as a subnormal; and a learning rate that a schedule brings down to nothing
  for (const DType dtype : {DType::f32, DType::f64}) {
    CHECK(refused(Adam{{.epsilon = 1e-44}}, dtype).empty());
    CHECK(refused(AdamW{{.learning_rate = 1e-60}}, dtype).empty());
    CHECK(refused(SGD{{.learning_rate = 0, .momentum = 0, .weight_decay = 0}}, dtype).empty());
  }
  const std::vector<Tensor> narrow = {tensor({1.f})}, wide = {tensor({1.0})};
  CHECK(refusal_of([&] { clip_by_value(narrow, 1e-60); }).starts_with("clip_by_value: limit 1e-60 becomes 0 in f32"));
  CHECK(refusal_of([&] {
          clip_by_global_norm(narrow, 1e-60);
        }).starts_with("clip_by_global_norm: max_norm 1e-60 becomes 0 in f32"));
  CHECK(refusal_of([&] {
          clip_by_value(narrow, 1e60);
        }).starts_with("clip_by_value: limit 1e+60 is above what f32 holds"));
  CHECK(clip_by_value(wide, 1e-60)[0].item<double>() == 1e-60);
  CHECK(clip_by_global_norm(wide, 1e-60)[0].item<double>() ==
        doctest::Approx(1e-60).scale(0).epsilon(1e-15));  // a quotient and a product
}

TEST_CASE("one huge gradient freezes no parameter: Adam goes on as it would in a wider dtype") {
  for (const double huge : {1e3, 1e18, 9e18, 1e19, 2e19, 1e25, 3e38, -2e19, -3e38})
    for (const std::size_t at : {0, 3}) {
      std::vector<double> gradients(101, 1.0);
      gradients[at] = huge;
      CAPTURE(huge);
      CAPTURE(at);
      // 100 steps of at most 0.1 and of errors near 4 roundings of f32 each, of which those of m / sqrt(v) do not
      // cancel
      CHECK(after(Adam{{.learning_rate = 0.1}}, gradients, DType::f32) ==
            doctest::Approx(adam_by_hand(gradients)).epsilon(1e-4));
    }
  for (const double huge : {1e150, 1e160, 1e300, -1e308}) {
    std::vector<double> gradients(101, 1.0);
    gradients[0] = huge;
    CHECK(after(Adam{{.learning_rate = 0.1}}, gradients, DType::f64) ==
          doctest::Approx(adam_by_hand(gradients)).epsilon(1e-10));
  }
  const double inf = std::numeric_limits<double>::infinity();
  for (const DType dtype : {DType::f32, DType::f64})
    for (const double g : {inf, -inf, std::numeric_limits<double>::quiet_NaN()})
      CHECK_FALSE(std::isfinite(after(Adam{{.learning_rate = 0.1}}, {g}, dtype)));  // for whoever looks for them
}

}  // namespace logitape::tests
