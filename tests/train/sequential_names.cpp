// A Sequential names its layers by the positions that they have in it, wherever they come from.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "logitape.h"
#include "tests/support/temporary_folder.h"

using namespace logitape;

namespace {

using Names = std::vector<std::string>;

template <class M>
Names names(M model) {
  Names all;
  model.visit([&](Parameter& p) { all.push_back(p.name); });
  if constexpr (HasBuffers<M>) model.visit_buffers([&](Parameter& p) { all.push_back(p.name); });
  return all;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

Sequential small_model(Generator& rng) {
  Sequential model{Linear{4, 3}, Relu{}, Linear{3, 2}};
  model.initialise(rng);
  return model;
}

}  // namespace

TEST_CASE("layers of another model are named by their new positions, however often they move") {
  Generator rng{1};
  const Sequential model = small_model(rng);
  Sequential again = Sequential::of(model.modules());
  CHECK(names(again) == Names{"0.weight", "0.bias", "2.weight", "2.bias"});
  for (int i = 0; i < 3; ++i) again = Sequential::of(again.modules());
  CHECK(names(again) == names(model));

  std::vector<AnyModule> layers = model.modules();
  CHECK(names(layers[2]) == Names{"weight", "bias"});
  layers.pop_back();
  layers.insert(layers.begin(), Linear{4, 4});
  CHECK(names(Sequential::of(layers)) == Names{"0.weight", "0.bias", "1.weight", "1.bias"});
  CHECK(names(Sequential{model[2], model[0]}) == Names{"0.weight", "0.bias", "1.weight", "1.bias"});
  CHECK(names(Sequential::of(*layers[1].as<Linear>())) == Names{"0.weight", "0.bias"});
}

TEST_CASE("nested models, prefixes and buffers keep what is their own") {
  const Sequential inner{Linear{2, 2}, BatchNorm{2}};
  const Sequential outer{Relu{}, inner, named("a", Linear{2, 2}), Sequential{Relu{}, inner}};
  const Names seen = {"1.0.weight",         "1.0.bias",
                      "1.1.weight",         "1.1.bias",
                      "2.a.weight",         "2.a.bias",
                      "3.1.0.weight",       "3.1.0.bias",
                      "3.1.1.weight",       "3.1.1.bias",
                      "1.1.running_mean",   "1.1.running_variance",
                      "3.1.1.running_mean", "3.1.1.running_variance"};
  CHECK(names(outer) == seen);
  CHECK(names(Sequential::of(outer.modules())) == seen);

  const std::vector<AnyModule> layers = outer.modules();
  CHECK(names(layers[2]) == Names{"a.weight", "a.bias"});
  CHECK(names(layers[1]) == names(inner));
  const Sequential deep = *layers[3].as<Sequential>();
  CHECK(names(deep[1]) ==
        Names{"1.0.weight", "1.0.bias", "1.1.weight", "1.1.bias", "1.1.running_mean", "1.1.running_variance"});
  const Sequential* within = outer[3].as<Sequential>();  // where it stands, not a copy
  REQUIRE(within != nullptr);
  CHECK(names(within->modules()[1]) == names(inner));
  CHECK(names(Sequential::of(within->modules())) == names(deep));
  CHECK(names(Sequential::of((*within)[1])) ==
        Names{"0.0.weight", "0.0.bias", "0.1.weight", "0.1.bias", "0.1.running_mean", "0.1.running_variance"});

  CHECK(names(named("b", outer[2])) == Names{"b.a.weight", "b.a.bias"});
  CHECK(names(Sequential{Relu{}, named("b", outer[2])}) == Names{"1.b.a.weight", "1.b.a.bias"});
  // the prefix is the model's own, and stays where its layers are taken out
  const Sequential prefixed{Relu{}, named("c", inner)};
  CHECK(names(prefixed.modules()[1])[0] == "c.0.weight");
  CHECK(names(prefixed[1].as<Sequential>()->modules()[0]) == Names{"weight", "bias"});
}

TEST_CASE("a Dropout, whose buffer is all that it shows, moves too") {
  Generator rng{1};
  Sequential model{Relu{}, Relu{}, Dropout{0.5}};
  model.initialise(rng);
  CHECK(names(model) == Names{"2.generator"});
  CHECK(names(Sequential{model[2], Relu{}}) == Names{"0.generator"});
}

TEST_CASE("weights go by name from a model's file into one that is made of its layers") {
  Generator rng{1};
  const tests::TemporaryFolder folder;
  Sequential model = small_model(rng);
  save_parameters(folder / "model.safetensors", model);
  Sequential again = Sequential::of(model.modules());
  again.initialise(rng);
  CHECK_FALSE(same_bits(again.parameter("2.weight"), model.parameter("2.weight")));
  load_parameters(folder / "model.safetensors", again);
  for (const std::string& name : names(model)) CHECK(same_bits(again.parameter(name), model.parameter(name)));

  std::vector<AnyModule> layers = model.modules();
  layers.back() = Linear{3, 7};
  Sequential other = Sequential::of(layers);
  CHECK_THROWS_WITH_AS(other.parameter("2.weight"),
                       "parameter: parameter \"2.weight\" is not initialised: call initialise(rng) first", Error);
  layers.back().initialise(rng);
  other = Sequential::of(layers);
  save_parameters(folder / "other.safetensors", other);
  CHECK_THROWS_AS(load_parameters(folder / "other.safetensors", model), Error);  // 2.weight has another shape
  SGD sgd{{.learning_rate = 0.1}};
  const Tensor x = randn({5, 4}, rng);
  const Tensor before = other.parameter("0.weight");
  sgd.step(other, grad(sum(other(x)), other.parameters()));
  CHECK(sgd.state().tensors.empty());  // no momentum: nothing is remembered
  CHECK_FALSE(same_bits(other.parameter("0.weight"), before));
  CHECK(same_bits(model.parameter("0.weight"), before));  // a snapshot
}

TEST_CASE("a parameter that is not there: the names that are, or of many the nearest") {
  Generator rng{1};
  Sequential model = small_model(rng);
  CHECK_THROWS_WITH_AS(parameter_of(model, "weight"),
                       "parameter_of: no parameter is called \"weight\"; there are 0.weight, 0.bias, 2.weight, 2.bias",
                       Error);
  Sequential none{Relu{}, Relu{}};
  CHECK_THROWS_WITH_AS(none.parameter("0.weight"), "parameter: no parameter is called \"0.weight\": the model has none",
                       Error);
  const Sequential large = small_resnet(10, {8, 8, 1}, 4);
  CHECK_THROWS_WITH_AS(parameter(large, "5.conv1.wieght"),
                       "parameter: no parameter is called \"5.conv1.wieght\"; nearest to it are 5.conv1.weight, "
                       "4.conv1.weight, 5.conv2.weight, 6.conv1.weight, 4.conv2.weight",
                       Error);
}

TEST_CASE("a layer by index: from both ends, and no further") {
  Generator rng{1};
  const Sequential model = small_model(rng);
  CHECK(model.size() == 3);
  CHECK(&model[-3] == &model[0]);
  CHECK(&model.at(-1) == &model.at(2));
  for (const std::int64_t i : {std::int64_t{3}, std::int64_t{-4}, INT64_MIN, INT64_MAX}) {
    CAPTURE(i);
    try {
      (void)model[i];
      FAIL("no error was thrown");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::out_of_range);
    }
  }
}

