// The figures of an explanation: forces, the simplex, and matrices with signs.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/markup.h"
#include "tests/train/picture.h"

namespace logitape::tests {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

// p by the formula from logits that run through -3 .. 3; the label is on the first class.
Forces forces_of(std::size_t classes, const std::string& prefix) {
  Forces f{.title = "What pushes each logit"};
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(c % 7) - 3);
  for (std::size_t c = 0; c < classes; ++c) {
    f.classes.push_back(prefix + std::to_string(c));
    f.probabilities.push_back(std::exp(static_cast<double>(c % 7) - 3) / sum);
    f.labels.push_back(c == 0 ? 1 : 0);
    f.gradient.push_back(f.probabilities[c] - f.labels[c]);
  }
  return f;
}

Tensor loss_of(const Tensor& x, const Tensor& t) { return cross_entropy(x, t, {.reduction = Reduction::sum}); }

}  // namespace

TEST_CASE("forces of any number of classes are drawn inside their picture, and no text lies on another") {
  for (const std::size_t classes : {1, 2, 3, 5, 7, 8, 10, 19, 20, 21, 100, 10000})
    for (const char* const prefix : {"", "class ", "a name that is far too long for a column, number "}) {
      const std::string xml = svg(forces_of(classes, prefix));
      INFO(classes, " classes called ", prefix);
      CHECK(well_formed(xml));
      CHECK(misplaced(xml) == "");
      CHECK(xml.size() < 30000);
    }
}

TEST_CASE("a logit is pushed up where its label is above its probability, with the numbers in words") {
  const std::string xml = svg(Forces{.title = "t",
                                     .classes = {"a", "<b>", "c"},
                                     .probabilities = {0.25, 0.25, 0.5},
                                     .labels = {0, 1, 0.5},
                                     .gradient = {0.25, -0.75, 0}});
  CHECK(well_formed(xml));
  CHECK(count(xml, ">-0.250<") == 1);
  CHECK(count(xml, ">+0.750<") == 1);
  CHECK(count(xml, "a: p 0.250, t 0, the logit is pushed down by 0.250.") == 1);
  CHECK(count(xml, "&lt;b&gt;: p 0.250, t 1.000, the logit is pushed up by 0.750.") == 1);
  CHECK(count(xml, "c: p 0.500, t 0.500, the logit is pushed nowhere by 0.") == 1);
  // an arrow begins with the path of its head; f0 goes up, f1 down
  CHECK(count(xml, "Z\" class=\"f0\"") == 1);
  CHECK(count(xml, "Z\" class=\"f1\"") == 1);
}

TEST_CASE("of many classes the largest are drawn, and the sums of the others") {
  Forces f{.title = "many", .classes = std::vector<std::string>(1000), .labels = std::vector<double>(1000)};
  for (std::size_t c = 0; c < 1000; ++c) {
    f.classes[c] = std::to_string(c);
    f.probabilities.push_back(c % 100 == 7 ? 0.05 : 0.5 / 990);
    f.gradient.push_back(f.probabilities[c]);
  }
  f.labels[42] = 1, f.gradient[42] -= 1;
  const std::string xml = svg(f);
  for (const char* const name : {">7<", ">42<", ">907<", ">984 others<"}) CHECK(count(xml, name) == 1);
  // 16 are drawn: ten of 0.05, the label's, and five more; 984 others remain
  CHECK(count(xml, "984 others: p 0.497, t 0, the logit is pushed down by 0.497.") == 1);
}

TEST_CASE("numbers that are not finite are words in a figure, and draw no arrow") {
  Forces f = forces_of(5, "");
  f.probabilities[1] = f.gradient[1] = nan;
  f.gradient[2] = inf, f.gradient[3] = -inf, f.probabilities[4] = 1e308, f.gradient[4] = -1e308;
  const std::string xml = svg(f);
  CHECK(well_formed(xml));
  CHECK(misplaced(xml) == "");
  CHECK(count(xml, ">NaN<") == 1);
  CHECK(count(xml, ">-inf<") == 1);
  CHECK(count(xml, ">+inf<") == 1);
  CHECK(count(xml, "nan") + count(xml, "\"inf") + count(xml, " inf") == 0);
  CHECK_THROWS_WITH_AS(svg(Forces{.title = "none"}), "Forces: \"none\" has no class; at least one is needed", Error);
  f.labels.pop_back();
  CHECK_THROWS_WITH_AS(
      svg(f), "Forces: \"What pushes each logit\" has 5 classes, but 5 probabilities, 4 labels and 5 gradients", Error);
}

TEST_CASE("the field on the simplex is p*(u - sum of p*u) with u = t - p, and a path takes steps on the logits") {
  const std::vector<double> t = {0.7, 0.2, 0.1};
  const Simplex s = descend_on_simplex([&](const Tensor& x) { return loss_of(x, from_span(t, {3})); },
                                       tensor({-1.0, 4.0, 1.0}), {.step = 0.5, .steps = 200});
  CHECK(s.places.size() == 55);  // 11*10/2 points inside a grid of 12 parts
  for (std::size_t i = 0; i < s.places.size(); ++i) {
    const Simplex::Point p = s.places[i];
    double mean = 0;
    for (std::size_t c = 0; c < 3; ++c) mean += p[c] * (t[c] - p[c]);
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(s.moves[i][c] == doctest::Approx(p[c] * (t[c] - p[c] - mean)).epsilon(1e-12));  // a dozen roundings of f64
  }
  double x[] = {-1, 4, 1}, p[3];
  for (std::size_t step = 0; step < 3; ++step) {
    const double sum = std::exp(x[0]) + std::exp(x[1]) + std::exp(x[2]);
    for (std::size_t c = 0; c < 3; ++c) {
      p[c] = std::exp(x[c]) / sum;
      CHECK(s.path[step][c] == doctest::Approx(p[c]).epsilon(1e-12));
      x[c] -= 0.5 * (p[c] - t[c]);
    }
  }
  CHECK(s.path.size() == 201);
  for (std::size_t c = 0; c < 3; ++c) CHECK(std::fabs(s.path.back()[c] - t[c]) < 1e-3);  // descent has arrived
}

