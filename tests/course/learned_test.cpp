// What lessons 5 and 6 learn, learned again by loops over long double, with gradients written out by hand. Only the
// random numbers are the library's.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <logitape.h>

#include <algorithm>
#include <array>

#include "tests/course/course_pages.h"

namespace {

using namespace course;
namespace lt = logitape;

std::vector<Row> rows_of(const lt::Tensor& table) {
  const std::vector<double> all = table.to_vector();
  const auto columns = all.size() / static_cast<std::size_t>(table.shape()[0]);
  std::vector<Row> rows;
  for (std::size_t at = 0; at < all.size(); at += columns)
    rows.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                      all.begin() + static_cast<std::ptrdiff_t>(at + columns));
  return rows;
}

// hidden = max(at*first + first_bias, 0), logits = hidden*second + second_bias; without hidden units, at*second.
struct Network {
  std::vector<Row> first, second;
  Row first_bias, second_bias;

  Row hidden(const Row& at) const {
    if (first.empty()) return at;
    Row h = first_bias;
    for (std::size_t i = 0; i < at.size(); ++i) h = h + at[i] * first[i];
    for (Real& unit : h) unit = std::max(unit, 0.0L);
    return h;
  }
  Row logits(const Row& h) const {
    Row x = second_bias;
    for (std::size_t i = 0; i < h.size(); ++i) x = x + h[i] * second[i];
    return x;
  }
  std::size_t class_of(const Row& at) const {
    const Row x = logits(hidden(at));
    return x[1] > x[0] ? 1 : 0;
  }
};

std::size_t truth(const Row& at) { return at[0] * at[0] + at[1] * at[1] < 0.6L ? 1 : 0; }

// The mean loss and the accuracy in percent.
std::array<Real, 2> judge(const Network& net, const std::vector<Row>& points) {
  Real total = 0, right = 0;
  for (const Row& at : points) {
    total += surprise(net.logits(net.hidden(at)))[truth(at)];
    right += net.class_of(at) == truth(at);
  }
  const auto count = static_cast<Real>(points.size());
  return {total / count, 100 * right / count};
}

void step(Network& net, const std::vector<Row>& points) {
  const Real rate = 0.5L / static_cast<Real>(points.size());
  Network next = net;
  for (const Row& at : points) {
    Row t(2, 0);
    t[truth(at)] = 1;
    const Row h = net.hidden(at), g = into_logits(net.logits(h), t);
    next.second_bias = next.second_bias + (-rate * g);
    for (std::size_t unit = 0; unit < h.size(); ++unit) {
      next.second[unit] = next.second[unit] + (-rate * h[unit] * g);
      if (net.first.empty() || h[unit] <= 0) continue;
      const Real into_unit = net.second[unit][0] * g[0] + net.second[unit][1] * g[1];
      next.first_bias[unit] -= rate * into_unit;
      for (std::size_t i = 0; i < at.size(); ++i) next.first[i][unit] -= rate * into_unit * at[i];
    }
  }
  net = next;
}

// Follows the training beside the page's lines "step N  loss L  accuracy A%", five from `line` on.
Network follow(Network net, const std::vector<Row>& points, const std::vector<Row>& lines, std::size_t line) {
  for (int done = 0; done <= 1000; ++done) {
    if (done % 250 == 0) {
      const Row& printed = lines.at(line++);
      const auto [loss, accuracy] = judge(net, points);
      CHECK(printed.at(0) == done);
      CHECK(same({printed.at(1)}, {loss}, 3));
      CHECK(same({printed.at(2)}, {accuracy}, 1));
    }
    step(net, points);
  }
  return net;
}

TEST_CASE("lesson 5 shows the losses, accuracies and the map that backprop by hand arrives at") {
  lt::Generator rng{7};
  const auto square = [&rng] { return rows_of(2 * lt::uniform({200, 2}, rng, lt::DType::f64) - 1); };
  const std::vector<Row> known = square(), fresh = square();
  const std::string page = "5_classifier.md";
  const std::vector<Row> lines = shown(page, "step ");
  const std::vector<Row> none(2, Row(2, 0)), second(16, Row(2, 0));
  const Network linear = follow({{}, none, {}, Row(2, 0)}, known, lines, 0);
  const Network net =
      follow({rows_of(lt::randn({2, 16}, rng, lt::DType::f64)), second, Row(16, 0), Row(2, 0)}, known, lines, 5);
  const Row new_points = shown(page, "200 new points").at(0);
  CHECK(same(new_points, {judge(linear, fresh)[1], judge(net, fresh)[1]}, 1));

  std::string map;
  for (int row = 5; row >= -5; --row) {
    for (int column = -10; column <= 10; ++column)
      map += net.class_of({static_cast<Real>(column / 10.0), static_cast<Real>(row / 5.0)}) == 1 ? '#' : '.';
    map += '\n';
  }
  CHECK(text_of(page).find("```text\n" + map + "```") != std::string::npos);
}

