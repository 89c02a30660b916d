// Weights in PyTorch's and Keras's names and layouts: what a file holds, what is read, and what is refused with the
// model as it was. tests/exchange has torch and Keras themselves.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

template <class M>
M with_weights(M model, std::uint64_t seed) {
  Generator rng{seed};
  model.initialise(rng);
  for (Parameter* box : weights_of(model)) {
    const Tensor drawn = uniform(box->value.shape(), rng, box->value.dtype()) + 0.5;
    box->value = box->value.requires_grad() ? variable(drawn) : drawn;
  }
  return model;
}

Sequential small_net() {
  return {Unflatten{{6, 4, 2}}, Conv2d{2, 3, {3, 2}}, BatchNorm{3}, Relu{}, Flatten{}, Dropout{0.1}, Linear{36, 2}};
}

template <class M>
Tensors values_in(const M& model) {
  Tensors values;
  for (const Parameter* box : weights_of(const_cast<M&>(model))) values.push_back(box->value);
  return values;
}

void check_same(const Tensors& a, const Tensors& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

std::vector<std::string> names_in(const Safetensors& file) {
  std::vector<std::string> names;
  for (const NamedTensor& t : file.tensors) names.push_back(t.name);
  std::sort(names.begin(), names.end());
  return names;
}

// The tensors as a file are refused so, and the model keeps every bit.
template <class M>
void check_refused(M& model, const std::vector<NamedTensor>& tensors, const std::string& sentence,
                   const TorchWeightsOptions& options = {}, ErrorCode code = ErrorCode::invalid_argument) {
  CAPTURE(sentence);
  const TemporaryFolder folder;
  const std::string path = folder / "w";
  save_safetensors(path, tensors);
  const Tensors before = values_in(model);
  try {
    load_torch_weights(path, model, options);
    FAIL_CHECK("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == code);
    std::string said = error.what();
    if (const std::size_t at = said.find(path); at != std::string::npos) said.replace(at, path.size(), "w");
    CHECK(said == "load_torch_weights: " + sentence);
  }
  check_same(values_in(model), before);
}

using Numbers = std::vector<float>;

}  // namespace

TEST_CASE("torch's file has a Linear as [out, in], a Conv2d as [out, in, down, across], and a counter for BatchNorm") {
  const TemporaryFolder folder;
  const Sequential model = with_weights(small_net(), 3);
  save_torch_weights(folder / "w", model);
  const Safetensors file = load_safetensors(folder / "w");
  CHECK(names_in(file) == std::vector<std::string>{"1.bias", "1.weight", "2.bias", "2.num_batches_tracked",
                                                   "2.running_mean", "2.running_var", "2.weight", "6.bias",
                                                   "6.weight"});
  CHECK(file.metadata == Metadata{{"format", "pt"}});
  CHECK(same_bits(file.at("2.num_batches_tracked"), tensor(std::int64_t{0})));
  const Tensor conv = model.parameter("1.weight"), theirs = file.at("1.weight");
  REQUIRE(theirs.shape() == Shape{3, 2, 3, 2});
  for (std::int64_t o = 0; o < 3; ++o)
    for (std::int64_t i = 0; i < 2; ++i)
      for (std::int64_t down = 0; down < 3; ++down)
        for (std::int64_t across = 0; across < 2; ++across)
          CHECK(theirs[o][i][down][across].item<float>() == conv[down][across][i][o].item<float>());
  // behind a Flatten the channels of the image come first in torch: [3 channels, 4 * 3 pixels]
  const Tensor linear = model.parameter("6.weight"), flat = file.at("6.weight");
  REQUIRE(flat.shape() == Shape{2, 36});
  for (std::int64_t o = 0; o < 2; ++o)
    for (std::int64_t channel = 0; channel < 3; ++channel)
      for (std::int64_t pixel = 0; pixel < 12; ++pixel)
        CHECK(flat[o][channel * 12 + pixel].item<float>() == linear[pixel * 3 + channel][o].item<float>());
}

TEST_CASE("Keras's file has our axes under Keras's names, whose parts are joined by slashes") {
  const TemporaryFolder folder;
  const Sequential model = with_weights(Sequential{small_net(), LayerNorm{2}}, 3);
  const TorchWeightsOptions keras{.layout = WeightLayout::keras, .names = {{"0.1", "conv"}, {"1", ""}}};
  save_torch_weights(folder / "w", model, keras);
  const Safetensors file = load_safetensors(folder / "w");
  CHECK(names_in(file) == std::vector<std::string>{"0/2/beta", "0/2/gamma", "0/2/moving_mean", "0/2/moving_variance",
                                                   "0/6/bias", "0/6/kernel", "beta", "conv/bias", "conv/kernel",
                                                   "gamma"});
  CHECK(same_bits(file.at("conv/kernel"), model.parameter("0.1.weight").without_node()));
  CHECK(same_bits(file.at("0/6/kernel"), model.parameter("0.6.weight").without_node()));
  const Sequential words = with_weights(Sequential{Embedding{4, 2}, Flatten{}, Linear{2, 2}}, 1);
  save_torch_weights(folder / "e", words, {.layout = WeightLayout::keras});
  CHECK(load_safetensors(folder / "e").at("0/embeddings").shape() == Shape{4, 2});
}

TEST_CASE("what save_torch_weights wrote comes back bit for bit, in either layout, of every kind of layer") {
  const TemporaryFolder folder;
  const auto check = [&](const auto& model, const TorchWeightsOptions& options) {
    auto other = with_weights(model, 2);
    const auto saved = with_weights(model, 1);
    save_torch_weights(folder / "w", saved, options);
    const LoadedWeights loaded = load_torch_weights(folder / "w", other, options);
    CHECK(loaded.missing.empty());
    CHECK(loaded.unexpected.empty());
    check_same(values_in(other), values_in(saved));
    for (const Parameter* box : parameters_of(other)) CHECK(box->value.requires_grad());
  };
  for (const WeightLayout layout : {WeightLayout::torch, WeightLayout::keras}) {
    const TorchWeightsOptions options{.layout = layout};
    check(small_net(), options);
    check(lenet(3, {8, 9, 2}), options);
    check(small_resnet(3, {8, 8, 1}, 4), options);
    check(Sequential{EmbeddingBag{5, 3}, Linear{3, 2, {.bias = false}}}, options);
    check(Sequential{Sequential{Linear{3, 4, {.dtype = DType::f64}}, LayerNorm{4, {.dtype = DType::f64}}},
                     Linear{4, 2, {.dtype = DType::f64}}},
          options);
    check(Sequential{Conv2d{1, 2, 3}, Flatten{}, BatchNorm{8}, LayerNorm{8}, Linear{8, 2}}, options);
    Generator rng{1};
    check(Classifier("lenet:8,8,1,3", {"a", "b", "c"}, rng), options);
  }
}

TEST_CASE("halves and f64 become the model's dtype, infinities and NaN stay what they are") {
  const TemporaryFolder folder;
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64}) {
    CAPTURE(name(dtype));
    const Tensor weight = tensor({{1.f, -0.5f, inf}, {0.25f, nan, 3.f}}).to(dtype);
    save_safetensors(folder / "w", std::vector<NamedTensor>{{"weight", weight}});
    Linear f32 = with_weights(Linear{3, 2, {.bias = false}}, 1);
    load_torch_weights(folder / "w", f32);
    CHECK(same_bits(parameter(f32, "weight").without_node(), transpose(weight).to(DType::f32)));
    Linear f64 = with_weights(Linear{3, 2, {.bias = false, .dtype = DType::f64}}, 1);
    load_torch_weights(folder / "w", f64);
    CHECK(same_bits(parameter(f64, "weight").without_node(), transpose(weight).to(DType::f64)));
  }
  Linear model = with_weights(Linear{2, 1, {.bias = false}}, 1);
  check_refused(model, {{"weight", tensor({{1.0, -1e39}})}},
                "\"w\" has -1e+39 as element 1 of \"weight\", which the model's f32 cannot hold", {},
                ErrorCode::out_of_range);
  check_refused(model, {{"weight", tensor({{1, 2}})}},
                "\"w\" has \"weight\" as i32 [1,2], the model as f32: weights are no integers");
}

