// tape_svg: what is drawn is the tape, nothing overlaps, edges end where they should, and text fits.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "engine_test.h"
#include "logitape/autograd/inspect.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/ops/cross_entropy.h"
#include "random_graph.h"
#include "tape_picture.h"
#include "tests/devices/device.h"
#include "tests/support/markup.h"
#include "tests/support/sanitized.h"

using namespace logitape;
using namespace engine_test;
using tape_picture::Box;
using tape_picture::Picture;
using tape_picture::read_picture;
using tape_picture::Text;

namespace {

bool overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

bool inside(const Box& box, const tape_picture::Point& p) {
  return p.x > box.x + 0.2 && p.x < box.x + box.width - 0.2 && p.y > box.y + 0.2 && p.y < box.y + box.height - 0.2;
}

// Text between the sides of its box, lines one below the other, and two texts of a line apart.
bool text_fits(const Box& box) {
  for (const Text& t : box.texts) {
    if (t.left() < box.x + 5 || t.right() > box.x + box.width - 5) return false;
    if (t.at.y - 10 < box.y || t.at.y + 4 > box.y + box.height) return false;
    for (const Text& u : box.texts) {
      if (&u == &t) continue;
      if (std::abs(u.at.y - t.at.y) > 1 ? std::abs(u.at.y - t.at.y) < 15 : t.left() < u.right() && u.left() < t.right())
        return false;
    }
  }
  return !box.texts.empty();
}

// How many things are wrong with the drawing.
int faults(const Picture& picture, double width, double height) {
  int count = 0;
  for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
    const Box& box = picture.boxes[i];
    count += !text_fits(box);
    count += box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height;
    for (std::size_t k = 0; k < i; ++k) count += overlap(box, picture.boxes[k]);
  }
  for (const auto& edge : picture.edges) {
    const Box *from = picture.box(edge.from), *to = picture.box(edge.to);
    if (!from || !to) return count + 1;
    const auto begin = edge.points.front(), end = edge.points.back();
    count += std::abs(begin.y - from->y - from->height) > 0.2 || begin.x < from->x || begin.x > from->x + from->width;
    count += std::abs(end.y - to->y) > 0.2 || end.x < to->x || end.x > to->x + to->width;
    for (const Box& box : picture.boxes)
      count += std::ranges::any_of(edge.points, [&](const auto& p) { return inside(box, p); });
  }
  return count;
}
int faults(const std::string& svg) {
  const std::string tag = svg.substr(0, svg.find('>'));
  return faults(read_picture(svg), tape_picture::number(tag, "width"), tape_picture::number(tag, "height"));
}

}  // namespace

