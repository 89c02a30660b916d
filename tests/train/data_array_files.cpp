// Arrays in files, of every dtype, shape and name that people give them: read as examples, learnt from, and read again
// later.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;
using Labels = std::vector<std::int64_t>;

constexpr std::int64_t rows = 24;

Tensor labels_of(std::int64_t classes) {
  Labels labels;
  for (std::int64_t i = 0; i < rows; ++i) labels.push_back(i % classes);
  return from_span(labels, {rows});
}

// Whole numbers from 0 to 60, so that every dtype holds them: of class c those about 20 c.
Tensor inputs_of(const Shape& row, std::int64_t classes) {
  std::vector<std::int64_t> extents{rows};
  extents.insert(extents.end(), row.begin(), row.end());
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < rows * row.size(); ++i) values.push_back(i / row.size() % classes * 20 + i * 7 % 20);
  return from_span(values, Shape(extents));
}

// A little-endian array of texts, of 4 bytes a character ("<U3") or of 1 ("|S3").
std::string npy_of_texts(const Texts& texts, char kind) {
  const std::size_t width = 5;
  std::string dictionary = std::string("{'descr': '") + (kind == 'U' ? "<U5" : "|S5") +
                           "', 'fortran_order': False, 'shape': (" + std::to_string(texts.size()) + ",), }";
  std::string bytes = std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(dictionary.size()) + '\0' + dictionary;
  for (const std::string& text : texts)
    for (std::size_t i = 0; i < width; ++i) {
      bytes += i < text.size() ? text[i] : '\0';
      if (kind == 'U') bytes += std::string(3, '\0');
    }
  return bytes;
}

// A model learns from the file and tells its rows apart; which kind of model does not matter.
void check_learns(const std::string& path, const LoadOptions& options, const Shape& row) {
  const Examples all = load_examples(path, options);
  CHECK(all.size() == rows);
  CHECK(Shape(std::span(all.inputs.shape()).subspan(1)) == row);
  Preprocessing prepare = Preprocessing::fit(all);
  prepare.reading = options;
  const Dataset prepared = prepare(all);
  CHECK(prepared.inputs.dtype() == DType::f32);
  Generator rng{1};
  Classifier classifier(prepare, recipe_for(prepare, rows, "linear").architecture, rng);
  const TemporaryFolder folder;
  classifier.save(folder / "c");
  const Classifier loaded = Classifier::load(folder / "c");
  LoadOptions again = loaded.preprocessing->how_to_read(true);
  again.labels_file = options.labels_file;
  const Examples later = load_examples(path, again);
  CHECK((*loaded.preprocessing)(later).inputs.to_vector<float>() == prepared.inputs.to_vector<float>());
  CHECK((*loaded.preprocessing)(later).labels.to_vector<std::int64_t>() == prepared.labels.to_vector<std::int64_t>());
}

}  // namespace

TEST_CASE(
    "arrays of every dtype and shape are examples, from .npy with a labels file and from safetensors by their names") {
  const TemporaryFolder folder;
  for (int d = 0; d < dtype_count; ++d)
    for (const Shape& row :
         {Shape(), Shape{1}, Shape{3}, Shape{11}, Shape{5, 4}, Shape{2, 3, 2, 2}, Shape{2, 1, 2, 1, 2}}) {
      const auto dtype = static_cast<DType>(d);
      CAPTURE(dtype);
      CAPTURE(row);
      const Tensor x = inputs_of(row, 3).to(dtype), y = labels_of(3);
      const Shape wanted = row.rank() == 0 ? Shape{1} : row;
      save_safetensors(folder / "a", std::vector<NamedTensor>{{"x", x}, {"y", y}});
      check_learns(folder / "a", {}, wanted);
      if (dtype == DType::bf16) continue;  // NumPy has none
      save_npy(folder / "x.npy", x);
      save_npy(folder / "y.npy", y);
      check_learns(folder / "x.npy", {.labels_file = folder / "y.npy"}, wanted);
    }
}

TEST_CASE("a table alone has its labels in the last column, whatever file it is in") {
  const TemporaryFolder folder;
  for (const DType dtype : {DType::f16, DType::f32, DType::f64, DType::i8, DType::u8, DType::i64}) {
    const Tensor table = concat({inputs_of({3}, 2), reshape(labels_of(2), {rows, 1})}, 1).to(dtype);
    save_npy(folder / "t.npy", table);
    check_learns(folder / "t.npy", {}, {3});
    save_safetensors(folder / "t", std::vector<NamedTensor>{{"whatever", table}});
    check_learns(folder / "t", {}, {3});
    CHECK(load_examples(folder / "t", {.labelled = false}).inputs.shape() == Shape{rows, 4});
  }
}

TEST_CASE("inputs and labels are found by the names that people give them, in any case") {
  const TemporaryFolder folder;
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [inputs, labels] : {Pair{"x", "y"},
                                       {"X", "y"},
                                       {"X", "Y"},
                                       {"data", "target"},
                                       {"images", "labels"},
                                       {"inputs", "labels"},
                                       {"X_train", "y_train"},
                                       {"x_train", "y_train"},
                                       {"features", "label"},
                                       {"train_images", "train_labels"},
                                       {"arr_0", "arr_1"},
                                       {"Data", "Classes"}}) {
    CAPTURE(inputs);
    save_safetensors(folder / "a", std::vector<NamedTensor>{
                                       {labels, labels_of(2)}, {"another", ones({2})}, {inputs, inputs_of({3}, 2)}});
    check_learns(folder / "a", {}, {3});
  }
  save_safetensors(folder / "a", std::vector<NamedTensor>{{"p", inputs_of({3}, 2)}, {"q", labels_of(2)}});
  check_learns(folder / "a", {.inputs = "p", .labels = "q"}, {3});
}

