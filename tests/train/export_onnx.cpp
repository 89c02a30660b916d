// ONNX files, read back field by field: the graph's inputs, nodes, weights and outputs; and what is refused. Numbers
// are compared with onnxruntime's in tests/exchange.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/protobuf.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;
using Numbers = std::vector<float>;

constexpr std::int64_t f32 = 1, i64 = 7, text = 8, f64 = 11;  // TensorProto.DataType

OnnxModel read(const auto& model, const OnnxOptions& options = {}) {
  OnnxModel graph(onnx_bytes(model, options));
  graph.check_whole();
  CHECK(graph.ir_version == 8);
  CHECK(graph.opsets[""] == 17);
  REQUIRE(graph.outputs.size() == 2);
  CHECK(graph.outputs[0].name == "label");
  CHECK(graph.outputs[0].type == text);
  CHECK(graph.outputs[0].extents == Texts{"batch"});
  CHECK(graph.outputs[1].name == "probabilities");
  CHECK(graph.outputs[1].type == f32);
  CHECK(graph.outputs[1].extents[0] == "batch");
  for (const OnnxValue& input : graph.inputs) CHECK(input.extents[0] == "batch");
  return graph;
}

Sequential begun(Sequential model) {
  Generator rng{1};
  model.initialise(rng);
  return model;
}

void check_refused(const auto& call, const std::string& sentence, ErrorCode code = ErrorCode::invalid_argument) {
  CAPTURE(sentence);
  try {
    call();
    FAIL_CHECK("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == code);
    CHECK(std::string(error.what()).find("export_onnx: " + sentence) == 0);
  }
}

const float missing = std::numeric_limits<float>::quiet_NaN();

// Columns of numbers and text, one of them called as an output.
Table animals(const std::string& second = "colour", const std::string& last_text = "家") {
  Table t;
  t.columns.push_back({.name = "weight (kg)", .values = {4, 30, missing, 3, 22, 5}, .categories = {}});
  t.columns.push_back({.name = "age", .values = {1, 2, 3, 4, 5, 6}, .categories = {}});
  t.columns.push_back(text_column(second, Texts{"a \"b\"", "", "c", "c", "", last_text}));
  t.columns.push_back({.name = "label", .values = {1, 0, 1, 0, 1, 0}, .categories = {}});
  t.columns.push_back(text_column("kind", Texts{"Kätzchen", "dog", "dog", "Kätzchen", "dog", "dog"}));
  return t;
}

Classifier of_table(const Table& table, const std::string& architecture) {
  Generator rng{2};
  return {Preprocessing::fit(examples_of(table)), architecture, rng};
}

}  // namespace

TEST_CASE("ONNX: a table has an input for each column by its name, numbers as doubles, texts as strings") {
  const Classifier classifier = of_table(animals(), "mlp:7,5,2");
  const OnnxModel graph = read(classifier, {.about = "of animals"});
  REQUIRE(graph.inputs.size() == 4);
  const Texts names = {"weight (kg)", "age", "colour", "label_2"};
  const Integers types = {f64, f64, text, f64};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(graph.inputs[i].name == names[i]);
    CHECK(graph.inputs[i].type == types[i]);
    CHECK(graph.inputs[i].extents == Texts{"batch", "1"});
  }
  CHECK(graph.inputs[3].about == "column label");
  CHECK(graph.about == "of animals");
  CHECK(graph.opsets.at("ai.onnx.ml") == 3);
  CHECK(graph.metadata.at("architecture") == "mlp:7,5,2");
  CHECK(graph.metadata.at("temperature") == "1.0");
  CHECK(graph.metadata.at("classes") == R"(["Kätzchen","dog"])");
  CHECK(graph.constant("classes").texts == Texts{"Kätzchen", "dog"});
  CHECK(graph.types() == Texts{"Concat",  "IsNaN", "Where", "Sub",     "Div",    "Cast",  "OneHotEncoder",
                               "Reshape", "IsNaN", "Where", "Sub",     "Div",    "Cast",  "Concat",
                               "Gemm",    "Relu",  "Gemm",  "Softmax", "ArgMax", "Gather"});
  const OnnxNode& encoder = graph.node("OneHotEncoder");
  CHECK(encoder.texts.at("cats_strings") == classifier.preprocessing->columns[2].categories);
  CHECK(encoder.texts.at("cats_strings") == Texts{"a \"b\"", "c", "家", ""});
  CHECK(encoder.integers.at("zeros") == Integers{1});
  CHECK(graph.constant("mean").as<double>() == std::vector<double>{12.8, 3.5});  // of 4, 30, 3, 22, 5; of 1 to 6
}

