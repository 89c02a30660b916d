// Free text: its ids against the published hashes, when a column is taken for it, and classifiers of sentences from a
// CSV file.
#include <doctest/doctest.h>

#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "logitape/train/classify/recipe.h"
#include "tests/train/data_files.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

const std::string sentences_csv = std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/sentences.csv";

Examples read(std::string_view text) { return load_examples(GivenFile(text).path, {.csv = {.allow_missing = true}}); }

// A row of ids without its padding; what is behind the first -1 has to be -1.
Ids row_of(const Tensor& ids, std::int64_t row) {
  const Ids all = ids.to_vector<std::int64_t>();
  const auto width = ids.shape()[1];
  Ids kept(all.begin() + row * width, all.begin() + (row + 1) * width);
  while (!kept.empty() && kept.back() == -1) kept.pop_back();
  for (const std::int64_t id : kept) CHECK(id >= 0);
  return kept;
}

struct Sentences {
  Examples train, test;
  Preprocessing prepare;
  Dataset train_set, test_set;
};
Sentences sentences(std::uint64_t seed = 7) {
  Generator rng{seed};
  const SplitExamples parts = split(load_examples(sentences_csv), {.test = 0.2}, rng);
  const Preprocessing prepare = Preprocessing::fit(parts.train, {.tokenizer = {.buckets = 4096}});
  return {parts.train, parts.test, prepare, prepare(parts.train), prepare(parts.test)};
}

Classifier trained(const Sentences& s, const TrainerOptions& options = {.epochs = 30, .batch_size = 8}) {
  Generator rng{1};
  Classifier classifier(s.prepare, "text:4096,16,3", rng);
  Trainer trainer{classifier, AdamW{{.learning_rate = 0.01}}, options};
  trainer.fit(s.train_set);
  return classifier;
}

}  // namespace

TEST_CASE("ids are the published FNV-1a hashes of lower-case words, modulo the buckets") {
  // of "", "a" and "foobar": Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm", appendix of test
  // vectors
  const std::uint64_t a = 0xaf63dc4c8601ec8cu, foobar = 0x85944171f73967e8u;
  const std::int64_t buckets = 1000003;
  const HashingTokenizer single{.buckets = buckets, .words = 1};
  const Ids wanted{static_cast<std::int64_t>(foobar % buckets), static_cast<std::int64_t>(a % buckets)};
  CHECK(single.ids("foobar a") == wanted);
  CHECK(single.ids("  FooBar,\t(A)!\n") == wanted);
  CHECK(single.ids("").empty());
  CHECK(single.ids(" .,;-\"' ").empty());
  std::uint64_t pair = foobar;  // h of "foobar a" goes on from "foobar"
  for (const char c : {' ', 'a'}) pair = (pair ^ static_cast<unsigned char>(c)) * 1099511628211u;
  const HashingTokenizer pairs{.buckets = buckets, .words = 3};
  CHECK(pairs.ids("foobar a") == Ids{wanted[0], static_cast<std::int64_t>(pair % buckets), wanted[1]});
}

TEST_CASE("words are cut at ASCII blanks and marks only, and letters beyond ASCII stay in them as they are") {
  const HashingTokenizer t{.words = 1};
  CHECK(t.ids("weil es draußen kalt ist").size() == 5);
  CHECK(t.ids("día") == t.ids("Día!"));
  CHECK(t.ids("Ärzte") != t.ids("ärzte"));  // lower case is that of ASCII
  CHECK(t.ids("don't 3.5").size() == 4);
  CHECK(t.ids("一つ 二つ").size() == 2);
  CHECK(t.ids(std::string("a\0b", 3)).size() == 2);
  CHECK(HashingTokenizer{.words = 2}.ids("a b c").size() == 5);  // a, a b, b, b c, c
  CHECK(HashingTokenizer{.words = 3}.ids("a b c").size() == 6);
}

TEST_CASE("rows are filled up with -1 to the longest, a text without words is -1 only, and what is too long is cut") {
  const HashingTokenizer t{.words = 2};
  const Texts texts{"one", "", "one two three"};
  const Tensor ids = t(texts);
  CHECK(ids.dtype() == DType::i64);
  CHECK(ids.shape() == Shape{3, 5});
  for (std::int64_t row = 0; row < 3; ++row) CHECK(row_of(ids, row) == t.ids(texts[static_cast<std::size_t>(row)]));
  CHECK(t(Texts{"", "!"}).to_vector<std::int64_t>() == Ids{-1, -1});
  CHECK(t(Texts{}).shape() == Shape{0, 1});
  const Ids all = t.ids("one two three");
  CHECK(HashingTokenizer{.words = 2, .longest = 3}.ids("one two three") == Ids(all.begin(), all.begin() + 3));
  CHECK(embedding_bag(ones({t.buckets, 2}), ids).to_vector<float>() == std::vector<float>{1, 1, 0, 0, 1, 1});
  CHECK(refusal_of([] { HashingTokenizer{.buckets = 0}.ids(""); }) ==
        "HashingTokenizer: buckets is 0; 1 to 2^31-1 are possible");
  CHECK(refusal_of([] { HashingTokenizer{.longest = -1}(Texts{"a"}); }) ==
        "HashingTokenizer: longest is -1; 1 to 2^31-1 are possible");
}

