// Splits, folds, and what is fitted on the training part and kept with the model.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Rows = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;
using Floats = std::vector<float>;

Examples read(std::string_view text, const LoadOptions& options = {.csv = {.allow_missing = true}}) {
  return load_examples(GivenFile(text).path, options);
}

Rows sizes_by_class(const Tensor& labels, const Rows& rows, std::size_t classes) {
  const auto label = labels.to_vector<std::int64_t>();
  Rows sizes(classes);
  for (const std::int64_t row : rows) ++sizes[static_cast<std::size_t>(label[static_cast<std::size_t>(row)])];
  return sizes;
}

bool each_once(const std::vector<Rows>& parts, std::int64_t n) {
  Rows all;
  for (const Rows& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  Rows counted(static_cast<std::size_t>(n));
  std::iota(counted.begin(), counted.end(), 0);
  return all == counted;
}

// 60 of class 0, 30 of 1, 9 of 2, one of 3
Tensor uneven_labels() {
  Rows labels(60, 0);
  labels.resize(90, 1);
  labels.resize(99, 2);
  labels.push_back(3);
  return from_span(labels, {100});
}

}  // namespace

TEST_CASE("a stratified split gives every part its share of each class, each row once, the same for the same seed") {
  const Tensor labels = uneven_labels();
  Generator rng{3}, again{3};
  const SplitRows parts = split_rows(labels, {.validation = 0.1, .test = 0.2}, rng);
  CHECK(each_once({parts.train, parts.validation, parts.test}, 100));
  CHECK(parts.test.size() == 20);
  CHECK(parts.validation.size() == 10);
  CHECK(sizes_by_class(labels, parts.test, 4) == Rows{12, 6, 2, 0});
  CHECK(sizes_by_class(labels, parts.validation, 4) == Rows{6, 3, 1, 0});
  CHECK(sizes_by_class(labels, parts.train, 4) == Rows{42, 21, 6, 1});
  CHECK(split_rows(labels, {.validation = 0.1, .test = 0.2}, again).test == parts.test);
  CHECK(split_rows(labels, {.validation = 0.1, .test = 0.2}, again).test != parts.test);
  const SplitRows plain = split_rows(labels, {.test = 0.3, .stratified = false}, rng);
  CHECK(each_once({plain.train, plain.test}, 100));
  CHECK(plain.validation.empty());
}

TEST_CASE("a class keeps a row in training, and shares that cannot be dealt out are refused") {
  Generator rng{3};
  const SplitRows halves =
      split_rows(tensor({std::int64_t{0}, std::int64_t{0}, std::int64_t{1}, std::int64_t{1}}), {.test = 0.5}, rng);
  CHECK(halves.test.size() == 2);
  CHECK(refusal_of([&] { split_rows(uneven_labels(), {.validation = 0.5, .test = 0.5}, rng); }) ==
        "split: validation 0.5 and test 0.5 are not shares that leave some for training");
  CHECK(refusal_of([&] { split_rows(uneven_labels(), {.test = 0.001}, rng); }) ==
        "split: of 100 rows the shares leave 100 for training, 0 for validation and 0 for the test");
  CHECK(refusal_of([&] { split_rows(arange(4), {.test = 0.5}, rng); }) ==
        "split: 4 rows of 4 classes cannot give 0 to validation and 2 to the test and a row of each class to training");
}

TEST_CASE("folds test every row once, and each class in every fold as often, give or take a row") {
  const Tensor labels = slice(uneven_labels(), {0}, {99});
  Generator rng{3};
  const std::vector<Fold> five = folds(labels, 5, rng);
  std::vector<Rows> tests;
  for (const Fold& fold : five) {
    tests.push_back(fold.test);
    CHECK(each_once({fold.train, fold.test}, 99));
    CHECK((fold.test.size() == 19 || fold.test.size() == 20));
    const Rows sizes = sizes_by_class(labels, fold.test, 3);
    CHECK(sizes[0] == 12);
    CHECK(sizes[1] == 6);
    CHECK((sizes[2] == 1 || sizes[2] == 2));
  }
  CHECK(each_once(tests, 99));
  CHECK(refusal_of([&] { folds(labels, 1, rng); }) == "folds: 1 folds of 99 rows are asked for; 2 to 99 are possible");
  CHECK(refusal_of([&] { folds(uneven_labels(), 5, rng); }) ==
        "folds: class 3 has one row: in the round that tests it, training would not see it");
}

