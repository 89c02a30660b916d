// From files and arrays to examples: which column is the class, what the classes are called, what is no label.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/train/data_files.h"
#include "tests/train/numpy_files.h"

namespace logitape::tests {
namespace {

using Labels = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

const std::string folder_of_data = std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/";

Examples load(std::string_view bytes, const LoadOptions& options = {}) {
  return load_examples(GivenFile(bytes).path, options);
}
std::string refusal(std::string_view bytes, const LoadOptions& options = {}) {
  return GivenFile(bytes).refusal([&](const std::string& path) { load_examples(path, options); });
}

}  // namespace

TEST_CASE("any column is the class, by name or number, and the others are inputs") {
  const std::string text = "a,kind,b\n1,x,2\n3,y,4\n5,x,6\n";
  for (const char* label : {"kind", "2", "-2"}) {
    const Examples e = load(text, {.label = label});
    CHECK(e.inputs.shape() == Shape{3, 2});
    CHECK(e.inputs.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5, 6});
    CHECK(e.labels.to_vector<std::int64_t>() == Labels{0, 1, 0});
    CHECK(e.classes == Texts{"x", "y"});
    CHECK(e.label == "kind");
    CHECK(e.features[1].name == "b");
  }
  const Examples last = load(text);
  CHECK(last.classes == Texts{"2", "4", "6"});
  CHECK(last.features[1].categories == Texts{"x", "y"});
  CHECK(load(text, {.labelled = false}).inputs.shape() == Shape{3, 3});
  CHECK_FALSE(load(text, {.labelled = false}).labels.defined());
}

TEST_CASE("classes that are numbers are ordered and named as numbers, whatever numbers they are") {
  const Examples e = load("1,10\n2,-1\n3,2\n4,10\n");
  CHECK(e.classes == Texts{"-1", "2", "10"});
  CHECK(e.labels.to_vector<std::int64_t>() == Labels{2, 0, 1, 2});
  CHECK(class_sizes(e) == Labels{1, 1, 2});
}

TEST_CASE("what is no label is refused with file, line and column, and so is a table without inputs") {
  CHECK(refusal("a,b\n1,0\n2,1\n", {.label = "c"}) == "Table: FILE: no column is named 'c'; there are a, b");
  CHECK(refusal("a,b\n1,0\n2,0.5\n") ==
        "examples_of: FILE, line 3, column 2 (b): the label 0.5 is not a whole number, so it names no class; if "
        "another column is the "
        "class, name it "
        "(TableOptions::label, --label); if such numbers are names, read the column as text (CsvOptions::text, --text "
        "\"b\")");
  CHECK(refusal("a,b\n1,0\n2,\n3,1\n", {.csv = {.allow_missing = true}}) ==
        "examples_of: FILE, line 3, column 2 (b): the label is missing; a row without one has to be taken out");
  for (const std::string rows : {"1,0\n2,?\n3,1\n", "1,x\n2,?\n3,y\n"})
    CHECK(refusal("a,b\n" + rows, {.csv = {.allow_missing = true}}) ==
          "read_csv: FILE, line 3, column 2 (b): the label is missing ('?'); if '?' names a class, read the column as "
          "text "
          "(CsvOptions::text, --text \"b\")");
  CHECK(refusal("a\n1\n2\n") == "examples_of: FILE: the only column is 'a': there are no inputs");
  CHECK(refusal("2,1,x,y\n1,0\n2,2\n") ==
        "examples_of: FILE, line 3, column 2 (column 2): the label 2 is outside [0, 2), the classes that have names");
  CHECK(refusal("1,0\n2,1\n", {.image = Shape{2, 2}}) ==
        "examples_of: FILE: an image [2,2] has 4 pixels, a row has 1 inputs");
  CHECK(refusal("x,0\ny,1\n", {.image = Shape{1, 1}}) ==
        "examples_of: FILE: column 'column 1' is text ('x'), so a row is no image [1,1]");
}

TEST_CASE("one class only, or one for every row, is refused for training and split, and is good to judge a model by") {
  const GivenFile one("a,b\n1,0\n2,0\n"), own("1,a\n1,b\n1,c\n1,d\n1,e\n1,f\n1,g\n1,h\n1,i\n1,j\n");
  const auto fit = [](const std::string& path) { Preprocessing::fit(load_examples(path)); };
  CHECK(one.refusal(fit) ==
        "Preprocessing: FILE: the label 'b' is '0' in every one of the 2 rows: two classes are needed");
  CHECK(own.refusal(fit) ==
        "Preprocessing: FILE: the label 'column 2' is another in each of the 10 rows, so it names no classes");
  CHECK(own.refusal([](const std::string& path) {
    Generator rng{3};
    split(load_examples(path), {.test = 0.2}, rng);
  }) == "split: FILE: the label 'column 2' is another in each of the 10 rows, so it names no classes");
  CHECK(refusal_of([] {
          Preprocessing::fit(examples_of(ones({2, 1}), tensor({1, 1})));
        }) == "Preprocessing: the label 'label' is '1' in every one of the 2 rows: two classes are needed");
  const Preprocessing p = Preprocessing::fit(load("a,b\n1,0\n2,1\n"));
  CHECK(p(load_examples(one.path)).labels.to_vector<std::int64_t>() == Labels{0, 0});
  CHECK(dataset_of(load_examples(one.path)).size() == 2);
}