TEST_CASE("another shape is refused with both, and asked whether it is transposed where it is") {
  Linear linear = with_weights(Linear{3, 4}, 1);
  const Tensor bias = zeros({4});
  check_refused(linear, {{"weight", zeros({3, 4})}, {"bias", bias}},
                "\"w\" has \"weight\" as f32 [3,4], and [4,3] is needed for \"weight\": transposed?");
  check_refused(linear, {{"weight", zeros({4, 3})}, {"bias", zeros({5})}},
                "\"w\" has \"bias\" as f32 [5], and [4] is needed for \"bias\"");
  check_refused(linear, {{"weight", zeros({4, 3, 1})}, {"bias", bias}},
                "\"w\" has \"weight\" as f32 [4,3,1], and [4,3] is needed for \"weight\"");
  check_refused(linear, {{"kernel", zeros({4, 3})}, {"bias", bias}},
                "\"w\" has \"kernel\" as f32 [4,3], and [3,4] is needed for \"weight\": transposed?",
                {.layout = WeightLayout::keras});
  Conv2d conv = with_weights(Conv2d{2, 5, 3, {.bias = false}}, 1);
  check_refused(conv, {{"weight", zeros({3, 3, 2, 5})}},
                "\"w\" has \"weight\" as f32 [3,3,2,5], and [5,2,3,3] is needed for \"weight\": transposed?");
}