TEST_CASE("numbers are standardised by the training part's mean and deviation; a constant column becomes 0") {
  const Examples train = read("1,7,0\n3,7,1\n5,7,0\n");
  const Preprocessing p = Preprocessing::fit(train);
  const double deviation = std::sqrt(8.0 / 3);
  CHECK(p.columns[0].offset == 3);
  CHECK(p.columns[0].scale == deviation);
  const auto x = p(train).inputs.to_vector<float>();
  CHECK(x == Floats{static_cast<float>(-2 / deviation), 0, 0, 0, static_cast<float>(2 / deviation), 0});
  const auto other = p.inputs(read("7,8,0\n3,7,1\n")).to_vector<float>();
  CHECK(other == Floats{static_cast<float>(4 / deviation), 1, 0, 0});  // not fitted again
  CHECK(Preprocessing::fit(train, {.scaling = Scaling::min_max})(train).inputs.to_vector<float>() ==
        Floats{0, 0, 0.5f, 0, 1, 0});
  CHECK(dataset_of(train).inputs.to_vector<float>() == Floats{1, 7, 3, 7, 5, 7});
}

TEST_CASE("text becomes a column for each category that training saw; an unknown one is 0 in all") {
  const Preprocessing p =
      Preprocessing::fit(read("colour,n,y\nred,1,a\nblue,2,b\nred,3,a\n"), {.scaling = Scaling::none});
  CHECK(p.feature_names() == Texts{"colour=blue", "colour=red", "n"});
  const Table raw = read_csv(GivenFile("n,extra,colour\n4,1,green\n5,1,red\n").path);
  CHECK(p.inputs(raw).to_vector<float>() == Floats{0, 0, 4, 0, 1, 5});
  CHECK(refusal_of([&] { p.inputs(read_csv(GivenFile("n\n4\n").path)); }) ==
        "Preprocessing: there is no column 'colour', which training had");
  CHECK(refusal_of([&] { p.inputs(read_csv(GivenFile("colour,n\nred,x\nred,y\n").path)); }) ==
        "Preprocessing: column 'n' is text ('x'), and was numbers in training");
  CHECK(refusal_of([&] { Preprocessing::fit(read("a,y\nu,0\nv,1\nw,0\n"), {.most_categories = 2}); }) ==
        "Preprocessing: column 'a' has 3 different texts in the training part, and 2 are allowed: leave it out "
        "(CsvOptions::ignore, "
        "--ignore \"a\"), or allow more (PreprocessingOptions::most_categories); "
        "free text has to be the only column of inputs");
}

TEST_CASE(
    "text that reads as numbers later is read as text, or matched by value, or refused: never taken for another "
    "category") {
  const auto fitted = [](std::string_view csv) {
    return Preprocessing::fit(read(csv, {.csv = {.allow_missing = true, .text = {"a"}}}),
                              {.scaling = Scaling::none, .free_text = false});
  };
  const auto inputs = [](const Preprocessing& p, std::string_view csv, const Texts& text = {}) {
    return p.inputs(read_csv(GivenFile(csv).path, {.allow_missing = true, .text = text})).to_vector<float>();
  };
  const Preprocessing zip = fitted("a,n,y\n01001,1,u\n02139,2,v\n,3,v\n");
  CHECK(zip.text_columns() == Texts{"a"});
  const Floats expected = {1, 0, 0, 7, 0, 1, 0, 8, 0, 0, 1, 9, 0, 0, 0, 9};
  const std::string later = "a,n\n01001,7\n02139,8\n,9\n02140,9\n";
  CHECK(inputs(zip, later, zip.text_columns()) == expected);
  CHECK(inputs(zip, later) == expected);  // by value

  const std::string refused =
      "Preprocessing: column 'a' was text in training and is numbers here: read it as text (CsvOptions::text, --text)";
  for (const char* training :
       {"a,n,y\n01001,1,u\nK1A,2,v\n", "a,n,y\n01,1,u\n1,2,v\n", "a,n,y\n9007199254740993,1,u\n2,2,v\n"}) {
    CAPTURE(training);
    const Preprocessing p = fitted(training);
    CHECK(refusal_of([&] { inputs(p, "a,n\n01001,7\n"); }) == refused);
    CHECK(inputs(p, "a,n\n01001,7\n", p.text_columns()).back() == 7);
    CHECK(inputs(p, "a,n\n?,7\n") == Floats{0, 0, 7});  // there is no number to be mistaken
  }
  const Preprocessing free = Preprocessing::fit(read("a,y\na cat,u\na dog,v\n"));
  CHECK(free.text_columns() == Texts{"a"});
  CHECK(refusal_of([&] { free.inputs(read_csv(GivenFile("a\n01\n").path)); }) == refused);
  CHECK(Preprocessing::fit(read("n,y\n1,u\n2,v\n")).text_columns().empty());
}