TEST_CASE("a class that cannot happen keeps the simplex to the edge of the others") {
  const Simplex s = descend_on_simplex(
      [&](const Tensor& x) {
        return loss_of(x, tensor({1.0, 0.0, 0.0}));
      },
      tensor({1.0, 2.0, -inf}));
  CHECK(s.places.size() == 11);
  for (const Simplex::Point& place : s.places) CHECK(place[2] == 0);
  for (const Simplex::Point& at : s.path) CHECK(at[2] == 0);
  CHECK(misplaced(svg(s)) == "");
}

TEST_CASE("a simplex names its corners, its points and its path, and refuses what it cannot draw") {
  Simplex s = descend_on_simplex(
      [](const Tensor& x) {
        return loss_of(x, tensor({0.7, 0.2, 0.1}));
      },
      tensor({-1.0, 4.0, 1.0}));
  s.title = "Descent, seen in probabilities";
  s.classes = {"<cat>", "a name that is far too long", "another such name, longer still"};
  s.label = {0.7, 0.2, 0.1};
  const std::string xml = svg(s);
  CHECK(well_formed(xml));
  CHECK(misplaced(xml) == "");
  CHECK(count(xml, ">&lt;cat&gt;<") == 1);
  CHECK(count(xml, ">the label: 0.700, 0.200, 0.100<") == 1);
  CHECK(count(xml, ">p, now: 0.006, 0.946, 0.047<") == 1);  // e^-1, e^4 and e over their sum, 57.68
  s.label = {nan, nan, nan};
  s.path = {{nan, nan, nan}};
  CHECK(well_formed(svg(s)));
  CHECK(count(svg(s), "the label:") == 0);
  CHECK(count(svg(s), "p, now: NaN, NaN, NaN") == 2);  // for the eye and for the ear
  s.path.clear();
  CHECK_THROWS_AS(svg(s), Error);
  const auto f = [](const Tensor& x) { return sum(x); };
  CHECK_THROWS_WITH_AS(descend_on_simplex(f, tensor({1.0, 2.0})),
                       "descend_on_simplex: logits are f64 [2]; f32 or f64 [3] is needed, a triangle has three corners",
                       Error);
  CHECK_THROWS_AS(descend_on_simplex(f, tensor({1.0, 2.0, 3.0}), {.step = 0}), Error);
  CHECK_THROWS_AS(descend_on_simplex(f, tensor({1.0, 2.0, 3.0}), {.steps = -1}), Error);
  CHECK_THROWS_AS(descend_on_simplex(f, tensor({1.0, 2.0, 3.0}), {.grid = 2}), Error);
}

TEST_CASE("a matrix has a colour for each sign and its numbers in the cells") {
  const SignedMap map{.title = "J",
                      .rows_label = "p",
                      .columns_label = "x",
                      .rows = {"<a>", "b"},
                      .columns = {"<a>", "b", "c"},
                      .values = {0.25, -0.25, 0, nan, -inf, 1e-300}};
  const std::string xml = svg(map);
  CHECK(well_formed(xml));
  CHECK(misplaced(xml) == "");
  for (const char* const text : {">0.250<", ">-0.250<", ">0<", ">NaN<", ">-inf<", ">1e-300<"})
    CHECK(count(xml, text) == 1);
  CHECK(count(xml, "class=\"f0\"") == 2 + 1);  // cells below 0, and the legend's box
  CHECK(count(xml, "class=\"f1\"") == 2 + 1);
  CHECK(count(xml, "&lt;a&gt;: 0.250 -0.250 0.") == 1);  // read aloud
  for (const std::size_t n : {1, 2, 6, 24, 25, 64}) {
    SignedMap large{.title = "a title that is longer than a matrix of one cell", .rows_label = "a long label of rows"};
    for (std::size_t i = 0; i < n; ++i) large.rows.push_back("a class with a long name " + std::to_string(i));
    large.columns = large.rows;
    for (std::size_t i = 0; i < n * n; ++i) large.values.push_back(std::sin(static_cast<double>(i)) * 1000);
    INFO(n);
    CHECK(misplaced(svg(large)) == "");
  }
  CHECK_THROWS_WITH_AS(svg(SignedMap{.title = "t", .rows = {"a"}, .columns = {"b"}}),
                       "SignedMap: \"t\" has 0 values for 1 rows and 1 columns", Error);
  SignedMap wide{
      .title = "t", .rows = {"a"}, .columns = std::vector<std::string>(65), .values = std::vector<double>(65)};
  CHECK_THROWS_WITH_AS(svg(wide), "SignedMap: \"t\" has 1 rows and 65 columns; at most 64 can be told apart", Error);
}

}  // namespace logitape::tests
