// What the loss can do, a line each "feature|answer": features.py says what each means, and asks the peers the same.
// Each is tried; no answer is written down in advance.
#include <logitape.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace lt = logitape;
using lt::DType, lt::Tensor;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

bool finite(const Tensor& x) {
  const auto v = x.to_vector<double>();
  return std::all_of(v.begin(), v.end(), [](double one) { return std::isfinite(one); });
}
bool near(const Tensor& a, const Tensor& b) {  // f32's digits, some operations apart
  return finite(a) && lt::max(lt::abs(a - b)).item<double>() < 1e-5;
}
Tensor into(const Tensor& loss, const Tensor& x) { return lt::grad(lt::sum(loss), {x})[0]; }

const Tensor x = lt::variable(lt::tensor({{1.f, 2.f, 4.f}, {0.f, 1.f, -1.f}}));
const Tensor t = lt::variable(lt::tensor({{0.2f, 0.3f, 0.5f}, {0.6f, 0.3f, 0.1f}}));
const Tensor v = lt::tensor({{1.f, -2.f, 0.5f}, {0.5f, 1.f, -1.f}});
const Tensor y = lt::tensor({2, 0}), w = lt::tensor({0.5f, 1.f, 2.f}), keep = lt::tensor({1, 0}).to(DType::boolean);
Tensor first_row(const Tensor& of) { return lt::slice(of, {0, 0}, {1, 3}); }