TEST_CASE("ONNX: names that collide or are empty are told apart, however many there are") {
  Classifier classifier = of_table(animals("probabilities"), "linear:7,2");
  classifier.preprocessing->columns[0].name = "";
  classifier.preprocessing->columns[1].name = "Gemm_16";  // as a node may be called
  const OnnxModel graph = read(classifier);
  CHECK(graph.inputs[0].name == "column");
  CHECK(graph.inputs[1].name == "Gemm_16");
  CHECK(graph.inputs[2].name == "probabilities_2");
  classifier.preprocessing->columns[1].name = "label";
  CHECK(read(classifier).inputs[3].name == "label_3");
}

TEST_CASE("ONNX: raw numbers are floats where that is asked for, and then become doubles first") {
  const OnnxModel graph = read(of_table(animals(), "linear:7,2"), {.numbers = DType::f32});
  CHECK(graph.inputs[0].type == f32);
  CHECK(graph.types()[1] == "Cast");
  CHECK(graph.nodes[1].integers.at("to") == Integers{f64});
  check_refused([] { onnx_bytes(of_table(animals(), "linear:7,2"), {.numbers = DType::i32}); },
                "raw numbers are asked for as i32; f32 or f64 is possible");
}

TEST_CASE(
    "ONNX: floats are refused for a column that they are too coarse for, and are not the choice for such images") {
  Table times = animals();
  times.columns[1].name = "seconds";
  times.columns[1].values = {1.7e9, 1.7e9 + 1, 1.7e9 + 2, 1.7e9 + 3, 1.7e9 + 4, 1.7e9 + 5};
  check_refused([&] { onnx_bytes(of_table(times, "linear:7,2"), {.numbers = DType::f32}); },
                "raw numbers are asked for as f32, which does not hold column 'seconds'");
  Generator rng{1};
  const Tensor fine = uniform({40, 8, 8}, rng, DType::f64) + 1e9;
  Integers labels;
  for (std::int64_t i = 0; i < 40; ++i) labels.push_back(i % 2);
  const Examples images = examples_of(fine, from_span(labels, {40}), {}, Shape{8, 8});
  CHECK(read(Classifier(Preprocessing::fit(images), "linear:64,2", rng)).inputs[0].type == f64);
}

TEST_CASE("ONNX: prepared rows go in where that is asked for, and the graph begins behind the preprocessing") {
  const OnnxModel graph = read(of_table(animals(), "mlp:7,5,2;activation=silu"), {.prepared = true});
  REQUIRE(graph.inputs.size() == 1);
  CHECK(graph.inputs[0].name == "input");
  CHECK(graph.inputs[0].type == f32);
  CHECK(graph.inputs[0].extents == Texts{"batch", "7"});
  CHECK(graph.types() == Texts{"Gemm", "Sigmoid", "Mul", "Gemm", "Softmax", "ArgMax", "Gather"});
  CHECK_FALSE(graph.opsets.contains("ai.onnx.ml"));
}

TEST_CASE("ONNX: images and rows of numbers are one input; pixels are floats") {
  Generator rng{3};
  Integers labels;
  for (std::int64_t i = 0; i < 40; ++i) labels.push_back(i % 2);
  const Tensor truth = from_span(labels, {40}), pixels = (uniform({40, 8, 8}, rng) * 255).to(DType::u8);
  const auto graph_of = [&](const Examples& examples, const char* architecture) {
    return read(Classifier(Preprocessing::fit(examples), architecture, rng));
  };
  for (const char* const architecture : {"lenet:8,8,1,2", "small_resnet:8,8,1,2;width=4", "mlp:64,5,2"}) {
    const OnnxModel graph = graph_of(examples_of(pixels, truth), architecture);
    REQUIRE(graph.inputs.size() == 1);
    CHECK(graph.inputs[0].name == "pixels");
    CHECK(graph.inputs[0].type == f32);
    CHECK(graph.inputs[0].extents == Texts{"batch", "8", "8"});
    CHECK(graph.constant("scale").extents == Integers{1});  // all pixels together
  }
  Table table;
  const auto values = pixels.to_vector<double>();
  for (std::size_t c = 0; c < 64; ++c) {
    Column column{.name = "p" + std::to_string(c), .values = {}, .categories = {}};
    for (std::size_t r = 0; r < 40; ++r) column.values.push_back(values[r * 64 + c]);
    table.columns.push_back(column);
  }
  table.columns.push_back({.name = "digit", .values = truth.to_vector<double>(), .categories = {}});
  const OnnxModel of_table = graph_of(examples_of(table, {.image = Shape{8, 8}}), "lenet:8,8,1,2");
  REQUIRE(of_table.inputs.size() == 1);
  CHECK(of_table.inputs[0].extents == Texts{"batch", "64"});
  CHECK(of_table.inputs[0].about.find("columns p0, p1, p2") == 0);
  const OnnxModel rows = graph_of(examples_of(randn({40, 3}, rng), truth), "linear:3,2");
  CHECK(rows.inputs[0].name == "input");
  CHECK(rows.inputs[0].type == f64);
  CHECK(rows.inputs[0].extents == Texts{"batch", "3"});
  CHECK(rows.constant("scale").extents == Integers{3});
}