TEST_CASE("names that only one of the two has are all listed, or passed over and returned") {
  const TemporaryFolder folder;
  Sequential model = with_weights(Sequential{Linear{2, 2}, Linear{2, 2}}, 1);
  const std::vector<NamedTensor> tensors = {
      {"0.weight", ones({2, 2})}, {"0.bias", ones({2})}, {"fc.weight", ones({2, 2})}, {"a \"b\"", ones({1})}};
  check_refused(model, tensors,
                "\"w\" has other tensors than the model: it lacks 2 of the model's 4 tensors: \"1.weight\", "
                "\"1.bias\"; it has 2 that the model has not: \"fc.weight\", \"a \"b\"\"");
  check_refused(model, {},
                "\"w\" has other tensors than the model: it lacks 4 of the model's 4 tensors: \"0.weight\", "
                "\"0.bias\", \"1.weight\", \"1.bias\"",
                {.strict = false});
  save_safetensors(folder / "w", tensors, {{"by", "hand"}});
  const Tensor kept = model.parameter("1.bias");
  const LoadedWeights loaded =
      load_torch_weights(folder / "w", model, {.names = {{"1.weight", "fc.weight"}}, .strict = false});
  CHECK(loaded.missing == std::vector<std::string>{"1.bias"});
  CHECK(loaded.unexpected == std::vector<std::string>{"a \"b\""});
  CHECK(loaded.metadata == Metadata{{"by", "hand"}});
  CHECK(model.parameter("1.weight").to_vector<float>() == Numbers(4, 1));
  CHECK(same_bits(model.parameter("1.bias"), kept));
}

TEST_CASE("a map of names says what it has that the model has not, and gives no name to two tensors") {
  Sequential model = with_weights(Sequential{Linear{2, 2}, Linear{2, 3}}, 1);
  check_refused(model, {},
                "names has \"2\", which is no parameter or layer of the model: it has 0.weight, 0.bias, "
                "1.weight, 1.bias",
                {.names = {{"2", "fc"}}});
  check_refused(model, {}, "two tensors would be named \"fc.weight\" in the file",
                {.names = {{"0", "fc"}, {"1", "fc"}}});
  check_refused(model, {}, "flattened has \"2\", which is no Linear and no norm of the model",
                {.flattened = {{"2", 1}}});
  check_refused(model, {}, "flattened has 3 channels for \"1\", which does not divide the 2 inputs of \"1.weight\"",
                {.flattened = {{"1", 3}}});
  check_refused(model, {}, "flattened has 0 channels for \"0\", which does not divide the 2 inputs of \"0.weight\"",
                {.flattened = {{"0", 0}}});
}

