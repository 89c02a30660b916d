// Files of models: classifiers, checkpoints, weights of PyTorch and Keras. What loads can be used; what does not leaves
// the model as it was.
#include <logitape.h>

#include <cstdlib>

#include "tests/fuzz/targets.h"

namespace logitape::fuzz {
namespace {

Sequential small_model() {
  Sequential model(Conv2d{1, 2, 3}, Relu{}, MaxPool2d{}, Flatten{}, Linear{2, 3});
  Generator rng{1};
  model.initialise(rng);
  return model;
}

// The numbers of a model, to see whether they changed.
std::vector<float> numbers(Sequential& model) {
  std::vector<float> all;
  for (const Tensor& t : parameters(model))
    for (const float x : t.to_vector<float>()) all.push_back(x);
  return all;
}

// Loads into a model by `load`; where it is refused no number may have changed, bit for bit.
template <class Load>
void whole_or_not_at_all(Load load) {
  Sequential model = small_model();
  const std::vector<float> before = numbers(model);
  try {
    load(model);
  } catch (const Error&) {
    if (numbers(model) != before) std::abort();
  }
}

void classifier(Bytes bytes) {
  const Classifier loaded = Classifier::load(as_file(bytes, ".safetensors"));
  if (!loaded.preprocessing) return;
  Ints rows{2};
  for (const std::int64_t extent : loaded.preprocessing->row) rows.push(extent);
  if (Shape(rows).size() > 100000) return;
  (void)loaded.predict(zeros(Shape(rows)));
}

void parameters_of_model(Bytes bytes) {
  const std::string& path = as_file(bytes, ".safetensors");
  whole_or_not_at_all([&](Sequential& model) { load_parameters(path, model); });
}

void torch_weights(Bytes bytes) {
  const std::string& path = as_file(bytes, ".safetensors");
  whole_or_not_at_all([&](Sequential& model) { load_torch_weights(path, model); });
  whole_or_not_at_all([&](Sequential& model) { load_torch_weights(path, model, {.strict = false}); });
}

void checkpoint(Bytes bytes) {
  const std::string& path = as_file(bytes, ".safetensors");
  whole_or_not_at_all([&](Sequential& model) {
    Trainer trainer{model, Adam{}, {.epochs = 1, .batch_size = 4}};
    trainer.resume(path);
  });
}

}  // namespace

extern const std::vector<Target> of_models = {{"classifier", classifier},
                                              {"parameters", parameters_of_model},
                                              {"torch_weights", torch_weights},
                                              {"checkpoint", checkpoint}};

}  // namespace logitape::fuzz
