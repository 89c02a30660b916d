// weights out FOLDER: models with weights of their own, saved by save_torch_weights, with rows and what they make of
// them. weights in FOLDER: the same models with the weights that torch or Keras wrote, and what they make of the rows.
#include <logitape.h>

#include <cstdio>
#include <string>

namespace lt = logitape;

namespace {

// A model of a type of one's own, with PyTorch's names.
struct Net {
  lt::Conv2d conv = lt::named("conv", lt::Conv2d{3, 4, 3, {.stride = 2}});
  lt::Linear fc = lt::named("fc", lt::Linear{4 * 3 * 4, 5});

  lt::Tensor operator()(const lt::Tensor& x) const {
    return fc(lt::reshape(lt::relu(conv(lt::reshape(x, {-1, 7, 9, 3}))), {-1, 4 * 3 * 4}));
  }
  void visit(const lt::ParameterVisitor& show) { conv.visit(show), fc.visit(show); }
  void initialise(lt::Generator& rng) { conv.initialise(rng), fc.initialise(rng); }
};

lt::Sequential mlp(lt::DType dtype) {
  return {lt::Linear{20, 32, {.dtype = dtype}},
          lt::Silu{},
          lt::Dropout{0.5},
          lt::Linear{32, 16, {.bias = false, .dtype = dtype}},
          lt::LayerNorm{16, {.dtype = dtype}},
          lt::Gelu{},
          lt::Linear{16, 5, {.dtype = dtype}}};
}

lt::Sequential norms() {
  return {
      lt::Unflatten{{8, 6, 2}},   lt::Conv2d{2, 4, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}},
      lt::BatchNorm{4},           lt::Tanh{},
      lt::AvgPool2d{{.size = 2}}, lt::Flatten{},
      lt::BatchNorm{16},          lt::Linear{16, 3}};
}

// Two layers that Keras has by the same names, one of them within another.
lt::Sequential keras_net() {
  return {lt::Unflatten{{8, 8, 2}},
          lt::Conv2d{2, 4, 3},
          lt::BatchNorm{4, {.momentum = 0.01, .epsilon = 1e-3}},
          lt::Relu{},
          lt::MaxPool2d{2},
          lt::Flatten{},
          lt::Linear{36, 3}};
}

const lt::TorchWeightsOptions of_keras{.layout = lt::WeightLayout::keras,
                                       .names = {{"1", "conv"}, {"2", "norm"}, {"6", "dense"}}};

// Running means and variances, biases and scales of every size: those of a few steps.
template <class M>
void stir(M& model, const lt::Tensor& x, lt::Generator& rng) {
  model.initialise(rng);
  lt::AdamW adam{{.learning_rate = 0.02}};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) labels.push_back(i % 3);
  const lt::Tensor truth = lt::from_span(labels, {x.shape()[0]});
  for (int step = 0; step < 10; ++step)
    adam.step(model, lt::grad(lt::cross_entropy(model(x), truth), lt::parameters(model)));
}

bool out = false;
std::string folder;

template <class M>
void pass(const std::string& name, M model, const lt::Tensor& x, const lt::TorchWeightsOptions& options = {}) {
  const std::string at = folder + "/" + name;
  lt::Generator rng{7};
  if (out) {
    stir(model, x, rng);
    lt::save_torch_weights(at + ".safetensors", model, options);
    lt::save_npy(at + ".rows.npy", x);
  } else {
    model.initialise(rng);
    lt::load_torch_weights(at + ".theirs.safetensors", model, options);
  }
  lt::save_npy(at + (out ? ".npy" : ".back.npy"), lt::evaluated(model, x));
}

void pass_all() {
  lt::Generator rng{3};
  const auto rows = [&](std::int64_t width) { return lt::randn({40, width}, rng); };
  const auto ids = [&](std::int64_t below, std::int64_t length) {
    return (lt::uniform({40, length}, rng) * static_cast<double>(below)).to(lt::DType::i64);
  };
  const lt::Tensor x = rows(20);
  pass("mlp", mlp(lt::DType::f32), x);
  pass("mlp_f64", mlp(lt::DType::f64), x.to(lt::DType::f64));
  pass("mlp_f16", mlp(lt::DType::f32), x);
  pass("mlp_bf16", mlp(lt::DType::f32), x);
  pass("lenet", lt::lenet(10, {28, 28, 1}), rows(784));
  pass("lenet_rgb", lt::lenet(4, {12, 16, 3}), rows(576));
  pass("small_resnet", lt::small_resnet(5, {12, 10, 3}, 8), rows(360));
  pass("norms", norms(), rows(96));
  pass("text", lt::Sequential{lt::EmbeddingBag{50, 8}, lt::Linear{8, 3}}, ids(50, 7));
  pass("words", lt::Sequential{lt::Embedding{30, 6}, lt::Flatten{}, lt::Linear{24, 3}}, ids(30, 4));
  pass("nested", lt::Sequential{lt::Sequential{lt::Linear{20, 8}, lt::Relu{}}, lt::Linear{8, 3}}, x,
       {.names = {{"", "model"}, {"0", "body"}, {"1.bias", "shift"}}});
  pass("net", Net{}, rows(7 * 9 * 3), {.flattened = {{"fc", 4}}});
  pass("keras", keras_net(), rows(128), of_keras);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) return 2;
    out = std::string(argv[1]) == "out";
    folder = argv[2];
    pass_all();
  } catch (const lt::Error& error) {
    std::fprintf(stderr, "weights: %s\n", error.what());
    return 1;
  }
}