TEST_CASE("ONNX: free text says why it cannot be written; behind it the input is ids, as many as there are") {
  Generator rng{1};
  Table table;
  table.columns = {text_column("review", Texts{"a good one", "quite bad", "very good", "bad, bad"}),
                   text_column("kind", Texts{"up", "down", "up", "down"})};
  const Classifier classifier(Preprocessing::fit(examples_of(table), {.free_text = true}), "text:32768,4,2", rng);
  check_refused([&] { onnx_bytes(classifier); },
                "the preprocessing hashes the words of free text byte by byte, and ONNX has no operator that sees the "
                "bytes of a string; with OnnxOptions::prepared the graph begins behind it, at the ids of "
                "HashingTokenizer",
                ErrorCode::unsupported);
  const OnnxModel graph = read(classifier, {.prepared = true});
  CHECK(graph.inputs[0].type == i64);
  CHECK(graph.inputs[0].extents == Texts{"batch", "ids"});
  // -1 counts from the end: a row of zeros
  const OnnxConstant& table_of = graph.constant("0.weight");
  CHECK(table_of.extents == Integers{32769, 4});
  const Numbers rows = table_of.as<float>();
  CHECK(Numbers(rows.end() - 4, rows.end()) == Numbers(4, 0));
  CHECK(Numbers(rows.begin(), rows.end() - 4) == classifier.model().parameter("0.weight").to_vector<float>());
}

TEST_CASE("ONNX: weights are the model's, a Conv2d's as [out, in, down, across]; its window is said") {
  const Sequential model = begun({Conv2d{2, 3, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}},
                                  AvgPool2d{{.size = 2, .stride = 1, .padding = 1}}, Flatten{}, Linear{27, 2}});
  const OnnxModel graph = read(model, {.name = "net", .classes = {"no", "yes"}, .temperature = 2, .image = {4, 4, 2}});
  CHECK(graph.name == "net");
  CHECK(graph.inputs[0].extents == Texts{"batch", "4", "4", "2"});
  CHECK(graph.types() == Texts{"Transpose", "Conv", "AveragePool", "Transpose", "Reshape", "Gemm", "Div", "Softmax",
                               "ArgMax", "Gather"});
  const OnnxNode& conv = graph.node("Conv");
  CHECK(conv.integers.at("strides") == Integers{2, 1});
  CHECK(conv.integers.at("pads") == Integers{1, 0, 1, 0});
  CHECK(conv.integers.at("dilations") == Integers{1, 2});
  CHECK(conv.integers.at("kernel_shape") == Integers{3, 2});
  CHECK(graph.node("AveragePool").integers.at("count_include_pad") == Integers{1});
  CHECK(graph.constant("0.weight").extents == Integers{3, 2, 3, 2});
  CHECK(graph.constant("0.weight").as<float>() ==
        permute(model.parameter("0.weight"), {3, 2, 0, 1}).to_vector<float>());
  CHECK(graph.constant("3.weight").as<float>() == model.parameter("3.weight").to_vector<float>());
  CHECK(graph.constant("temperature").as<float>() == Numbers{2});
  CHECK(graph.constant("classes").texts == Texts{"no", "yes"});
}

TEST_CASE("ONNX: Gelu and Silu are made of other operators, a residual block of two branches") {
  CHECK(read(begun({Linear{2, 3}, Gelu{}, Linear{3, 2}})).types() ==
        Texts{"Gemm", "Mul", "Erf", "Add", "Mul", "Mul", "Gemm", "Softmax", "ArgMax", "Gather"});
  CHECK(read(begun({Unflatten{{4, 4, 1}}, ResidualBlock{1, 2, 2}, GlobalAvgPool2d{}})).types() ==
        Texts{"Reshape", "Transpose", "Conv", "BatchNormalization", "Relu", "Conv", "BatchNormalization", "Conv",
              "BatchNormalization", "Add", "Relu", "GlobalAveragePool", "Flatten", "Softmax", "ArgMax", "Gather"});
  const OnnxModel norm = read(begun({Linear{2, 3, {.bias = false}}, LayerNorm{3, {.epsilon = 0.25}}}));
  CHECK(norm.node("LayerNormalization").reals.at("epsilon") == 0.25f);
  CHECK(norm.node("Gemm").inputs.size() == 2);
}