TEST_SUITE("tape_svg") {
  TEST_CASE(
      "in pictures of random graphs no box overlaps, every edge ends on its boxes and crosses no other, text fits") {
    const int step = tests::sanitized ? 60 : 13;
    for (int count = 1; count <= 200; count += step) {
      CAPTURE(count);
      const RandomGraph graph = random_graph(count, count);
      const std::string svg = tape_svg(graph.loss, {.most = 2000});
      CHECK(tests::well_formed(svg));
      CHECK(faults(svg) == 0);
      double left = 1e9, right = 0;  // what is drawn stands in the middle, and the picture is no wider than it needs
      const Picture picture = read_picture(svg);
      for (const Box& box : picture.boxes) {
        left = std::min(left, box.x);
        right = std::max(right, box.x + box.width);
      }
      for (const auto& edge : picture.edges)
        for (const auto& p : edge.points) {
          left = std::min(left, p.x);
          right = std::max(right, p.x);
        }
      const double width = tape_picture::number(svg.substr(0, svg.find('>')), "width");
      CHECK((width < 450 || (left < 60 && right > width - 60)));
      // a box for each node, an edge for each pair of reader and input
      std::set<std::pair<std::string, std::string>> edges, drawn;
      for (const Node* node : tape_nodes(graph.loss)) {
        const std::string id = "tape-" + std::to_string(node->tick());
        REQUIRE(picture.box(id));
        CHECK(picture.box(id)->tick == std::to_string(node->tick()));
        for (int i = 0; i < node->input_count(); ++i)
          if (const auto& of = node->input_slot(i).node()) edges.emplace("tape-" + std::to_string(of->tick()), id);
      }
      for (const auto& edge : picture.edges)
        if (edge.from.find("tape-c") != 0) drawn.emplace(edge.from, edge.to);
      CHECK(edges == drawn);
    }
  }

  TEST_CASE("the check above sees what overlaps, what does not fit, and an edge that ends in the air") {
    const Tensor x = variable(tensor({1.0, 2.0})), y = variable(tensor({1.0, 2.0}));
    const std::string svg = tape_svg(sum(x * y));
    Picture picture = read_picture(svg);
    REQUIRE(faults(picture, 1e4, 1e4) == 0);
    picture.boxes[0].x = picture.boxes[1].x;
    picture.boxes[0].y = picture.boxes[1].y;
    CHECK(faults(picture, 1e4, 1e4) > 0);
    picture = read_picture(svg);
    picture.boxes[0].texts[0].words += " and far more than there is room for";
    CHECK(faults(picture, 1e4, 1e4) > 0);
    picture = read_picture(svg);
    picture.edges[0].points.back().y += 30;
    CHECK(faults(picture, 1e4, 1e4) > 0);
    CHECK(faults(picture, 100, 100) > 0);
  }

  TEST_CASE("names of any length and kind fit, and are markup nowhere") {
    const std::string names[] = {"<script>\"&'</script>",
                                 "a\nb\x01\xff",
                                 std::string(300, 'W'),
                                 "名前名前名前名前名前名前名前名前",
                                 "größe",
                                 ""};
    for (const std::string& name : names) {
      CAPTURE(name);
      const Tensor x = variable(tensor({{1.0, 2.0}, {3.0, 4.0}})), c = tensor({{1.0, 1.0}, {2.0, 2.0}});
      const Tensor h = exp(x) * c;
      const std::string svg = tape_svg(
          sum(h), {.names = {{x, name}, {c, name}, {h, name}, {tensor(1.0), name}}, .title = name, .id = name});
      CHECK(tests::well_formed(svg));
      CHECK(svg.find("<script") == std::string::npos);
      CHECK(svg.find("role=\"img\"") != std::string::npos);
      CHECK(tests::count(svg, "<desc") == 1);
      for (const Box& box : read_picture(svg).boxes) CHECK(text_fits(box));
    }
  }

  TEST_CASE("small tensors show values and gradients, large ones the gradient's norm") {
    const Tensor x = variable(tensor({1.0, -2.5, 0.0})), big = variable(ones({7}, DType::f64));
    const std::string svg = tape_svg(sum(x * x) + sum(big * 2), {.names = {{x, "x"}}});
    CHECK(svg.find(">[1 -2.5 0]<") != std::string::npos);
    CHECK(svg.find(">[2 -5 0]<") != std::string::npos);
    CHECK(svg.find(">5.39<") != std::string::npos);  // the root of 4 + 25
    CHECK(svg.find("gradient norm") != std::string::npos);
    CHECK(svg.find(">5.29<") != std::string::npos);  // the root of 7 * 2^2
    CHECK(tape_svg(sum(x * x), {.gradients = false}).find("gradient n") == std::string::npos);
    constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK(tape_svg(x * 1, {.seed = tensor({nan, 1.0, infinity})}).find(">[nan 1 inf]<") != std::string::npos);
  }

  TEST_CASE("kinds of boxes look different; ids carry the prefix and are unique; dark and light") {
    const Tensor x = variable(tensor({1.0, 2.0})), c = tensor({3.0, 4.0});
    const std::string svg = tape_svg(sum(x * c + stop_gradient(x)), {.id = "first"});
    const Picture picture = read_picture(svg, "first");
    std::map<std::string, int> kinds;
    std::set<std::string> ids;
    for (const Box& box : picture.boxes) {
      ++kinds[box.kind];
      ids.insert(box.id);
      CHECK(box.id.rfind("first-", 0) == 0);
    }
    CHECK(ids.size() == picture.boxes.size());
    CHECK(kinds["variable"] == 1);
    CHECK(kinds["constant"] == 1);
    CHECK(kinds["cut"] == 1);
    CHECK(kinds["rule"] == 3);
    CHECK(tests::count(svg, "class=\"edge still\"") == 2);
    CHECK(svg.find("prefers-color-scheme: dark") != std::string::npos);
    CHECK(tests::count(svg, "\n.logitape-tape") > 10);  // no rule of the style reaches what stands beside it on a page
  }

  TEST_CASE("what repeats is folded, and counted") {
    const Tensor x = variable(tensor({0.5, 1.0}));
    Tensor y = x;
    for (int i = 0; i < 20000; ++i) y = i % 2 ? tanh(y) : y * 1.5;
    const std::string svg = tape_svg(sum(y));
    CHECK(svg.find("×9,999") != std::string::npos);
    CHECK(faults(svg) == 0);
    CHECK(read_picture(svg).boxes.size() < 12);

    Generator rng{3};
    Tensor h = ones({4, 3}, DType::f64);
    for (int i = 0; i < 70; ++i) {
      const Tensor w = variable(randn({3, 3}, rng, DType::f64)), b = variable(zeros({3}, DType::f64));
      h = tanh(matmul(h, w) + b);
    }
    const std::string model = tape_svg(sum(h));
    CHECK(model.find("×69") != std::string::npos);
    CHECK(model.find("data-count=\"345\"") != std::string::npos);  // three ops and two variables a layer
    CHECK(faults(model) == 0);
  }

  TEST_CASE("whatever the graph, a picture has no more boxes of nodes than asked, in each node once") {
    const std::vector<Tensor> leaves = [] {
      std::vector<Tensor> all;
      for (int i = 0; i < 500; ++i) all.push_back(variable(tensor({static_cast<double>(i)})));
      return all;
    }();
    std::vector<Tensor> losses = {sum(concat(leaves, 0)), random_graph(5, 700).loss, random_graph(6, 1000).loss};
    Tensor pairs = leaves[0];  // no two variables have the same readers
    for (std::size_t i = 1; i < leaves.size(); ++i) pairs = pairs * leaves[i] + leaves[i - 1];
    losses.push_back(pairs);
    for (const Tensor& loss : losses)
      for (const int most : {2, 9, 60, 200}) {
        CAPTURE(most);
        const std::string svg = tape_svg(loss, {.gradients = false, .most = most});
        std::size_t boxes = 0, nodes = 0;
        for (std::size_t at = svg.find("<g id="); at != std::string::npos; at = svg.find("<g id=", at + 1)) {
          const std::string tag = svg.substr(at, svg.find('>', at) - at);
          if (tape_picture::attribute(tag, "data-tick").empty()) continue;
          ++boxes;
          const std::string count = tape_picture::attribute(tag, "data-count");
          nodes += count.empty() ? 1 : std::stoul(count);
        }
        CHECK(boxes <= static_cast<std::size_t>(most));
        CHECK(nodes == tape_nodes(loss).size());
        CHECK(faults(svg) == 0);
      }
  }

  TEST_CASE("second order, half precision and devices are drawn") {
    const Tensor x = variable(tensor({{1.0, 2.0}, {0.5, -1.0}}));
    const Tensor first = cross_entropy(x, tensor({0, 1}));
    const Tensor g = grad(first, x, {.create_graph = true});
    CHECK(faults(tape_svg(sum(g * g))) == 0);
    const Tensor h = variable(tensor({1.f, 2.f}).to(DType::bf16));
    CHECK(tape_svg(sum(h.to(DType::f32))).find("bf16 [2]") != std::string::npos);
    CHECK(faults(tape_svg(x, {.seed = x})) == 0);
    if (!tests::has_cuda()) return;
    const Tensor there = variable(tensor({1.0, 2.0}).to(Device::cuda()));
    CHECK(tape_svg(sum(there * there)).find(">[2 4]<") != std::string::npos);
  }
}