std::string label_gradient() {
  return near(into(lt::cross_entropy(x, t, {.reduction = lt::Reduction::sum}), t), -lt::log_softmax(x)) ? "yes"
                                                                                                        : "wrong";
}
std::string second_derivative() {
  const Tensor dx =
      lt::grad(lt::cross_entropy(x, t, {.reduction = lt::Reduction::sum}), {x}, {.create_graph = true})[0];
  const Tensor p = lt::softmax(x);
  return near(into(dx * v, t), lt::sum(p * v, {.axes = {1}, .keep_dims = true}) - v) ? "yes" : "wrong";
}
std::string heavy_labels() {
  return near(into(lt::cross_entropy(x, t * 2, {.reduction = lt::Reduction::sum}), x), lt::softmax(x) * 2 - t * 2)
             ? "yes"
             : "wrong";
}
std::string confident() {
  const double loss = lt::cross_entropy(lt::tensor({{25.f, 0.f, 0.f}}), lt::tensor({0})).item<double>();
  return std::fabs(loss - 2 * std::exp(-25.0)) < 1e-6 * loss ? "yes" : "prints 0";
}
std::string masked(const Tensor& labels) {
  const Tensor z = lt::variable(lt::tensor({{1.f, -infinity, 2.f}}));
  const Tensor loss = lt::cross_entropy(z, labels);
  return finite(loss) && finite(into(loss, z)) ? "yes" : "NaN";
}
std::string masked_dense() { return masked(lt::tensor({{0.f, 0.f, 1.f}})); }
std::string masked_index() { return masked(lt::tensor({2})); }
std::string ignored_index() {
  return near(lt::cross_entropy(x, lt::tensor({2, -1}), {.ignore_index = -1}),
              lt::cross_entropy(first_row(x), lt::tensor({2})))
             ? "yes"
             : "wrong";
}
std::string ignored_dense() {
  return near(lt::cross_entropy(x, t, {.mask = keep}), lt::cross_entropy(first_row(x), first_row(t))) ? "yes" : "wrong";
}
std::string nan_ignored() {
  const Tensor z = lt::variable(lt::tensor({{1.f, 2.f, 4.f}, {std::nanf(""), 0.f, 0.f}}));
  const Tensor loss = lt::cross_entropy(z, lt::tensor({2, -1}), {.ignore_index = -1});
  return finite(loss) && finite(into(loss, z)) ? "yes" : "NaN";
}
std::string nothing_left() {
  const Tensor none = lt::tensor({-1, -1});
  const double zero = lt::cross_entropy(x, none, {.ignore_index = -1}).item<double>();
  const double nan = lt::cross_entropy(x, none, {.empty = lt::EmptyMean::nan, .ignore_index = -1}).item<double>();
  try {
    lt::cross_entropy(x, none, {.empty = lt::EmptyMean::error, .ignore_index = -1});
    return "wrong";
  } catch (const lt::Error&) {
    return zero == 0 && std::isnan(nan) ? "0, NaN or an error, as asked" : "wrong";
  }
}
std::string dense_weights() {
  return near(lt::cross_entropy(x, t, {.class_weights = w}), lt::cross_entropy(x, t * w)) ? "yes" : "wrong";
}
std::string smoothing() {
  return near(lt::cross_entropy(x, y, {.label_smoothing = 0.3}), lt::cross_entropy(x, lt::one_hot(y, 3) * 0.7 + 0.1))
             ? "yes"
             : "wrong";
}
std::string axis() {
  return near(lt::cross_entropy(lt::transpose(x), y, {.axis = 0}), lt::cross_entropy(x, y)) ? "yes" : "wrong";
}
std::string logit_options() {
  const Tensor capped = lt::tanh(x / 3) * 1.5, lse = lt::logsumexp(capped, {.axes = {1}});
  return near(lt::cross_entropy(x, y, {.temperature = 2, .soft_cap = 3, .z_loss = 0.1}),
              lt::cross_entropy(capped, y) + lt::mean(lse * lse) * 0.1)
             ? "yes"
             : "wrong";
}
std::string chunked() {
  lt::Generator rng{1};
  const Tensor weight = lt::randn({3, 5}, rng);
  return near(lt::linear_cross_entropy(x, weight, y), lt::cross_entropy(lt::linear(x, weight), y)) ? "yes" : "wrong";
}
std::string chunked_twice() {
  lt::Generator rng{1};
  const Tensor weight = lt::variable(lt::randn({3, 5}, rng)), u = lt::randn({3, 5}, rng);
  const auto second = [&](const Tensor& loss) {
    return into(lt::grad(loss, {weight}, {.create_graph = true})[0] * u, x);
  };
  return near(second(lt::linear_cross_entropy(x, weight, y)), second(lt::cross_entropy(lt::linear(x, weight), y)))
             ? "yes"
             : "wrong";
}
std::string bad_label() {
  try {
    lt::cross_entropy(x, lt::tensor({2, 7}));
  } catch (const lt::Error& e) {
    const std::string said = e.what();
    return said.find('7') != std::string::npos && said.find("row 1") != std::string::npos ? "label and row"
                                                                                          : "an error";
  }
  return "a number";
}
std::string index_dtypes() {
  int taken = 0;
  for (const DType d : {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64})
    taken += near(lt::cross_entropy(x, y.to(d)), lt::cross_entropy(x, y));
  return std::to_string(taken) + " of 5";
}
std::string halves() {
  lt::Generator rng{3};
  const Tensor z = (lt::randn({1000, 1000}, rng) * 4).to(DType::f16), labels = lt::zeros({1000}, DType::i32);
  const auto got = lt::cross_entropy(z, labels, {.reduction = lt::Reduction::none}).to_vector<double>();
  const auto want = lt::cross_entropy(z.to(DType::f64), labels, {.reduction = lt::Reduction::none})
                        .to(DType::f16)
                        .to_vector<double>();
  int nearest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) nearest += got[i] == want[i];
  return std::to_string(nearest) + " of 1000";
}
// The bits of a loss and its gradient, summed as integers; features.py asks with one thread and with two.
void print_bits() {
  lt::Generator rng{3};
  const Tensor z = lt::variable(lt::randn({1024, 1000}, rng));
  const Tensor loss = lt::cross_entropy(z, lt::zeros({1024}, DType::i32));
  std::uint64_t bits = 0;
  for (const Tensor& made : {loss, into(loss, z)})
    for (const float one : made.to_vector<float>()) {
      std::uint32_t pattern = 0;
      std::memcpy(&pattern, &one, sizeof pattern);
      bits = bits * 31 + pattern;
    }
  std::printf("%llu\n", static_cast<unsigned long long>(bits));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "bits") return print_bits(), 0;
  const std::pair<const char*, std::string (*)()> features[] = {
      {"label_gradient", label_gradient},
      {"second_derivative", second_derivative},
      {"heavy_labels", heavy_labels},
      {"confident", confident},
      {"masked_dense", masked_dense},
      {"masked_index", masked_index},
      {"ignored_index", ignored_index},
      {"ignored_dense", ignored_dense},
      {"nan_ignored", nan_ignored},
      {"nothing_left", nothing_left},
      {"dense_weights", dense_weights},
      {"smoothing", smoothing},
      {"axis", axis},
      {"logit_options", logit_options},
      {"chunked", chunked},
      {"chunked_twice", chunked_twice},
      {"bad_label", bad_label},
      {"index_dtypes", index_dtypes},
      {"halves", halves},
  };
  for (const auto& [feature, answer] : features) std::printf("%s|%s\n", feature, answer().c_str());
}
