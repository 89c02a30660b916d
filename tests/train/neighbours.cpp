// Nearest neighbours against plain loops in double, ties that can be seen, texts, and the digits as scikit-learn has
// them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/train/data_files.h"
#include "tests/support/sanitized.h"

namespace logitape::tests {
namespace {

using Floats = std::vector<float>;
using Rows = std::vector<std::vector<double>>;

Rows rows_of(const Tensor& x) {
  const auto values = x.to_vector<double>();
  const std::size_t width = values.size() / static_cast<std::size_t>(x.shape()[0]);
  Rows rows;
  for (std::size_t at = 0; at < values.size(); at += width)
    rows.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(at),
                      values.begin() + static_cast<std::ptrdiff_t>(at + width));
  return rows;
}

// The shares of the votes, by sorting all of the training rows by distance(x, y), then by their number.
Floats shares_by_sorting(const Rows& known, const std::vector<std::int64_t>& labels, const Rows& asked, std::size_t k,
                         std::size_t classes, const auto& distance) {
  Floats shares;
  for (const auto& x : asked) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t row = 0; row < known.size(); ++row) order.emplace_back(distance(x, known[row]), row);
    std::sort(order.begin(), order.end());
    Floats votes(classes);
    for (std::size_t i = 0; i < k; ++i) ++votes[static_cast<std::size_t>(labels[order[i].second])];
    const float most = *std::max_element(votes.begin(), votes.end());
    std::size_t nearest = 0;
    while (votes[static_cast<std::size_t>(labels[order[nearest].second])] < most) ++nearest;
    const bool tied = std::count(votes.begin(), votes.end(), most) > 1;
    for (float& v : votes) v /= static_cast<float>(k);
    float& first = votes[static_cast<std::size_t>(labels[order[nearest].second])];
    if (tied) first = std::nextafter(first, 2.f);
    shares.insert(shares.end(), votes.begin(), votes.end());
  }
  return shares;
}

double squared_distance(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return sum;
}

Tensor labels_of(std::int64_t rows, std::uint64_t classes, Generator& rng) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) labels.push_back(static_cast<std::int64_t>(rng.below(classes)));
  return from_span(labels, {rows});
}

}  // namespace

TEST_CASE("neighbours vote as a plain loop in double finds them, for rows of any shape, in one block and in many") {
  Generator rng{5};
  // 2,100 rows are two blocks of training, 1,100 two of questions; rows of 20,000 elements make blocks of 104
  for (const auto& [known, asked, row] : std::vector<std::tuple<std::int64_t, std::int64_t, std::vector<std::int64_t>>>{
           {40, 7, {}},
           {40, 7, {3}},
           {40, 9, {2, 3, 2}},
           {2100, 1100, {4}},
           {sanitized ? 110 : 230, sanitized ? 106 : 220, {20000}}}) {
    std::vector<std::int64_t> of = row, to = row;
    of.insert(of.begin(), known);
    to.insert(to.begin(), asked);
    const Tensor train = randn(Shape(of), rng), test = randn(Shape(to), rng), labels = labels_of(known, 4, rng);
    for (const std::int64_t k : {1, 4, 5}) {
      if (sanitized && known > 1000 && k != 4) continue;  // the plain loop takes them long
      CAPTURE(k);
      const Tensor shares = NearestNeighbours{{train, labels}, k, 4}(test);
      CHECK(shares.shape() == Shape{asked, 4});
      CHECK(shares.to_vector<float>() == shares_by_sorting(rows_of(train), labels.to_vector<std::int64_t>(),
                                                           rows_of(test), static_cast<std::size_t>(k), 4,
                                                           squared_distance));
      if (row == std::vector<std::int64_t>{20000}) break;
    }
  }
}