TEST_CASE("missing numbers become the training part's mean, missing text a category where training had it") {
  const Preprocessing p = Preprocessing::fit(read("a,b,y\n1,u,0\n?,?,1\n3,u,0\n"), {.scaling = Scaling::none});
  CHECK(p.feature_names() == Texts{"a", "b=u", "b=missing"});
  CHECK(p.inputs(read("a,b,y\n?,?,0\n9,v,1\n")).to_vector<float>() == Floats{2, 0, 1, 9, 0, 0});
  CHECK(refusal_of([] { Preprocessing::fit(read("a,y\n?,0\n?,1\n")); }) ==
        "Preprocessing: column 'a' has no value in the 2 rows of the training part");
  // beside others such a column is left out, and new rows need not have it
  const Preprocessing without = Preprocessing::fit(read("a,b,c,y\n?,1,u,0\n?,2,v,1\n?,3,v,0\n"));
  CHECK(without.feature_names() == Texts{"b", "c=u", "c=v"});
  CHECK(without.inputs(read_csv(GivenFile("b,c\n2,u\n").path)).to_vector<float>() == Floats{0, 1, 0});
  const double none = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal_of([&] {
          Preprocessing::fit(examples_of(tensor({{1., none}, {2., none}}), tensor({0, 1})));
        }) == "Preprocessing: column 'input 2' has no value in the 2 rows of the training part");
}

TEST_CASE("images are scaled by the smallest and largest pixel of the training part") {
  const Examples images = examples_of(tensor({std::uint8_t{0}, std::uint8_t{51}, std::uint8_t{102}, std::uint8_t{255}}),
                                      tensor({0, 1, 0, 1}));
  Examples square = images;
  square.inputs = reshape(images.inputs, {4, 1, 1});
  const Preprocessing p = Preprocessing::fit(square, {.scaling = Scaling::min_max});
  CHECK(p(square).inputs.to_vector<float>() == Floats{0, 0.2f, 0.4f, 1});
  CHECK(p(square).inputs.shape() == Shape{4, 1, 1});
  CHECK(p.feature_names() == Texts{"input 1"});
  CHECK(refusal_of([&] {
          p.inputs(ones({2, 3}));
        }) == "Preprocessing: the inputs are f32 [2,3]; training had rows of [1,1]");
  const Examples rows = examples_of(tensor({{1.f, 2.f}, {3.f, 2.f}}), tensor({0, 1}));
  CHECK(Preprocessing::fit(rows)(rows).inputs.to_vector<float>() == Floats{-1, 0, 1, 0});
}

TEST_CASE("pixels of another range than in training are refused, and a picture may leave its only channel out") {
  const auto pictures = [](double last) {  // four, from 0 to that
    return reshape(arange(4 * 72).to(DType::f64) * (last / 287), {4, 8, 9});
  };
  const auto fitted_to = [&](double last, DType dtype) {
    return Preprocessing::fit(examples_of(pictures(last).to(dtype), tensor({0, 1, 0, 1})));
  };
  const Preprocessing bytes = fitted_to(255, DType::u8), shares = fitted_to(1, DType::f32);
  const auto refusal = [](const Preprocessing& p, const Tensor& raw) { return refusal_of([&] { p.inputs(raw); }); };
  CHECK(refusal(bytes, pictures(1)) ==
        "Preprocessing: the pixels go from 0 to 1, and in training from 0 to 255: scale them alike");
  CHECK(refusal(shares, pictures(255).to(DType::u8)) ==
        "Preprocessing: the pixels go from 0 to 255, and in training from 0 to 1: scale them alike");
  CHECK(refusal(bytes, pictures(0).to(DType::u8)) == "");  // black
  CHECK(refusal(bytes, pictures(255)) == "");
  CHECK(refusal(shares, pictures(0.5)) == "");
  const Tensor flat = pictures(255);
  CHECK(bytes.inputs(reshape(flat, {4, 8, 9, 1})).shape() == Shape{4, 8, 9});
  CHECK(bytes.inputs(reshape(flat, {4, 8, 9, 1})).to_vector<double>() == bytes.inputs(flat).to_vector<double>());
  CHECK(refusal(bytes, reshape(flat, {4, 9, 8})) ==
        "Preprocessing: the inputs are f64 [4,9,8]; training had rows of [8,9]");
}

