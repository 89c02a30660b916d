// onnx FOLDER TABLE...: classifiers of every architecture that fits a table, trained a little on three of four rows,
// with a temperature; NAME.onnx, what they say of all rows as NAME.npy and NAME.csv, and NAME.rows.npy where
// the rows are not those of the table. Then models of every layer, on rows of noise.
#include <logitape.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace lt = logitape;

namespace {

std::string folder;
int written = 0;

// What the graph has to say: the probabilities, and the labels as a column of text.
void write_said(const std::string& name, const lt::Prediction& said) {
  lt::save_npy(folder + "/" + name + ".npy", said.probabilities);
  lt::write_csv(folder + "/" + name + ".csv", lt::Table{.columns = {lt::text_column("label", said.labels)}});
  ++written;
}

// A third of the held-out labels is wrong: so the temperature is above 1.
lt::Dataset doubtful(const lt::Dataset& data, std::int64_t classes) {
  std::vector<std::int64_t> labels = data.labels.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < labels.size(); i += 3) labels[i] = (labels[i] + 1) % classes;
  return {data.inputs, lt::from_span(labels, {data.size()})};
}

lt::Classifier trained(const lt::Examples& all, const std::string& architecture, const lt::Preprocessing& prepare,
                       std::span<const std::int64_t> rows) {
  lt::Generator rng{5};
  lt::Classifier classifier(prepare, architecture, rng);
  const lt::Dataset data = prepare(lt::take(all, rows));
  lt::Trainer{classifier, lt::AdamW{{.learning_rate = 3e-3}}, {.epochs = all.size() > 2000 ? 2 : 8, .batch_size = 32}}
      .fit(data);
  classifier.calibrate(doubtful(data, static_cast<std::int64_t>(prepare.classes.size())));
  return classifier;
}

std::vector<std::string> architectures(const lt::Preprocessing& p) {
  const auto size = [](const auto& list) { return std::to_string(list.size()); };
  const std::string classes = size(p.classes);
  if (p.tokenizer) return {"text:" + std::to_string(p.tokenizer->buckets) + ",8," + classes};
  const std::string in = size(p.feature_names());
  std::vector<std::string> all = {"linear:" + in + "," + classes};
  for (const char* const activation : {"relu", "silu", "gelu", "tanh"})
    all.push_back("mlp:" + in + ",32,16," + classes + ";dropout=0.1;activation=" + activation);
  if (p.image.empty()) return all;
  const std::string image = std::to_string(p.image[0]) + "," + std::to_string(p.image[1]) + ",1," + classes;
  all.push_back("lenet:" + image);
  all.push_back("small_resnet:" + image + ";width=8");
  return all;
}

// rows: the raw rows, where they are an array.
void pass_examples(const std::string& table, const lt::Examples& all, bool as_rows) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < all.size(); ++i)
    if (i % 4 != 3) rows.push_back(i);
  const lt::Preprocessing prepare = lt::Preprocessing::fit(lt::take(all, rows));
  for (const std::string& architecture : architectures(prepare)) {
    const lt::Classifier classifier = trained(all, architecture, prepare, rows);
    std::string name = table + "." + architecture.substr(0, architecture.find(':'));
    if (const std::size_t at = architecture.rfind('='); name.ends_with("mlp"))
      name += "_" + architecture.substr(at + 1);
    lt::export_onnx(folder + "/" + name + ".onnx", classifier, {.prepared = prepare.tokenizer.has_value()});
    if (prepare.tokenizer) lt::save_npy(folder + "/" + name + ".rows.npy", prepare.inputs(all));
    if (as_rows) lt::save_npy(folder + "/" + name + ".rows.npy", all.inputs);
    write_said(name, classifier.predict(all));
  }
}