TEST_CASE("the tables of iris, wine and digits are read as they are") {
  const Examples iris = load_examples(folder_of_data + "iris.csv");
  CHECK(iris.inputs.shape() == Shape{150, 4});
  CHECK(iris.classes == Texts{"setosa", "versicolor", "virginica"});
  CHECK(class_sizes(iris) == Labels{50, 50, 50});
  CHECK(iris.image.rank() == 0);
  const Examples wine = load_examples(folder_of_data + "wine.csv");
  CHECK(wine.inputs.shape() == Shape{178, 13});
  CHECK(wine.classes == Texts{"class_0", "class_1", "class_2"});
  CHECK(class_sizes(wine) == Labels{59, 71, 48});
  const Examples digits = load_examples(folder_of_data + "digits.csv");
  CHECK(digits.inputs.shape() == Shape{1797, 64});
  CHECK(digits.classes.size() == 10);
  CHECK(digits.image == Shape{8, 8});
  CHECK(load_examples(folder_of_data + "digits.csv", {.image = Shape()}).image.rank() == 0);
}

TEST_CASE("arrays in memory, in .npz, .npy and safetensors become examples; floats that are whole are labels too") {
  const Examples e = examples_of(ones({3, 2}), tensor({{3.f}, {5.f}, {3.f}}));
  CHECK(e.classes == Texts{"3", "5"});
  CHECK(e.labels.to_vector<std::int64_t>() == Labels{0, 1, 0});
  CHECK(examples_of(ones({3, 2}), tensor({1, 0, 1}), {"no", "yes"}).classes == Texts{"no", "yes"});
  CHECK(refusal_of([] {
          examples_of(ones({2, 2}), tensor({0, 2}), {"a", "b"});
        }) == "examples_of: row 1: the label 2 is outside [0, 2), the classes that have names");
  CHECK(refusal_of([] {
          examples_of(ones({2, 2}), tensor({0, 1, 0}));
        }) == "examples_of: inputs [2,2] have 2 rows, labels [3] have 3");
  CHECK(refusal_of([] { examples_of(ones({0, 2})); }) == "examples_of: the inputs f32 [0,2] have no rows");

  CHECK(load(numpy::stored).inputs.shape() == Shape{2, 3});
  CHECK(load(numpy::stored, {.inputs = "y", .labels = "y"}).inputs.shape() == Shape{2, 1});
  CHECK(refusal(numpy::stored, {.labels = "z"}) ==
        "load_examples: FILE has no array 'z'; there are x f32 [2,3], y i64 [2]");
  const GivenFile file("");
  save_safetensors(file.path, std::vector<NamedTensor>{{"images", ones({2, 3})}, {"y", tensor({0, 1})}});
  CHECK(load_examples(file.path).size() == 2);
  save_safetensors(file.path, std::vector<NamedTensor>{{"a", ones({2, 3})}, {"b", ones({2})}});
  CHECK(file.refusal([](const std::string& path) { load_examples(path); }) ==
        "load_examples: FILE has no array whose name says that it holds the inputs; there are a f32 [2,3], b f32 [2]; "
        "say which it is "
        "(LoadOptions::inputs, --inputs NAME)");
  // the labels are its last column
  CHECK(refusal(numpy::big_f8) ==
        "examples_of: row 0: the label 0.5 is not a whole number, so it names no class; labels that are texts may be "
        "such numbers");
  CHECK(load(numpy::v1_f4).classes == Texts{"2", "5"});
}

TEST_CASE("images and labels of MNIST's kind are read as a pair, found by their names or named") {
  const std::string images{"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\x00\x01\x02\x03", 20},
      labels{"\0\0\x08\x01\0\0\0\x02\x07\x09", 10};
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  write("train-images-idx3-ubyte", images);
  CHECK(refusal_of([&] { load_examples(folder / "train-images-idx3-ubyte"); })
            .ends_with("holds u8 [2,1,2] and no labels: name the file that has them (LoadOptions::labels_file, "
                       "--labels-file), or put them "
                       "in the last column of [n, columns]"));
  write("train-labels-idx1-ubyte", labels);
  write("other", labels);
  for (const std::string& named : {std::string(), folder / "other"}) {
    const Examples e = load_examples(folder / "train-images-idx3-ubyte", {.labels_file = named});
    CHECK(e.inputs.dtype() == DType::u8);
    CHECK(e.image == Shape{1, 2});
    CHECK(e.classes == Texts{"7", "9"});
  }
}

}  // namespace logitape::tests