TEST_CASE("rows as near are taken in their order, and far from the origin the nearest is still the nearest") {
  Generator rng{6};
  const auto whole = [&](std::int64_t n) {
    return (uniform({n, 3}, rng) * 3).to(DType::i32).to(DType::f32);
  };  // many ties
  const Tensor train = whole(60), test = whole(40), labels = labels_of(60, 3, rng);
  for (const std::int64_t k : {1, 2, 6, 60})
    CHECK(NearestNeighbours{{train, labels}, k}(test).to_vector<float>() ==
          shares_by_sorting(rows_of(train), labels.to_vector<std::int64_t>(), rows_of(test),
                            static_cast<std::size_t>(k), 3, squared_distance));
  // f32 holds 1e6 and steps of 1/16; in f32 the squares, near 1e12, would be off by 6e4
  const Tensor far = tensor({{1e6f}, {1e6f + 0.25f}, {1e6f + 1}}), near_middle = tensor({{1e6f + 0.1875f}});
  CHECK(NearestNeighbours{{far, tensor({0, 1, 2})}, 1}(near_middle).to_vector<float>() == Floats{0, 1, 0});
}

TEST_CASE("of classes with as many votes the one with the nearest neighbour is first, by one ULP") {
  const Tensor train = tensor({{0.f}, {1.f}, {2.f}, {3.f}}), labels = tensor({1, 0, 0, 1});
  const NearestNeighbours four{{train, labels}, 4};
  CHECK(four(tensor({{-1.f}, {1.25f}})).to_vector<float>() ==
        Floats{0.5f, std::nextafter(0.5f, 1.f), std::nextafter(0.5f, 1.f), 0.5f});
  CHECK(argmax(four(tensor({{-1.f}, {1.25f}})), 1).to_vector<int>() == std::vector<int>{1, 0});
  CHECK(NearestNeighbours{{train, labels}, 3}(tensor({{-1.f}})).to_vector<float>() == Floats{2 / 3.f, 1 / 3.f});
  CHECK(four(zeros({0, 1})).shape() == Shape{0, 2});
}