// Models of every layer that architectures do not have.
void pass_model(const std::string& name, lt::Sequential model, const lt::Tensor& x,
                const lt::OnnxOptions& options = {}) {
  lt::Generator rng{8};
  model.initialise(rng);
  lt::AdamW adam{{.learning_rate = 0.02}};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) labels.push_back(i % 3);
  for (int step = 0; step < 10; ++step)
    adam.step(model, lt::grad(lt::cross_entropy(model(x), lt::from_span(labels, {x.shape()[0]})), model.parameters()));
  lt::export_onnx(folder + "/" + name + ".onnx", model, options);
  lt::save_npy(folder + "/" + name + ".rows.npy", x);
  const lt::Tensor logits = model(x, lt::evaluation);
  lt::Prediction said{lt::softmax(logits / options.temperature), {}, {}};
  for (const std::int64_t c : lt::argmax(logits, 1).to_vector<std::int64_t>()) said.labels.push_back(std::to_string(c));
  write_said(name, said);
}

void pass_models() {
  lt::Generator rng{2};
  const lt::Tensor x = lt::randn({60, 8, 6, 2}, rng), flat = lt::randn({60, 12}, rng);
  const lt::Tensor ids = (lt::uniform({60, 9}, rng) * 20.0).to(lt::DType::i64);
  pass_model("layers.pools",
             {lt::Conv2d{2, 5, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}}, lt::Sigmoid{},
              lt::MaxPool2d{{.size = 3, .stride = 1, .padding = 1}}, lt::LayerNorm{5},
              lt::AvgPool2d{{.size = {2, 3}, .stride = 1, .padding = {1, 2}}}, lt::Flatten{}, lt::BatchNorm{150},
              lt::Linear{150, 3, {.bias = false}}},
             x, {.temperature = 0.7, .image = {8, 6, 2}});
  pass_model("layers.means", {lt::Linear{2, 4}, lt::BatchNorm{4}, lt::Silu{}, lt::GlobalAvgPool2d{}, lt::Linear{4, 3}},
             x, {.image = {8, 6, 2}});
  pass_model("layers.rows",
             {lt::Linear{4, 6}, lt::BatchNorm{6}, lt::Gelu{}, lt::LayerNorm{6}, lt::Tanh{}, lt::Flatten{},
              lt::Sequential{lt::Linear{18, 8}, lt::Dropout{0.3}, lt::Relu{}}, lt::Linear{8, 3}},
             lt::reshape(flat, {60, 3, 4}), {.image = {3, 4}});
  pass_model("layers.blocks",
             {lt::Unflatten{{3, 4, 1}}, lt::ResidualBlock{1, 4}, lt::ResidualBlock{4, 4}, lt::ResidualBlock{4, 6, 2},
              lt::Flatten{}, lt::Linear{24, 3}},
             flat);
  pass_model("layers.words", {lt::Embedding{20, 4}, lt::Linear{4, 3}, lt::Flatten{}, lt::Linear{27, 3}}, ids,
             {.image = {9}});
  const lt::Tensor padded = lt::where(ids < 7, lt::tensor(std::int64_t{-1}), ids);
  pass_model("layers.bag", {lt::EmbeddingBag{20, 4}, lt::Linear{4, 3}}, padded);
  pass_model("layers.sums", {lt::EmbeddingBag{20, 4, {.mean = false}}, lt::Linear{4, 3}}, padded);
}

void pass_arrays() {
  const lt::Examples digits = lt::load_examples("examples/data/digits.csv");
  const lt::Tensor pixels = digits.inputs.to(lt::DType::u8);
  pass_examples("images", lt::examples_of(lt::reshape(pixels, {-1, 8, 8}), digits.labels), true);
  const lt::Examples wine = lt::load_examples("examples/data/wine.csv");
  pass_examples("numbers", lt::examples_of(wine.inputs, wine.labels), true);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2) return 2;
    folder = argv[1];
    for (int i = 2; i < argc; ++i) {
      const std::filesystem::path path = argv[i];
      pass_examples(path.stem().stem().string(), lt::load_examples(path, {.csv = {.allow_missing = true}}), false);
    }
    pass_arrays();
    pass_models();
    std::printf("%d models exported\n", written);
  } catch (const lt::Error& error) {
    std::fprintf(stderr, "onnx: %s\n", error.what());
    return 1;
  }
}
