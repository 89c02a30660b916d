// Axes and counts as NumPy's and PyTorch's users write them at first: each line compiles and gives what a formula
// gives. What must not compile is in tests/misuse.
#include <doctest/doctest.h>
#include <logitape.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace lt = logitape;

namespace {

using lt::DType, lt::Shape, lt::Tensor, lt::tensor;
using Numbers = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity();

Numbers numbers(const Tensor& t) { return t.to_vector<double>(); }
bool same(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && numbers(a) == numbers(b);
}
// 0, 1, 2, ... whose sums f32 holds.
Tensor counted(const Shape& shape) { return lt::reshape(lt::arange(shape.size()).to(DType::f32), shape); }

TEST_CASE("an axis or several may stand alone, in every reduction") {
  const Tensor x = counted({2, 3, 4});  // x[i, j, k] = 12i + 4j + k
  CHECK(numbers(lt::mean(x, {0, 1})) == Numbers{10, 11, 12, 13});
  CHECK(lt::mean(x, {0, 1}).shape() == Shape{4});
  CHECK(numbers(lt::mean(x, {1})) == Numbers{4, 5, 6, 7, 16, 17, 18, 19});
  CHECK(numbers(lt::mean(x, 1)) == Numbers{4, 5, 6, 7, 16, 17, 18, 19});
  CHECK(numbers(lt::sum(x, {0, 2})) == Numbers{60, 92, 124});
  CHECK(numbers(lt::sum(x, -1)) == Numbers{6, 22, 38, 54, 70, 86});
  CHECK(numbers(lt::max(x, {-2, -1})) == Numbers{11, 23});
  CHECK(numbers(lt::min(x, {1, 2})) == Numbers{0, 12});
  CHECK(same(lt::logsumexp(x, 2), lt::logsumexp(x, {.axes = {2}})));
  CHECK(numbers(lt::variance(x, 2)) == Numbers(6, 1.25));
  CHECK(numbers(lt::standard_deviation(lt::tensor({{1.f, 3.f}, {4.f, 8.f}}), 1)) == Numbers{1, 2});
  CHECK(numbers(lt::count(lt::less(x, 5), {1, 2})) == Numbers{5, 0});
  const std::vector<std::int64_t> axes = {0, 1};
  CHECK(same(lt::sum(x, axes), lt::sum(x, {.axes = {0, 1}})));
  CHECK(same(lt::sum(x, lt::Ints{0, 1}), lt::sum(x, {0, 1})));
  CHECK(same(lt::sum(x, x.rank() - 1), lt::sum(x, {.axes = {2}})));
  CHECK(same(lt::sum(x, {}), lt::sum(x)));  // none named: all
  CHECK(lt::mean(x, {.axes = {0, 1}, .keep_dims = true}).shape() == Shape{1, 1, 4});
  CHECK(lt::mean(x, {.keep_dims = true}).shape() == Shape{1, 1, 1});
  CHECK_THROWS_WITH_AS(lt::mean(x, 3), "mean: axis 3 is outside [-3, 3)", lt::Error);
  CHECK_THROWS_WITH_AS(lt::mean(x, {0, -3}), "mean: axes [0,-3] name axis 0 twice", lt::Error);
}

TEST_CASE("an axis may stand alone where there is one") {
  const Tensor x = tensor({{1.f, 5.f, 2.f}, {7.f, 0.f, 3.f}}), i = tensor({2, 0});
  CHECK(numbers(lt::argmax(x, 1)) == Numbers{1, 0});
  CHECK(numbers(lt::argmax(x, {0})) == Numbers{1, 0, 1});
  CHECK(numbers(lt::argmin(x, 1)) == Numbers{0, 1});
  CHECK(lt::argmin(x, {.axis = 0, .keep_dims = true}).shape() == Shape{1, 3});
  CHECK(same(lt::softmax(x, 0), lt::softmax(x, {.axis = 0})));
  CHECK(same(lt::softmax(x, {}), lt::softmax(x, 1)));  // the last
  CHECK(same(lt::log_softmax(x, 0), lt::log_softmax(x, {.axis = 0})));
  CHECK(numbers(lt::gather(x, i, 1)) == Numbers{2, 1, 3, 7});
  CHECK(numbers(lt::take_along_axis(x, tensor({{1, 0, 0}}), 0)) == Numbers{7, 5, 2});
  CHECK(numbers(lt::scatter_add(x, i, lt::ones({2, 2}), 1)) == Numbers{2, 5, 3, 8, 0, 4});
  CHECK(numbers(lt::scatter_add_along_axis(x, tensor({{1, 0, 0}}), lt::ones({1, 3}), 0)) == Numbers{1, 6, 3, 8, 0, 3});
  CHECK(numbers(lt::cosine_similarity(x, x * 2, 0)) == numbers(lt::cosine_similarity(x, x * 2, {.axis = 0})));
  CHECK_THROWS_WITH_AS(lt::softmax(x, 2), "softmax: axis 2 is outside [-2, 2)", lt::Error);
}

TEST_CASE("booleans and integers are counted and added in i64, and have a mean in f32") {
  const Tensor p = tensor({3, 1, 2, 2}), y = tensor({3, 1, 0, 2}), hit = lt::equal(p, y);
  CHECK(lt::count(hit).item<std::int64_t>() == 3);
  CHECK(same(lt::count(hit), lt::sum(hit)));
  CHECK(same(lt::count(lt::not_equal(y, 0)), tensor(std::int64_t{3})));
  CHECK(same(lt::mean(hit), tensor(0.75f)));
  CHECK(same(lt::sum(p), tensor(std::int64_t{8})));
  CHECK(same(lt::mean(p), tensor(2.f)));
  CHECK(same(lt::max(p), tensor(3)));
  CHECK(same(lt::min(hit), tensor(false)));
  CHECK(same(lt::max(hit), tensor(true)));
  CHECK(same(lt::any(hit), tensor(true)));
  CHECK(same(lt::all(hit), tensor(false)));
  CHECK(same(lt::any(lt::less(lt::ones({0, 3}), 1), 0), tensor({false, false, false})));
  CHECK(same(lt::all(lt::less(lt::ones({0, 3}), 1), 0), tensor({true, true, true})));
  CHECK(lt::all(hit, {.keep_dims = true}).shape() == Shape{1});
  CHECK(lt::argmax(hit, 0).item<int>() == 0);
  CHECK(lt::argmin(hit, 0).item<int>() == 2);  // the first that is false
  CHECK(same(lt::sum(lt::full({300}, 200, DType::u8)), tensor(std::int64_t{60000})));
  CHECK(same(lt::count(lt::less(lt::ones({0, 3}), 1), 0), lt::zeros({3}, DType::i64)));
  // beyond 2^53, where f64 has gaps: of neighbours the larger is found, and a sum keeps its last digit
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Tensor near = tensor({most - 1, most, most - 2});
  CHECK(lt::max(near).item<std::int64_t>() == most);
  CHECK(lt::min(near).item<std::int64_t>() == most - 2);
  CHECK(lt::argmax(near, 0).item<int>() == 1);
  CHECK(lt::argmin(near, 0).item<int>() == 2);
  CHECK(lt::sum(tensor({most - 1, std::int64_t{1}})).item<std::int64_t>() == most);
  CHECK(lt::sum(tensor({most, std::int64_t{1}})).item<std::int64_t>() == -most - 1);  // modulo 2^64
  CHECK(lt::mean(tensor({most, most})).item<float>() == 0x1p63f);                     // which no sum in i64 gives
}

TEST_CASE("f16 and bf16 are reduced in f32, gradients included") {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    CAPTURE(dtype);
    const Tensor x = lt::variable(lt::full({40000}, 2, dtype));
    CHECK(lt::mean(x).item<float>() == 2);  // the sum is beyond f16
    CHECK(lt::mean(x).dtype() == dtype);
    CHECK(lt::grad(lt::max(x), {x})[0].dtype() == dtype);
    CHECK(lt::argmax(x, 0).item<int>() == 0);
    CHECK(lt::variance(x).item<float>() == 0);
    CHECK(lt::norm(lt::full({4}, 3e4, dtype)).dtype() == dtype);
  }
}