TEST_CASE("labels are numbers of any dtype, one-hot rows, or texts") {
  const TemporaryFolder folder;
  const Tensor x = inputs_of({3}, 3), y = labels_of(3);
  for (int d = 0; d < dtype_count; ++d) {
    const auto dtype = static_cast<DType>(d);
    CAPTURE(dtype);
    const Examples e = examples_of(x, y.to(dtype));
    CHECK(e.classes == (dtype == DType::boolean ? Texts{"0", "1"} : Texts{"0", "1", "2"}));
    const Examples hot = examples_of(x, one_hot(y, 3).to(dtype));
    CHECK(hot.classes == Texts{"0", "1", "2"});
    CHECK(hot.labels.to_vector<std::int64_t>() == y.to_vector<std::int64_t>());
    CHECK(hot.notes == Texts{"a label is the place of the 1 among 3 numbers"});
  }
  CHECK(examples_of(x, reshape(y, {rows, 1})).labels.to_vector<std::int64_t>() == y.to_vector<std::int64_t>());
  CHECK(refusal_of([&] {
          examples_of(x, full({rows, 3}, 1.0 / 3));
        }) ==
        "examples_of: row 0 of the labels f32 [24,3] is not one 1 among zeros: [n], [n,1] or such rows are needed");
  CHECK(refusal_of([&] { examples_of(x, ones({rows, 3})); }).find("row 0 of the labels") != std::string::npos);
  save_npy(folder / "x.npy", x);
  const Texts of_class = {"dog", "cat", "b"};
  Texts texts;
  for (const std::int64_t label : y.to_vector<std::int64_t>())
    texts.push_back(of_class[static_cast<std::size_t>(label)]);
  for (const char kind : {'U', 'S'}) {
    std::ofstream(folder / "y.npy", std::ios::binary) << npy_of_texts(texts, kind);
    const Examples named = load_examples(folder / "x.npy", {.labels_file = folder / "y.npy"});
    CHECK(named.classes == Texts{"b", "cat", "dog"});
    CHECK(Labels{2, 1, 0} == [&] {
      auto l = named.labels.to_vector<std::int64_t>();
      l.resize(3);
      return l;
    }());
  }
  texts[4].clear();
  std::ofstream(folder / "y.npy", std::ios::binary) << npy_of_texts(texts, 'U');
  CHECK(refusal_of([&] {
          load_examples(folder / "x.npy", {.labels_file = folder / "y.npy"});
        }).ends_with("the label of row 4 is an empty text"));
  std::string cut = npy_of_texts(texts, 'U');
  cut.pop_back();
  std::ofstream(folder / "y.npy", std::ios::binary) << cut;
  CHECK(refusal_of([&] { load_examples(folder / "x.npy", {.labels_file = folder / "y.npy"}); }).find("truncated") !=
        std::string::npos);
  CHECK(refusal_of([&] { load_examples(folder / "y.npy"); }) != "");
}

TEST_CASE("images are seen from their shape, with the channels first or last, and pixels that are floats") {
  const auto image = [](const Shape& row, DType dtype) { return examples_of(inputs_of(row, 2).to(dtype)); };
  for (const DType dtype : {DType::u8, DType::f32, DType::f64, DType::i64}) {
    CAPTURE(dtype);
    CHECK(image({8, 9}, dtype).image == Shape{8, 9});
    CHECK(image({6, 5, 3}, dtype).image == Shape{6, 5, 3});
    CHECK(image({6, 5, 1}, dtype).image == Shape{6, 5, 1});
    CHECK(image({6, 5, 5}, dtype).image.rank() == 0);
    CHECK(image({3, 4}, dtype).image == (dtype == DType::u8 ? Shape{3, 4} : Shape()));
    for (const std::int64_t channels : {1, 3, 4}) {
      const Tensor first = inputs_of({channels, 6, 5}, 2).to(dtype);
      const Examples e = examples_of(first);
      CHECK(e.image == Shape{6, 5, channels});
      CHECK(e.inputs.shape() == Shape{rows, 6, 5, channels});
      CHECK(e.inputs.to_vector<double>() == permute(first, {0, 2, 3, 1}).to_vector<double>());
      CHECK(e.notes == Texts{"the rows [" + std::to_string(channels) + ",6,5] are images whose channels come first"});
      CHECK(examples_of(first, Shape()).inputs.shape() == first.shape());  // it is said that they are none
      CHECK(examples_of(first, Shape{6, 5, channels}).inputs.to_vector<double>() == e.inputs.to_vector<double>());
    }
  }
  CHECK(examples_of(inputs_of({9, 9}, 2).to(DType::f32) - 30).image.rank() == 0);  // what is below 0 is no pixel
  CHECK(refusal_of([] {
          examples_of(ones({2, 12}), Shape{3, 3});
        }) == "examples_of: an image [3,3] has 9 elements, a row has 12");
}

}  // namespace logitape::tests