TEST_CASE("ONNX: layers and values that cannot be written are refused by name and place") {
  const auto nothing = [](const Tensor& x) { return x; };
  check_refused(
      [&] {
        onnx_bytes(begun({Linear{2, 2}, nothing}));
      },
      "layer 1 of the model, a lambda, cannot be written; Linear, Conv2d", ErrorCode::unsupported);
  check_refused(
      [] {
        onnx_bytes(begun({Linear{2, 2, {.dtype = DType::f64}}, Relu{}}));
      },
      "layer 0 of the model, Linear{2, 2}, has \"0.weight\" as f64 [2,2]; f32 is needed", ErrorCode::unsupported);
  check_refused(
      [] {
        onnx_bytes(Sequential{Linear{2, 2}, Relu{}});
      },
      "parameter \"0.weight\" is not initialised: call initialise(rng) first");
  Sequential infinite = begun({Linear{1, 2}, Relu{}});
  parameter_of(infinite, "0.bias").value = variable(tensor({1.f, std::numeric_limits<float>::infinity()}));
  check_refused([&] { onnx_bytes(infinite); },
                "layer 0 of the model, Linear{1, 2}, has inf as element 1 of \"0.bias\"; an exported model holds "
                "finite numbers");
  check_refused(
      [] {
        onnx_bytes(begun({Conv2d{1, 2, 3}, Flatten{}}));
      },
      "layer 0 of the model, Conv2d{1, 2, {3, 3}}, takes images of an unknown size: give it as "
      "OnnxOptions::image");
  check_refused(
      [] {
        onnx_bytes(begun({Relu{}, Tanh{}}));
      },
      "the model has no layer that tells how many inputs it takes: give their shape as OnnxOptions::image");
  check_refused(
      [] {
        onnx_bytes(begun({Embedding{3, 2}, Flatten{}}));
      },
      "an Embedding takes ids of any shape: give that of a row as OnnxOptions::image");
  check_refused(
      [] {
        onnx_bytes(begun({Conv2d{1, 2, 1}, Relu{}}), {.image = {2, 2, 1}});
      },
      "the model puts out [2,2,2] for a row; one number a class is needed, [classes]");
}

TEST_CASE("ONNX: options that contradict the model are refused, and text that is not UTF-8") {
  const Sequential model = begun({Linear{2, 3}, Relu{}});
  check_refused([&] { onnx_bytes(model, {.classes = {"a"}}); }, "1 names are given for 3 classes");
  for (const double temperature : {0.0, -1.0, 1e-60, std::numeric_limits<double>::infinity()})
    check_refused([&] { onnx_bytes(model, {.temperature = temperature}); }, "the temperature is ");
  check_refused([&] { onnx_bytes(model, {.name = ""}); }, "the name of the graph is empty");
  check_refused([&] { onnx_bytes(model, {.name = "\xff"}); }, "the name \"\xff\" is not UTF-8, which ONNX needs");
  check_refused([&] { onnx_bytes(model, {.classes = {"a", "b", "\xc3("}}); }, "the class \"\xc3(\" is not UTF-8");
  check_refused([&] { onnx_bytes(model, {.about = std::string("a\0b", 3)}); },
                "the text about the model \"a\" has a zero byte");
  check_refused([] { onnx_bytes(of_table(animals("\xe9t\xe9"), "linear:7,2")); },
                "the name \"\xe9t\xe9\" is not UTF-8");
  check_refused([] { onnx_bytes(of_table(animals("colour", "\xe9t\xe9"), "linear:7,2")); },
                "the category \"\xe9t\xe9\" is not UTF-8");
  check_refused(
      [] {
        onnx_bytes(of_table(animals(), "linear:7,2"), {.classes = {"x", "y"}});
      },
      "2 names of classes and the temperature 1 are given beside a classifier, which has its own");
  check_refused([] { onnx_bytes(of_table(animals(), "linear:8,2")); },
                "the preprocessing gives 7 numbers, the model takes 8");
  check_refused([] { onnx_bytes(of_table(animals(), "linear:7,3")); }, "2 names are given for 3 classes");
}

TEST_CASE("ONNX: the file is its bytes; where it cannot be written, or the model is refused, nothing changes") {
  const TemporaryFolder folder;
  const Classifier classifier = of_table(animals(), "linear:7,2");
  export_onnx(folder / "m.onnx", classifier);
  const std::string bytes = text_of(folder / "m.onnx");
  CHECK(bytes == onnx_bytes(classifier));
  const Sequential refused{Linear{2, 2}, Relu{}}, model = begun(refused);
  CHECK_THROWS_AS(export_onnx(folder / "m.onnx", refused), Error);
  CHECK_THROWS_AS(export_onnx(folder / "none/m.onnx", model), Error);
  CHECK_THROWS_AS(export_onnx(folder.path.string(), model), Error);
  CHECK(text_of(folder / "m.onnx") == bytes);
  CHECK(folder.files() == 1);
  export_onnx(folder / "m.onnx", model);
  CHECK(text_of(folder / "m.onnx") == onnx_bytes(model));
}

}  // namespace logitape::tests