TEST_CASE(
    "a Linear or Conv2d with a Relu behind it is one kernel and the same bits, in copies and of other layers too") {
  Generator rng{1};
  // a lambda is no Relu that a Sequential knows: the layers run one by one
  const auto apart = [](const Tensor& x) { return relu(x); };
  std::vector<AnyModule> layers = {Unflatten{{6, 6, 1}}, Conv2d{1, 2, 3}, Relu{},      Flatten{},
                                   Linear{32, 8},        Relu{},          Linear{8, 3}};
  for (AnyModule& layer : layers) layer.initialise(rng);
  Sequential fused = Sequential::of(layers);
  layers[2] = layers[5] = AnyModule(apart);
  Sequential plain = Sequential::of(layers);
  const Tensor x = randn({4, 36}, rng);
  const auto watched = [&](Sequential& model, auto... mode) {
    Names seen;
    const LayerWatch watch([&](const std::string& layer, const Tensor&) { seen.push_back(layer); });
    model(x, mode...);
    return seen;
  };
  Sequential copy = fused, back = Sequential::of(fused.modules()), assigned = plain;
  assigned = fused;
  for (Sequential* model : {&fused, &copy, &back, &assigned}) {
    CHECK(same_bits((*model)(x), plain(x)));
    CHECK(same_bits((*model)(x, evaluation), plain(x, evaluation)));
    CHECK(watched(*model) == watched(*model, evaluation));
    CHECK(watched(*model) == Names{"layer 0 of Sequential, Unflatten", "layer 1 of Sequential, Conv2d{1, 2, {3, 3}}",
                                   "layer 3 of Sequential, Flatten", "layer 4 of Sequential, Linear{32, 8}",
                                   "layer 6 of Sequential, Linear{8, 3}"});
  }
  CHECK(watched(plain).size() == 7);
  layers = fused.modules();
  layers[5] = layers[2];  // what a layer is goes with it
  layers[2] = [](const Tensor& t) { return tanh(t); };
  Sequential other = Sequential::of(layers);
  CHECK(watched(other).size() == 6);  // one pair is left
  CHECK(watched(fused).size() == 5);
}