TEST_CASE("five neighbours read as many digits as scikit-learn's do, and the most frequent digit those that it is") {
  const Dataset all = dataset_of(load_examples(std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/digits.csv"));
  std::vector<std::int64_t> test, train;
  for (std::int64_t row = 0; row < all.size(); ++row) (row % 5 == 0 ? test : train).push_back(row);
  const auto part = [&](const std::vector<std::int64_t>& rows) {
    const Tensor order = from_span(rows, {static_cast<std::int64_t>(rows.size())});
    return Dataset{gather(all.inputs, order), gather(all.labels, order)};
  };
  const Dataset known = part(train), asked = part(test);
  // scikit-learn 1.9.1, KNeighborsClassifier(5) on this split: 355 of 360. In one row the vote is a tie: it takes the
  // smaller class, and the other one may be taken here
  const double right = accuracy(NearestNeighbours{known}(asked.inputs), asked.labels) * 360;
  CHECK(std::abs(right - 355) <= 1.001);
  CHECK(majority_accuracy(known.labels, asked.labels) ==
        28 / 360.0);  // NumPy 2: bincount(train).argmax() is 1, 28 rows of the test are
}

TEST_CASE("texts are compared by the cosine of their counts of ids, as a plain loop over all buckets does") {
  Generator rng{8};
  const std::int64_t buckets = 12;
  const auto texts = [&](std::int64_t n, std::int64_t longest) {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < n * longest; ++i)
      ids.push_back(static_cast<std::int64_t>(rng.below(2 * buckets)) - buckets);
    for (std::int64_t& id : ids)
      id = std::max<std::int64_t>(id, -1);  // more than half is padding: some texts have none
    return from_span(ids, {n, longest});
  };
  const auto counts = [&](const Tensor& ids) {
    Rows rows;
    for (const auto& row : rows_of(ids)) {
      rows.emplace_back(buckets);
      for (const double id : row)
        if (id >= 0) ++rows.back()[static_cast<std::size_t>(id)];
    }
    return rows;
  };
  // |x - y|^2 of rows of length 1, or 0: a sum of whole numbers under one root, so that ties are ties here as there
  const auto distance = [](const std::vector<double>& x, const std::vector<double>& y) {
    const double xx = std::inner_product(x.begin(), x.end(), x.begin(), 0.0),
                 yy = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
    const double xy = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
    return (yy > 0) - (xy > 0 ? 2 * xy / std::sqrt(xx * yy) : 0);
  };
  const Tensor train = texts(80, 5), test = texts(50, 9), labels = labels_of(80, 3, rng);
  for (const std::int64_t k : {1, 5, 8})
    CHECK(NearestNeighbours{{train, labels}, k}(test).to_vector<float>() ==
          shares_by_sorting(counts(train), labels.to_vector<std::int64_t>(), counts(test), static_cast<std::size_t>(k),
                            3, distance));
}

TEST_CASE("a text's neighbours are those that share its words, however long they are") {
  const HashingTokenizer tokenizer;
  const std::vector<std::string> known{"the cat sat on the mat with the other cat", "stocks fell", "a cat"},
      asked{"the cat on the mat", "stocks"};
  const NearestNeighbours one{{tokenizer(known), tensor({0, 1, 2})}, 1};
  CHECK(one(tokenizer(asked)).to_vector<float>() == Floats{1, 0, 0, 0, 1, 0});
}

TEST_CASE("what neighbours cannot compare is refused with what is wrong") {
  const Tensor x = tensor({{1.f, 2.f}, {3.f, 4.f}}), y = tensor({0, 1}), ids = arange(4).with_shape({2, 2});
  const auto made = [](const Tensor& inputs, const Tensor& labels, std::int64_t k = 1, std::int64_t classes = 0) {
    return refusal_of([&] { NearestNeighbours({inputs, labels}, k, classes); });
  };
  const auto asked = [&](const Tensor& inputs, const Tensor& rows) {
    return refusal_of([&] { NearestNeighbours({inputs, y}, 1)(rows); });
  };
  const std::string op = "NearestNeighbours: ", needed = "; f32 rows, or the ids of texts as i64 [n, ids], are needed";
  CHECK(made(x, y) == "");
  CHECK(made(x.to(DType::f64), y) == op + "the inputs are f64 [2,2]" + needed);
  CHECK(made(arange(2), y) == op + "the inputs are i64 [2]" + needed);
  CHECK(asked(x, Tensor()) == op + "the inputs are an empty tensor" + needed);
  CHECK(made(x, ones({2})) == op + "the labels are f32 [2]; integers [n] are needed");
  CHECK(made(x, y, 3) == op + "k is 3 for 2 training rows; 1 to as many are possible");
  CHECK(made(x, y, 0) == op + "k is 0 for 2 training rows; 1 to as many are possible");
  CHECK(made(x, y, 1, 1) == op + "label 1 of row 1 is outside [0, 1)");
  CHECK(made(x, y, 1, -1) == op + "classes is -1; at least 0 is needed");
  CHECK(made(x, tensor({-2, 1})) == op + "label -2 of row 0 is outside [0, 2)");
  CHECK(made(tensor({{std::int64_t{4}}, {std::int64_t{-3}}}), y) ==
        op + "row 1 has the id -3; 0 and more are ids, -1 is none");
  const Tensor bad = tensor({{1.f, std::numeric_limits<float>::infinity()}});
  CHECK(asked(x, bad) == op + "the inputs have inf at row 0, column 1");
  CHECK(asked(x, ones({2, 3})) == op + "the inputs are f32 [2,3], those of training f32 [2,2]: rows of another kind");
  CHECK(asked(x, ids) == op + "the inputs are i64 [2,2], those of training f32 [2,2]: rows of another kind");
  CHECK(asked(ids, ids.with_shape({1, 4})) == "");
}

TEST_CASE("the majority is the most frequent class of training, the smallest of equally frequent ones") {
  CHECK(majority_accuracy(tensor({2, 0, 2, 1}), tensor({2, 2, 1, 0})) == 0.5);
  CHECK(majority_accuracy(tensor({2, 1, 2, 1}), tensor({2, 2, 1, 0})) == 0.25);
  CHECK(majority_accuracy(tensor({5}), tensor({2, 2})) == 0);
  CHECK(refusal_of([] { majority_accuracy(tensor({1}), arange(0)); }) ==
        "majority_accuracy: training_labels are i32 [1], labels i64 [0]; [n] with at least one row is needed");
  CHECK(refusal_of([] {
          majority_accuracy(ones({1}), tensor({1}));
        }).starts_with("majority_accuracy: indices have to be i8, u8, i16, i32 or i64"));
}

}  // namespace logitape::tests