TEST_CASE("lesson 6 shows what two learners of long double agree on") {
  const std::string page = "6_labels.md";
  for (std::size_t run = 0; run < 2; ++run) {
    Row u = logits, x = {0, 0, 0};
    for (int done = 0; done < 500; ++done) {
      const Row t = softmax(u), into_teacher = into_label_logits(t, surprise(x));
      x = x + (-0.5L * into_logits(x, t));
      if (run == 1) u = u + (-0.5L * into_teacher);
    }
    CHECK(same(shown(page, "  teacher's p").at(run), softmax(u)));
    CHECK(same(shown(page, "  student's p").at(run), softmax(x)));
    CHECK(same(shown(page, "  loss").at(run), {loss(x, softmax(u))}));
  }
}

constexpr std::size_t points = 150;

// Labels and a linear classifier that learn together, as lesson 6 has them.
struct Mending {
  std::size_t wrong_of_ten;
  std::vector<Row> at, u = std::vector<Row>(points, Row(3, 0)), weights = std::vector<Row>(2, Row(3, 0));
  Row bias = Row(3, 0);
  std::vector<std::size_t> given;

  explicit Mending(std::size_t wrong) : wrong_of_ten(wrong) {
    const std::vector<Row> centres = {{0, 1}, {-0.9L, -0.5L}, {0.9L, -0.5L}};
    lt::Generator rng{7};
    at = rows_of(lt::randn({points, 2}, rng, lt::DType::f64));
    for (std::size_t i = 0; i < points; ++i) {
      at[i] = centres[i % 3] + 0.4L * at[i];
      given.push_back((i % 3 + (i % 10 < wrong_of_ten ? 1 : 0)) % 3);
      u[i][given[i]] = 3;
    }
  }
  Real left(std::size_t i) const { return softmax(u[i])[given[i]]; }

  // Of the right labels, then of the wrong ones: how many, their surprise and what is left of them on average, changed.
  std::array<Row, 2> seen() const {
    std::array<Row, 2> all = {Row(4, 0), Row(4, 0)};
    for (std::size_t i = 0; i < points; ++i) {
      const Row s = surprise(bias + at[i][0] * weights[0] + at[i][1] * weights[1]);
      Row& group = all[given[i] != i % 3];
      group = group + Row{1, s[given[i]], left(i), left(i) < 0.5L ? 1.0L : 0.0L};
    }
    for (Row& group : all) group = {group[0], group[1] / group[0], group[2] / group[0], group[3]};
    return all;
  }
  void step(bool labels_learn) {
    std::vector<Row> next = weights;
    Row next_bias = bias;
    for (std::size_t i = 0; i < points; ++i) {
      const Row x = bias + at[i][0] * weights[0] + at[i][1] * weights[1], t = softmax(u[i]);
      const Row g = 0.5L / points * into_logits(x, t);
      next_bias = next_bias + (-1 * g);
      for (std::size_t axis = 0; axis < 2; ++axis) next[axis] = next[axis] + (-at[i][axis] * g);
      if (labels_learn) u[i] = u[i] + (-0.1L * into_label_logits(t, surprise(x)));
    }
    weights = next;
    bias = next_bias;
  }
};

TEST_CASE("lesson 6 shows which labels a loop over long double changes, and how much") {
  const std::vector<Row> printed = shown("6_labels.md", "step ");
  REQUIRE(printed.size() == 8);
  Mending mending(1);
  for (int done = 0; done <= 300; ++done) {
    if (done % 100 == 0) {
      const std::array<Row, 2> all = mending.seen();
      for (const std::size_t wrong : {1, 0}) {
        const Row& line = printed.at(static_cast<std::size_t>(done / 50) + 1 - wrong);
        const Row& group = all[wrong];  // the line: step, count, surprise, left, changed
        CHECK(same({line.at(0), line.at(1), line.at(4)}, {static_cast<Real>(done), group[0], group[3]}, 0));
        CHECK(same({line.at(2), line.at(3)}, {group[1], group[2]}, 2));
      }
    }
    if (done < 300) mending.step(done >= 100);
  }
  for (std::size_t i = 0; i < points; i += 10) {  // the picture has a ring around each wrong one, dashed if not found
    const std::string ring = fmt::format("ring\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"10\"", 320 + 145 * mending.at[i][0],
                                         235 - 120 * (mending.at[i][1] - 0.15L));
    const std::string end = mending.left(i) < 0.5L ? "/>" : " stroke-dasharray";
    CHECK(text_of("pictures/labels.svg").find(ring + end) != std::string::npos);
  }
}

TEST_CASE("lesson 6 says what becomes of four wrong labels in ten, and of a thousand steps") {
  const auto after = [](std::size_t wrong_of_ten, int steps) {
    Mending mending(wrong_of_ten);
    for (int done = 0; done < steps; ++done) mending.step(done >= 100);
    return mending.seen();
  };
  const std::string page = text_of("6_labels.md");
  const auto many = after(4, 300);
  CHECK(page.find(fmt::format("{:.0f} of {:.0f} wrong", many[1][3], many[1][0])) != std::string::npos);
  const auto both = after(1, 1000);
  CHECK(same({both[1][3], both[0][3]}, {shown("6_labels.md", "step 300").at(0).at(3) + 1, 3}, 0));
  CHECK(page.find("but 3 right labels are lost") != std::string::npos);
}

}  // namespace