TEST_CASE(
    "one column of texts that mostly differ and have blanks is free text; other columns are not, unless it is said") {
  const auto taken = [](std::string_view text, const PreprocessingOptions& options = {}) {
    return Preprocessing::fit(read(text), options).tokenizer.has_value();
  };
  const char* const free = "t,y\na cat,0\na dog here,1\nthe cow,0\nthe cow,1\n";  // 3 of 4 differ
  CHECK(taken(free));
  CHECK_FALSE(taken(free, {.free_text = false}));
  CHECK_FALSE(taken("t,y\na cat,0\na cat,1\nthe cow,0\nthe cow,1\n"));  // half of the rows
  CHECK_FALSE(taken("t,y\ncat,0\ndog,1\nbig cow,0\npig,1\n"));          // a blank in one of four
  CHECK(taken("t,y\ncat,0\ndog,1\nbig cow,0\npig,1\n", {.free_text = true}));
  CHECK_FALSE(taken("t,u,y\na cat,1,0\na dog,2,1\nthe cow,3,0\n"));
  CHECK_FALSE(taken("t,y\n1,0\n2,1\n3,0\n"));
  CHECK(refusal_of([&] { taken("t,u,y\na cat,1,0\na dog,2,1\n", {.free_text = true}); }) ==
        "Preprocessing: free text is asked for, and the inputs are f64 [2,2]; one column of a table is needed");
  CHECK(refusal_of([] {
          Preprocessing::fit(examples_of(ones({2, 1}), tensor({0, 1})), {.free_text = true});
        }) == "Preprocessing: free text is asked for, and the inputs are f32 [2,1]; one column of a table is needed");
  CHECK(dataset_of(read(free)).inputs.shape() == Shape{4, 3});  // as categories
}

TEST_CASE("free text becomes ids, by the column's name, whatever else a table has; a missing text is an empty one") {
  const Preprocessing p =
      Preprocessing::fit(read("t,y\na cat,0\na dog here,1\nthe cow,0\n"), {.tokenizer = {.buckets = 99}});
  CHECK(p.feature_names() == Texts{"t"});
  const HashingTokenizer t{.buckets = 99};
  const Tensor ids = p.inputs(read_csv(GivenFile("n,t,y\n5,the dog,1\n6,,0\n").path, {.allow_missing = true}));
  CHECK(ids.dtype() == DType::i64);
  CHECK(row_of(ids, 0) == t.ids("the dog"));
  CHECK(row_of(ids, 1).empty());
  CHECK(row_of(p.inputs(read_csv(GivenFile("t\n1984\n2\n").path, {.text = p.text_columns()})), 0) ==
        t.ids("1984"));  // texts that look like numbers
  CHECK(refusal_of([&] { p.inputs(read_csv(GivenFile("u\n1\n2\n").path)); }) ==
        "Preprocessing: there is no column 't', which training had");
}

TEST_CASE(
    "a tokenizer is kept as JSON beside the rest; text from before there were any is read, and a bad one refused") {
  const Preprocessing p = Preprocessing::fit(read("t,y\na cat,0\na dog here,1\n"),
                                             {.tokenizer = {.buckets = 99, .words = 3, .longest = 7}});
  const std::string good = p.json();
  CHECK(Preprocessing::from_json(good).tokenizer == p.tokenizer);
  const auto why = [](const std::string& text) { return refusal_of([&] { Preprocessing::from_json(text); }); };
  const std::string no = "Preprocessing::from_json: the text is no preprocessing: ";
  const auto with = [&](const std::string& from, const std::string& to) {
    REQUIRE(good.find(from) != std::string::npos);
    return std::string(good).replace(good.find(from), from.size(), to);
  };
  CHECK(why(with("\"buckets\":99", "\"buckets\":0")) == no + "\"buckets\" of its tokenizer is 0");
  CHECK(why(with("\"words\":3", "\"words\":1.5")) == no + "\"words\" of its tokenizer is 1.5");
  CHECK(why(with("\"longest\":7", "\"other\":7")) == no + "it has no \"longest\"");
  CHECK(why(with("\"from_table\":true", "\"from_table\":false")) ==
        no + "it has a tokenizer, and its columns are not one of free text");
  const std::string old =
      R"({"class_sizes":[1,1],"classes":["0","1"],"columns":[{"mean":1.5,"name":"a","offset":1.5,"scale":0.5}],)"
      R"("from_table":true,"image":[],"label":"y","row":[1],"version":1})";
  CHECK_FALSE(Preprocessing::from_json(old).tokenizer.has_value());
  CHECK(Preprocessing::from_json(old).json() == old);
}

