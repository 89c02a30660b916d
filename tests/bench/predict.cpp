// Serving: one row a call, and many. Arithmetic is the same products by plain loops over the same weights, as an
// exported header has them; what a call takes above that is the library's overhead.
#include <logitape.h>

#include <vector>

#include "tests/bench/bench.h"

namespace bench {
namespace lt = logitape;
namespace {

constexpr std::int64_t sizes[] = {30, 128, 64, 2};

struct Layer {
  std::vector<float> weight, bias;
};

std::vector<Layer> layers_of(const lt::Classifier& classifier) {
  const lt::Tensors all = lt::parameters(classifier);
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < all.size(); i += 2)
    layers.push_back({all[i].to_vector<float>(), all[i + 1].to_vector<float>()});
  return layers;
}

// volatile: the compiler may neither leave the loops out nor compute them before the call.
void arithmetic(const std::vector<Layer>& layers, const std::vector<float>& row, volatile float* last) {
  float x[128], y[128];
  std::copy(row.begin(), row.end(), x);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto in = static_cast<std::size_t>(sizes[l]), out = static_cast<std::size_t>(sizes[l + 1]);
    for (std::size_t o = 0; o < out; ++o) y[o] = layers[l].bias[o];
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t o = 0; o < out; ++o) y[o] += x[i] * layers[l].weight[i * out + o];
    for (std::size_t o = 0; o < out; ++o) x[o] = l + 1 < layers.size() && y[o] < 0 ? 0 : y[o];
  }
  *last = x[0];
}

// Rows of a table: 28 numbers and a column of two categories, 30 prepared inputs.
lt::Classifier classifier_of_rows(lt::Generator& rng) {
  lt::Preprocessing prepare;
  prepare.classes = {"no", "yes"};
  prepare.class_sizes = {1, 1};
  for (int i = 0; i < 28; ++i) prepare.columns.push_back({.name = "x" + std::to_string(i), .categories = {}});
  prepare.columns.push_back({.name = "colour", .categories = {"red", "blue"}});
  prepare.row = {29};
  prepare.from_table = true;
  return {prepare, "mlp:30,128,64,2", rng};
}

void one_row(Session& s) {
  const std::string name = "one row, mlp 30-128-64-2";
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Classifier raw = classifier_of_rows(rng), plain("mlp:30,128,64,2", {"no", "yes"}, rng);
  const lt::Tensor x = lt::randn({1, 30}, rng);
  const std::vector<float> row = x.to_vector<float>();
  std::vector<double> numbers(29, 0.5);
  numbers[28] = 1;
  const std::vector<Layer> layers = layers_of(plain);
  volatile float last = 0;
  const double loops = s.row(name + ", plain loops", {{"ours", [&] { arithmetic(layers, row, &last); }}});
  const double tensor = s.row(name + ", a tensor", {{"ours", [&] { plain.predict(x); }}});
  const double raw_row = s.row(name + ", raw numbers", {{"ours", [&] { raw.predict_numbers(numbers); }}});
  s.figure("one row, a tensor, above plain loops", 1e6 * (tensor - loops), "us", "at most 5");
  s.figure("one row, raw numbers, above plain loops", 1e6 * (raw_row - loops), "us", "at most 5");
}

void many_rows(Session& s) {
  const std::string name = "8192 rows, mlp 30-128-64-2, at two threads";
  if (!s.wants(name) || s.threads() == 1) return;
  lt::Generator rng{1};
  const lt::Classifier plain("mlp:30,128,64,2", {"no", "yes"}, rng);
  const lt::Tensor x = lt::randn({8192, 30}, rng);
  const auto at = [&](int count) {
    return [&, count] {
      const lt::ThreadCount threads(count);
      for (int i = 0; i < 8; ++i) plain.predict(x);
    };
  };
  s.row(name + ", 8 calls", {{"ours", at(2)}, {"ours, one thread", at(1), {}, 1.5}});
}

}  // namespace

void predict(Session& s) {
  one_row(s);
  many_rows(s);
}

}  // namespace bench
