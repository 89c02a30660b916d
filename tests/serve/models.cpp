// models FOLDER: writes the classifiers that the tests of <logitape/c.h> load, and what they say of some rows: a table
// with a column of text, rows without a preprocessing, free text, and a file that ends too early.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "logitape.h"

namespace lt = logitape;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  lt::Generator rng{7};
  lt::Preprocessing prepare;
  prepare.classes = {"no", "yes", "\xc3\xa9"};
  prepare.class_sizes = {1, 1, 1};
  prepare.columns = {{.name = "width", .categories = {}, .mean = 2, .offset = 2, .scale = 0.5},
                     {.name = "colour", .categories = {"red", "", "blue"}}};
  prepare.row = {2};
  prepare.from_table = true;
  lt::Classifier table{prepare, "mlp:4,16,3", rng};
  table.save(folder + "/table.safetensors");
  lt::Classifier{"mlp:5,8,2", {"a", "b"}, rng}.save(folder + "/plain.safetensors");
  lt::Preprocessing words;
  words.classes = {"no", "yes"};
  words.class_sizes = {1, 1};
  words.columns = {{.name = "line", .categories = {}}};
  words.row = {1};
  words.from_table = true;
  words.tokenizer = lt::HashingTokenizer{.buckets = 64};
  lt::Classifier{words, "text:64,4,2", rng}.save(folder + "/text.safetensors");
  std::filesystem::copy_file(folder + "/table.safetensors", folder + "/damaged.safetensors");
  std::filesystem::resize_file(folder + "/damaged.safetensors", 100);

  // width: a number, one missing; colour: each, one that training did not see, one missing
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const lt::Table rows{
      .columns = {{.name = "width", .values = {1.5, nan, 9, 2, -3}, .categories = {}},
                  {.name = "colour", .values = {0, 1, 2, nan, 0}, .categories = {"red", "blue", "green"}}}};
  const lt::Prediction said = table.predict(rows);
  const std::vector<float> p = said.probabilities.to_vector<float>();
  std::FILE* const out = std::fopen((folder + "/expected.txt").c_str(), "w");
  if (!out) return 1;
  for (std::size_t i = 0; i < said.classes.size(); ++i)
    std::fprintf(out, "%.9g %.9g %.9g %d\n", static_cast<double>(p[3 * i]), static_cast<double>(p[3 * i + 1]),
                 static_cast<double>(p[3 * i + 2]), static_cast<int>(said.classes[i]));
  return std::fclose(out);
}