TEST_CASE("a class that training never saw is refused by name, wherever its examples come from") {
  const Preprocessing p = Preprocessing::fit(read("a,y\n1,cat\n2,dog\n3,cat\n"));
  const Dataset other = p(read("a,y\n1,dog\n2,cat\n2,dog\n"));
  CHECK(other.labels.to_vector<std::int64_t>() == Rows{1, 0, 1});
  CHECK(refusal_of([&] { p(read("a,y\n1,cat\n2,cow\n3,cow\n")); }) ==
        "Preprocessing: class 'cow' has 2 rows here and none in training");
  Examples all = read("a,y\n1,cat\n2,cow\n3,dog\n4,cow\n");
  const Rows first{0, 2}, second{1};
  CHECK(refusal_of([&] { Preprocessing::fit(take(all, first))(take(all, second)); }) ==
        "Preprocessing: class 'cow' has 1 rows here and none in training");
}

TEST_CASE("labels made by hand that are no place among the classes are refused by row") {
  Examples e = read("a,y\n1,cat\n2,dog\n3,cat\n");
  const Preprocessing p = Preprocessing::fit(e);
  for (const std::int64_t label : {std::int64_t{2}, std::int64_t{-1}}) {
    e.labels = tensor({std::int64_t{0}, label, std::int64_t{1}});
    const std::string refused =
        "class_sizes: the label " + std::to_string(label) + " of row 1 is outside [0, 2), the classes";
    CHECK(refusal_of([&] { p(e); }) == refused);
    CHECK(refusal_of([&] { Preprocessing::fit(e); }) == refused);
  }
}

TEST_CASE("a preprocessing kept in a model's file prepares raw rows as before, bit for bit") {
  const Examples train = read("colour,n,m,y\nred,0.1,5,a\nblue,0.2,,b\n,0.30000000000000004,7,a\n");
  const Preprocessing p = Preprocessing::fit(train);
  const GivenFile file("");
  save_safetensors(file.path, std::vector<NamedTensor>{{"w", ones({1})}}, {{"preprocessing", p.json()}});
  const Preprocessing back = Preprocessing::from_json(load_safetensors(file.path).metadata.at("preprocessing"));
  CHECK(back.json() == p.json());
  CHECK(back.classes == Texts{"a", "b"});
  CHECK(back.label == "y");
  CHECK(back.class_sizes == Rows{2, 1});
  CHECK(back(train).inputs.to_vector<float>() == p(train).inputs.to_vector<float>());
  const Examples digits = load_examples(std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/digits.csv");
  const Preprocessing q = Preprocessing::from_json(Preprocessing::fit(digits).json());
  CHECK(q(digits).inputs.to_vector<float>() == (digits.inputs / 16).to_vector<float>());
  CHECK(q.image == Rows{8, 8});
}

TEST_CASE("text that is no preprocessing is refused") {
  const auto why = [](const std::string& text) { return refusal_of([&] { Preprocessing::from_json(text); }); };
  const std::string no = "Preprocessing::from_json: the text is no preprocessing: ";
  CHECK(why("") == no + "it is not JSON");
  CHECK(why("[]") == no + "it has no \"version\"");
  CHECK(why(R"({"version":3})") == no + "its version is 3, and 1 and 2 can be read");
  const std::string good = Preprocessing::fit(read("a,y\n1,u\n2,v\n")).json();
  CHECK(why(good) == "");
  const auto with = [&](const std::string& from, const std::string& to) {
    REQUIRE(good.find(from) != std::string::npos);
    return why(std::string(good).replace(good.find(from), from.size(), to));
  };
  CHECK(with("\"row\":[1]", "\"row\":[2]") == no + "it has 1 columns for a row of 1 axes and 2 elements");
  CHECK(with("\"row\":[1]", "\"row\":[-1]") == no + "\"row\" has what is not a whole number from 0 to 2^31-1");
  CHECK(with("\"scale\":0.5", "\"scale\":0") == no + "the scale of 'a' is 0");
  CHECK(with("\"scale\":0.5", "\"scale\":\"x\"") == no + "\"scale\" is not a number");
  CHECK(with("[\"u\",\"v\"]", "[\"u\"]") == no + "its classes and their sizes are not as many");
  CHECK(with("\"name\":\"a\"", "\"name\":1") == no + "\"name\" is not text");
}

}  // namespace logitape::tests