TEST_CASE("argmin points at the first smallest, and at the first NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(lt::argmin(tensor({2.0, -1.0, -1.0}), 0).item<int>() == 1);
  CHECK(lt::argmin(tensor({2.0, nan, -inf, nan}), 0).item<int>() == 1);
  CHECK(lt::argmin(tensor({0.0, -0.0}), 0).item<int>() == 0);
  CHECK(lt::argmin(tensor({inf, -inf}), 0).item<int>() == 1);
}

TEST_CASE("a norm neither overflows nor vanishes, and has the gradient x / norm(x), 0 at 0") {
  CHECK(same(lt::norm(tensor({3.f, -4.f})), tensor(5.f)));
  CHECK(numbers(lt::norm(tensor({{3.0, 4.0}, {0.0, 0.0}}), {.axes = {1}})) == Numbers{5, 0});
  CHECK(lt::norm(tensor({{3.0, 4.0}}), {.axes = {1}, .keep_dims = true}).shape() == Shape{1, 1});
  for (const float size : {1e30f, 1e-30f, 1e-40f}) {
    CAPTURE(size);
    const Tensor x = lt::variable(tensor({3 * size, 4 * size}));
    const Tensor length = lt::norm(x);
    CHECK(length.item<double>() == doctest::Approx(5.0 * size).epsilon(1e-4));  // 1e-40 has 17 bits
    const Numbers g = numbers(lt::grad(length, {x})[0]);
    CHECK(g[0] == doctest::Approx(0.6).epsilon(1e-4));
    CHECK(g[1] == doctest::Approx(0.8).epsilon(1e-4));
  }
  CHECK(lt::norm(tensor({3e300, 4e300})).item<double>() == doctest::Approx(5e300).epsilon(1e-15));
  CHECK(lt::norm(tensor({3e-310, 4e-310})).item<double>() == doctest::Approx(5e-310).epsilon(1e-12));  // 45 bits
  CHECK(lt::norm(tensor({1.0, -inf})).item<double>() == inf);
  CHECK(std::isnan(lt::norm(tensor({1.0, std::nan("")})).item<double>()));
  CHECK(numbers(lt::norm(lt::ones({2, 0}), {.axes = {1}})) == Numbers{0, 0});
  const Tensor zero = lt::variable(lt::zeros({3}));
  const Tensor g = lt::grad(lt::norm(zero), {zero}, {.create_graph = true})[0];
  CHECK(numbers(g) == Numbers{0, 0, 0});
  CHECK(numbers(lt::grad(lt::sum(g), {zero}, {.unreached = lt::Unreached::zero})[0]) == Numbers{0, 0, 0});
}