TEST_CASE("a model of a type of one's own says which of its layers reads a flattened image") {
  const TemporaryFolder folder;
  struct Net {
    Linear fc = named("fc", Linear{6, 1, {.bias = false}});
    Parameter scale{"scale", {}};
    Tensor operator()(const Tensor& x) const { return fc(x) * scale.value; }
    void visit(const ParameterVisitor& show) { fc.visit(show), show(scale); }
    void initialise(Generator& rng) { fc.initialise(rng), scale.value = variable(ones({1, 2})); }
  };
  Net net = with_weights(Net{}, 1);
  save_safetensors(folder / "w", std::vector<NamedTensor>{{"fc.weight", tensor({{0.f, 1.f, 2.f, 3.f, 4.f, 5.f}})},
                                                          {"scale", tensor({{7.f, 8.f}})}});
  load_torch_weights(folder / "w", net, {.flattened = {{"fc", 2}}});  // [2 channels, 3 pixels]
  CHECK(parameter(net, "fc.weight").to_vector<float>() == Numbers{0, 3, 1, 4, 2, 5});
  CHECK(parameter(net, "scale").to_vector<float>() == Numbers{7, 8});
  load_torch_weights(folder / "w", net);
  CHECK(parameter(net, "fc.weight").to_vector<float>() == Numbers{0, 1, 2, 3, 4, 5});
}

TEST_CASE("files of torch.save and of Keras are named, and so is what to write instead") {
  const TemporaryFolder folder;
  Linear model = with_weights(Linear{2, 2}, 1);
  const auto said = [&](const std::string& bytes) {
    write_file(folder / "w", bytes);
    try {
      load_torch_weights(folder / "w", model);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::io);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(said(std::string("PK\3\4 archive/data.pkl")).find("save_file(model.state_dict(), path)") != std::string::npos);
  CHECK(said(std::string("\x80\2}q", 4)).find("a zip or a pickle") != std::string::npos);
  CHECK(said("\x89HDF\r\n").find("is an HDF5 file") != std::string::npos);
  for (const char* const other : {"", "PK", "{}", "words in a file"})
    CHECK(said(other).find("is not a safetensors file") != std::string::npos);
  CHECK_THROWS_AS(load_torch_weights(folder / "none", model), Error);
}

TEST_CASE("a header of any length is read, whatever format its bytes look like") {
  const TemporaryFolder folder;  // 640 is "\x80\2", as a pickle begins
  Linear model = with_weights(Linear{2, 2}, 1);
  bool seen = false;
  for (std::size_t size = 440; size < 640; size += 8) {
    save_safetensors(folder / "w", std::vector<NamedTensor>{{"weight", ones({2, 2})}, {"bias", ones({2})}},
                     {{"about", std::string(size, 'x')}});
    seen = seen || text_of(folder / "w").starts_with("\x80\2");
    load_torch_weights(folder / "w", model);
  }
  CHECK(seen);
}

TEST_CASE("a model without values, or a folder that is not there, leaves no file") {
  const TemporaryFolder folder;
  Linear model{2, 2};
  CHECK_THROWS_WITH_AS(save_torch_weights(folder / "w", model),
                       "save_torch_weights: parameter \"weight\" is not initialised: call initialise(rng) first",
                       Error);
  CHECK_THROWS_WITH_AS(load_torch_weights(folder / "w", model),
                       "load_torch_weights: parameter \"weight\" is not initialised: call initialise(rng) first",
                       Error);
  model = with_weights(model, 1);
  CHECK_THROWS_AS(save_torch_weights(folder / "none/w", model), Error);
  CHECK_THROWS_AS(save_torch_weights(folder / "w", model, {.names = {{"x", "y"}}}), Error);
  CHECK(folder.files() == 0);
}

}  // namespace logitape::tests
