// Which tables of whole numbers from 0 to 255 are taken for pictures, and which are not though they have as many
// columns.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

// A number of [0, 255] for row, place i, j of side * side; the row's own generator has been drawn from once, for `own`.
using Pixel = std::function<double(Generator& rng, const std::vector<double>& own, std::int64_t i, std::int64_t j)>;

double uniform(Generator& rng) { return rng.next_uniform(); }
double gauss(Generator& rng) {  // near enough: the sum of twelve uniform numbers, whose variance is 1
  double sum = -6;
  for (int k = 0; k < 12; ++k) sum += uniform(rng);
  return sum;
}

Examples table_of(std::int64_t rows, std::int64_t side, const Pixel& pixel) {
  Generator rng{8};
  Table t;
  for (std::int64_t c = 0; c < side * side; ++c)
    t.columns.push_back({.name = "q" + std::to_string(c), .values = {}, .categories = {}});
  Column label{.name = "y", .values = {}, .categories = {}};
  for (std::int64_t row = 0; row < rows; ++row) {
    std::vector<double> own;
    for (int k = 0; k < 40; ++k) own.push_back(gauss(rng));
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t j = 0; j < side; ++j)
        t.columns[static_cast<std::size_t>(i * side + j)].values.push_back(
            std::round(std::min(255.0, std::max(0.0, pixel(rng, own, i, j)))));
    label.values.push_back(static_cast<double>(row % 2));
  }
  t.columns.push_back(label);
  return examples_of(t);
}

double spot(double i, double j, double y, double x, double wide) {
  return std::exp(-((i - y) * (i - y) + (j - x) * (j - x)) / (2 * wide * wide));
}
std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

TEST_CASE("digits are pictures, and it is said; the same columns in another order are none") {
  const std::string path = std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/digits.csv";
  const Examples digits = load_examples(path);
  CHECK(digits.image == Shape{8, 8});
  REQUIRE(digits.notes.size() == 1);
  CHECK(digits.notes[0].ends_with(
      "look like the pixels of an image [8,8], since neighbours go together; --image no takes them for numbers"));
  CHECK(load_examples(path, {.image = Shape()}).notes.empty());
  Generator rng{4};
  for (int round = 0; round < 5; ++round) {
    Table t = read_csv(path);
    const Column label = t.columns.back();
    t.columns.pop_back();
    for (std::size_t c = t.columns.size() - 1; c > 0; --c) std::swap(t.columns[c], t.columns[rng.below(c + 1)]);
    t.columns.push_back(label);
    CHECK(examples_of(t).image.rank() == 0);
  }
  for (const std::int64_t rows : {30, 100, 1797}) {
    std::vector<std::int64_t> first;
    for (std::int64_t i = 0; i < rows; ++i) first.push_back(i);
    CHECK(examples_of(take(read_csv(path), first)).image == Shape{8, 8});
  }
}

TEST_CASE("made pictures are pictures") {
  const Pixel blobs = [](Generator&, const std::vector<double>& own, std::int64_t i, std::int64_t j) {
    return 200 * spot(static_cast<double>(i), static_cast<double>(j), 4 + own[0], 4 + own[1], 1.5);
  };
  const Pixel noisy = [&](Generator& rng, const std::vector<double>& own, std::int64_t i, std::int64_t j) {
    return 40 + blobs(rng, own, i, j) + 20 * gauss(rng);
  };
  for (const std::int64_t side : {8, 9}) {
    CHECK(table_of(400, side, blobs).image == Shape{side, side});
    CHECK(table_of(400, side, noisy).image == Shape{side, side});
  }
}

// long: a table, one kind of columns a row
TEST_CASE("columns that only have the numbers of pixels are none") {
  struct Row {
    const char* what;
    Pixel pixel;
  };
  const Row rows[] = {
      {"any numbers", [](Generator& rng, const auto&, std::int64_t, std::int64_t) { return 255 * uniform(rng); }},
      {"bits",
       [](Generator& rng, const auto&, std::int64_t, std::int64_t) { return static_cast<double>(rng.below(2)); }},
      {"few counts, most of them 0",
       [](Generator& rng, const auto&, std::int64_t, std::int64_t) {
         return rng.below(20) == 0 ? static_cast<double>(rng.below(9)) : 0.0;
       }},
      {"all go with one",
       [](Generator& rng, const auto& own, std::int64_t, std::int64_t) { return 128 + 40 * own[0] + 20 * gauss(rng); }},
      {"eight groups of eight", [](Generator& rng, const auto& own, std::int64_t i,
                                   std::int64_t) { return 128 + 40 * own[at(i)] + 20 * gauss(rng); }},
      {"eight questions, asked again", [](Generator& rng, const auto& own, std::int64_t,
                                          std::int64_t j) { return 128 + 40 * own[at(j)] + 20 * gauss(rng); }},
      {"groups and questions",
       [](Generator& rng, const auto& own, std::int64_t i, std::int64_t j) {
         return 128 + 30 * (own[at(i)] + own[at(j + 20)]) + 15 * gauss(rng);
       }},
      {"a wave",
       [](Generator& rng, const auto& own, std::int64_t i, std::int64_t j) {
         return 128 + 90 * std::sin(2 * std::numbers::pi * static_cast<double>(i * 8 + j) / 11 + 5 * own[0]) +
                5 * gauss(rng);
       }},
      {"a wave as long as a row",
       [](Generator& rng, const auto& own, std::int64_t i, std::int64_t j) {
         return 128 + 90 * std::sin(2 * std::numbers::pi * static_cast<double>(i * 8 + j) / 8 + 5 * own[0]) +
                5 * gauss(rng);
       }},
      {"a slow wave",
       [](Generator&, const auto& own, std::int64_t i, std::int64_t j) {
         return 128 + 90 * std::sin(static_cast<double>(i * 8 + j) / 64 * (2 + own[1]) + 5 * own[0]);
       }},
      {"counts that fade",
       [](Generator& rng, const auto& own, std::int64_t i, std::int64_t j) {
         return std::exp(-static_cast<double>(i * 8 + j) / 20) * (150 + 30 * own[0]) + 3 * gauss(rng);
       }},
  };
  for (const Row& row : rows)
    for (const std::int64_t count : {40, 1000}) {
      CAPTURE(row.what);
      CAPTURE(count);
      const Examples e = table_of(count, 8, row.pixel);
      CHECK(e.image.rank() == 0);
      CHECK(e.notes.empty());
    }
  double walk = 0;
  const Examples series = table_of(500, 9, [&walk](Generator& rng, const auto&, std::int64_t i, std::int64_t j) {
    walk = i + j == 0 ? 128 : walk + 10 * gauss(rng);
    return walk;
  });
  CHECK(series.image.rank() == 0);
}

}  // namespace logitape::tests