TEST_CASE("variance takes the mean off first; equal elements have none, and the gradients that are promised") {
  CHECK(same(lt::variance(tensor({1.f, 2.f, 3.f, 4.f})), tensor(1.25f)));
  CHECK(lt::variance(tensor({1.0, 2.0, 3.0, 4.0}), {.correction = 1}).item<double>() ==
        doctest::Approx(5.0 / 3).epsilon(1e-15));
  // beside 1e8 no square of f32, and no difference of squares of f64, would leave a digit
  CHECK(lt::variance(tensor({100000000.f, 100000008.f})).item<float>() == 16);
  CHECK(lt::variance(tensor({1e15, 1e15 + 1, 1e15 + 2})).item<double>() == doctest::Approx(2.0 / 3).epsilon(1e-15));
  CHECK(lt::standard_deviation(tensor({-1e300, 1e300})).item<double>() == doctest::Approx(1e300).epsilon(1e-15));
  CHECK(lt::standard_deviation(tensor({-1e-300, 1e-300})).item<double>() == doctest::Approx(1e-300).epsilon(1e-15));
  CHECK(lt::variance(tensor(7.f)).item<float>() == 0);
  const Tensor equal = lt::variable(lt::full({3}, 0.1, DType::f64));  // of which the mean is not 0.1
  const Tensor v = lt::variance(equal), s = lt::standard_deviation(equal);
  CHECK(v.item<double>() == 0);
  CHECK(s.item<double>() == 0);
  const Tensor g = lt::grad(v, {equal}, {.create_graph = true})[0];
  CHECK(numbers(g) == Numbers{0, 0, 0});
  const Numbers h = numbers(lt::grad(g, {equal}, {.seed = tensor({1.0, 0.0, 0.0})})[0]);
  for (std::size_t i = 0; i < 3; ++i)  // 2*(1[i = j] - 1/3) / 3
    CHECK(h[i] == doctest::Approx(2 * ((i == 0) - 1.0 / 3) / 3).epsilon(1e-15));
  const Tensor gs = lt::grad(s, {equal}, {.create_graph = true})[0];
  CHECK(numbers(gs) == Numbers{0, 0, 0});
  CHECK(numbers(lt::grad(gs, {equal}, {.seed = tensor({1.0, 0.0, 0.0})})[0]) == Numbers{0, 0, 0});
  CHECK_THROWS_WITH_AS(lt::variance(tensor(7.f), {.correction = 1}),
                       "variance: correction 1 leaves nothing of the 1 elements to divide by: it has to be below their "
                       "count",
                       lt::Error);
  CHECK_THROWS_WITH_AS(lt::standard_deviation(lt::ones({2, 0}), 1),
                       "standard_deviation: the reduced axes of [2,0] have no elements", lt::Error);
}

TEST_CASE("every option struct of ops/ and autograd/ begins with NamedOnly, so that no number takes another's place") {
  int found = 0;
  for (const std::string layer : {"ops", "autograd"})
    for (const auto& entry : std::filesystem::directory_iterator(LOGITAPE_SOURCE_DIR "/" + layer)) {
      std::ifstream file(entry.path());
      bool open = entry.path().extension() == ".h";
      for (std::string line, next; open && std::getline(file, line);) {
        if (line.find("Not installed.") != std::string::npos) open = false;  // what users do not see
        if (!line.starts_with("struct ") || line.find("Options {") == std::string::npos) continue;
        ++found;
        std::getline(file, next);
        CHECK_MESSAGE(next == "  NamedOnly named_only = NamedOnly();", entry.path().string(), ": ", line);
      }
    }
  CHECK(found >= 20);
}

}  // namespace