TEST_CASE(
    "a classifier of sentences, trained from a CSV file, names the language of those held out, and does so from its "
    "own file") {
  const Sentences s = sentences();
  CHECK(s.train_set.inputs.dtype() == DType::i64);
  CHECK(s.test_set.size() == 18);
  Classifier classifier = trained(s);
  const Evaluation held_out = evaluate(classifier, s.test_set, {}, 5);
  // Every sentence has a word that others of its language have, and none of another language; nearly all of these are
  // in training. Guessing has 6 of 18 right, and 15 or more in one split of 50,000.
  CHECK(held_out.accuracy >= 15 / 18.0);
  CHECK(held_out.accuracy > majority_accuracy(s.train_set.labels, s.test_set.labels));

  const TemporaryFolder folder;
  classifier.calibrate(s.test_set);
  classifier.save(folder / "model");
  Classifier loaded = Classifier::load(folder / "model");
  CHECK(loaded.preprocessing->tokenizer == s.prepare.tokenizer);
  const auto wanted = classifier.predict(s.test).probabilities.to_vector<float>();
  CHECK(loaded.predict(s.test).probabilities.to_vector<float>() == wanted);
  const Table raw{.columns = {text_column(
                      "sentence", Texts{"Where is the school?", "Wo ist die Schule?", "Dónde está la escuela", ""})}};
  const Prediction p = loaded.predict(raw);
  CHECK(Texts(p.labels.begin(), p.labels.begin() + 3) == Texts{"English", "German", "Spanish"});
  CHECK(p.probabilities.shape() == Shape{4, 3});
}

TEST_CASE("texts train to the same bits whatever the threads, made ahead or not") {
  const Sentences s = sentences();
  const std::string wanted = [&] {
    Classifier c = trained(s, {.epochs = 2, .batch_size = 8});
    return bits_of(c);
  }();
  for (const int threads : {1, 3}) {
    const ThreadCount count(threads);
    Classifier c = trained(s, {.epochs = 2, .batch_size = 8, .prefetch = threads});
    CHECK(bits_of(c) == wanted);
  }
}

TEST_CASE(
    "a training on texts that cannot go on says why: a bad weight, a mixture of ids, an id that the model has not") {
  const Sentences s = sentences();
  Generator rng{1};
  Classifier classifier(s.prepare, "text:4096,16,3", rng);
  CHECK(refusal_of([&] {
          Trainer t(classifier, AdamW{}, {.epochs = 1, .mixup = 0.2});
          t.fit(s.train_set);
        }).starts_with("mixup: "));
  Classifier small(s.prepare, "text:10,16,3", rng);
  CHECK(refusal_of([&] {
          Trainer t(small, AdamW{}, {.epochs = 1});
          t.fit(s.train_set);
        }).starts_with("embedding_bag (layer 0 of Sequential, EmbeddingBag{10, 16}): index "));
  Parameter& table = *parameters_of(classifier)[0];
  table.value = variable(full(table.value.shape(), std::numeric_limits<double>::quiet_NaN()));
  CHECK(refusal_of([&] {
          Trainer t(classifier, AdamW{}, {.epochs = 1});
          t.fit(s.train_set);
        }) ==
        "Trainer: the loss is nan in epoch 1, step 1: parameter \"0.weight\" has nan at row 0, column 0; the "
        "parameters are those "
        "before the step");
}

TEST_CASE("the recipe for free text is the text model with the tokenizer's buckets; other rows are refused it") {
  const Sentences s = sentences();
  CHECK(architecture_for(s.prepare) == "text:4096,16,3");
  CHECK(architecture_for(s.prepare, "text") == "text:4096,16,3");
  CHECK(refusal_of([&] { architecture_for(s.prepare, "linear"); }) ==
        "architecture_for: \"linear\" is asked for, and rows are free text: text is for them");
  CHECK(refusal_of([] { architecture_for(Preprocessing::fit(read("a,y\n1,u\n2,v\n")), "text"); }) ==
        "architecture_for: \"text\" is asked for, and rows are no free text");
}

}  // namespace logitape::tests
