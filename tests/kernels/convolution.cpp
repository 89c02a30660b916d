// conv2d and its transposes, and pooling, against the scalar oracle on every target, and bit for bit where a contract
// gives the bits: conv2d is a product of its patches, a largest element is one of those that were there. In mixed
// precision (bf16) too.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/oracle.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/backends/oracle/window.h"
#include "tests/support/numbers.h"
#include "tests/support/same_bits.h"
#include "tests/support/sanitized.h"

using namespace logitape;
using namespace logitape::backends;

namespace {

using tests::numbers;

std::size_t count(std::int64_t size) { return static_cast<std::size_t>(size); }

Window window(std::int64_t images, std::int64_t height, std::int64_t width, std::int64_t channels, std::int64_t down,
              std::int64_t across, std::int64_t stride = 1, std::int64_t padding = 0, std::int64_t dilation = 1) {
  Window w{images, height, width, channels, {down, across}, {stride, stride}, {padding, padding}, {dilation, dilation},
           {}};
  for (int i = 0; i < 2; ++i)
    w.out[i] = ((i == 0 ? height : width) + 2 * padding - dilation * (w.size[i] - 1) - 1) / stride + 1;
  return w;
}

std::int64_t elements(const Window& w) { return w.images * w.height * w.width * w.channels; }
std::int64_t depth(const Window& w) { return w.size[0] * w.size[1] * w.channels; }

struct Case {
  Window window;
  std::int64_t features;
};

// Windows at edges and corners, of every stride; more patches than a block holds; images that are packed together, and
// not; a weight of one part, of several, and of sixteen. Few channels and many; windows wider than high; strips of
// every width; a weight that L1 does not hold; sums of more than a k-block.
std::vector<Case> cases() {
  return {{window(1, 1, 1, 1, 1, 1), 1},
          {window(2, 5, 7, 3, 3, 3, 1, 1), 5},
          {window(3, 8, 8, 1, 5, 5, 1, 2), 6},
          {window(2, 9, 6, 2, 3, 2, 2, 1), 7},
          {window(1, 11, 10, 4, 3, 3, 3, 4, 2), 3},
          {window(2, 6, 6, 19, 1, 1), 33},
          {window(2, 6, 6, 19, 1, 1, 2), 33},
          {window(1, 3, 4, 17, 3, 3, 1, 3), 2},
          {window(37, 28, 28, 1, 5, 5), 6},
          {window(2, 23, 21, 64, 3, 3, 1, 1), 70},
          {window(40, 4, 4, 16, 3, 3, 1, 1), 16},
          {window(2, 6, 37, 1, 2, 5, 1, 3), 9},
          {window(2, 5, 33, 1, 3, 4, 1, 0, 2), 20},
          {window(2, 7, 13, 11, 3, 4, 1, 2), 51},
          {window(3, 9, 9, 64, 3, 3, 2, 1), 96},
          {window(1, 3, 4, 460, 3, 3, 1, 1), 3},
          {window(1, 3, 2, 3, 2, 2, 1, 1), 4100},
          {window(0, 4, 4, 2, 3, 3), 2},
          {window(2, 4, 4, 0, 3, 3), 2},
          {window(2, 4, 4, 2, 3, 3), 0}};
}

// One of the three kernels on numbers of its own.
template <class T>
struct Problem {
  Window window;
  std::int64_t features;
  bool bf16;
  std::vector<T> x, weight, y, bias;

  explicit Problem(const Case& c, bool mixed = false)
      : window(c.window), features(c.features), bf16(mixed), x(numbers<T>(elements(window), 1)),
        weight(numbers<T>(depth(window) * features, 2)), y(numbers<T>(oracle::outputs(window) * features, 3)),
        bias(numbers<T>(features, 4)) {}

  std::vector<T> run(const Kernels& kernels, Kernel<ConvolutionArgs> Kernels::*slot, bool relu = false,
                     bool with_bias = false) const {
    const std::size_t size = slot == &Kernels::conv2d         ? y.size()
                             : slot == &Kernels::conv2d_input ? x.size()
                                                              : weight.size();
    std::vector<T> result(size + 1, T(77));  // and one more, that nobody may write
    (kernels.*slot)({dtype_of<T>(), window, features, relu, bf16, x.data(), weight.data(),
                     with_bias ? bias.data() : nullptr, y.data(), result.data()});
    CHECK(result.back() == T(77));
    result.pop_back();
    return result;
  }
};

struct Slot {
  const char* name;
  Kernel<ConvolutionArgs> Kernels::*slot;
};
constexpr Slot slots[] = {
    {"conv2d", &Kernels::conv2d}, {"conv2d_input", &Kernels::conv2d_input}, {"conv2d_weight", &Kernels::conv2d_weight}};

// The largest error in units of eps * (the sum of the products' sizes).
template <class T>
double error(const Problem<T>& p, const Slot& s, const std::vector<T>& got) {
  const Kernels& exact = sizeof(T) == 4 ? oracle::kernels<double>() : oracle::kernels<long double>();
  const std::vector<T> want = p.run(exact, s.slot);
  Problem<T> size = p;
  for (std::vector<T>* v : {&size.x, &size.weight, &size.y})
    for (T& number : *v) number = std::fabs(number);
  const std::vector<T> scale = size.run(exact, s.slot);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double off = std::fabs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    if (off > 0)
      worst = std::max(worst,
                       off / (static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(scale[i])));
  }
  return worst;
}

template <class T>
void check_errors(bool mixed = false) {
  for (const cpu::Target& target : cpu::targets())
    for (const Case& c : cases()) {
      const Problem<T> p(c, mixed);
      for (const Slot& s : slots) {
        // a chain of n terms is within n/2 eps of the sizes' sum (Higham); of the weight, chains of at most
        // 32,768/depth patches
        const auto terms =
            static_cast<double>(std::max({depth(c.window), c.features * c.window.size[0] * c.window.size[1],
                                          std::min<std::int64_t>(oracle::outputs(c.window), 33000)}));
        INFO(target.name, " ", s.name, mixed ? " bf16" : "", " images ", c.window.images, " height ", c.window.height,
             " features ", c.features);
        const std::vector<T> got = p.run(target.kernels, s.slot);
        // sanitizers make the oracle take minutes, and have seen what the kernel touches
        const bool long_sum = oracle::outputs(c.window) * depth(c.window) * c.features > 1'000'000;
        if (!(tests::sanitized && long_sum)) CHECK(error(p, s, got) <= terms / 2 + 1);
      }
    }
}

// What a window sees, row by row.
template <class T>
std::vector<T> patches(const Problem<T>& p) {
  const Window& w = p.window;
  std::vector<T> rows(count(oracle::outputs(w) * depth(w)));
  oracle::walk_window(w, [&](std::int64_t output, std::int64_t element, std::int64_t place) {
    for (std::int64_t c = 0; c < w.channels; ++c)
      rows[count(output * depth(w) + place * w.channels + c)] = p.x[count(element * w.channels + c)];
  });
  return rows;
}

void check_patches(bool mixed) {
  for (const cpu::Target& target : cpu::targets())
    for (const Case& c : cases())
      for (const bool fused : {false, true}) {
        const Problem<float> p(c, mixed);
        const std::vector<float> rows = patches(p);
        std::vector<float> want(p.y.size());
        target.kernels.matmul({DType::f32,
                               {},
                               oracle::outputs(c.window),
                               c.features,
                               depth(c.window),
                               false,
                               false,
                               fused,
                               mixed,
                               rows.data(),
                               p.weight.data(),
                               fused ? p.bias.data() : nullptr,
                               want.data()});
        CHECK(tests::same_bits(p.run(target.kernels, &Kernels::conv2d, fused, fused), want));
      }
}

}  // namespace

TEST_CASE("a convolution and its two transposes are within the bound of their sums, on every target") {
  check_errors<float>();
  check_errors<float>(true);
  check_errors<double>();
}

TEST_CASE("a convolution has the bits of the product of its patches, with bias and relu too") {
  check_patches(false);
  check_patches(true);
}

namespace {

// The stated order of sums, in scalars: an element of x is a sum over the outputs that saw it, each a chain over the
// features from zero.
std::vector<float> input_in_order(const Problem<float>& p) {
  const Window& w = p.window;
  std::vector<float> sums(p.x.size());
  oracle::walk_window(w, [&](std::int64_t output, std::int64_t element, std::int64_t place) {
    for (std::int64_t c = 0; c < w.channels; ++c) {
      float sum = 0, chain = 0;  // the latter in k-blocks
      for (std::int64_t f = 0; f < p.features; ++f) {
        if (f % 4096 == 0 && f > 0) sum += std::exchange(chain, 0.0f);
        chain = std::fma(p.y[count(output * p.features + f)],
                         p.weight[count((place * w.channels + c) * p.features + f)], chain);
      }
      sums[count(element * w.channels + c)] += p.features > 4096 ? sum + chain : chain;
    }
  });
  return sums;
}

// The weight's is a chain over a block of outputs; blocks add up within parts, and parts in order.
std::vector<float> weight_in_order(const Problem<float>& p) {
  const std::vector<float> rows = patches(p);
  const auto outputs = oracle::outputs(p.window), size = static_cast<std::int64_t>(p.weight.size());
  const std::int64_t block = std::max<std::int64_t>(192, 32768 / depth(p.window));
  const std::int64_t blocks = (outputs + block - 1) / block;
  const std::int64_t parts = std::min(blocks, std::clamp<std::int64_t>((1 << 18) / size, 1, 16));
  std::vector<float> total(p.weight.size());
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t part = 0; part < parts; ++part) {
      float sum = 0;
      const std::int64_t from = part * blocks / parts, to = (part + 1) * blocks / parts;
      for (std::int64_t b = from; b < to; ++b) {
        float chain = 0;
        for (std::int64_t o = b * block; o < std::min(outputs, (b + 1) * block); ++o)
          chain = std::fma(rows[count(o * depth(p.window) + i / p.features)],
                           p.y[count(o * p.features + i % p.features)], chain);
        sum = b == from ? chain : sum + chain;
      }
      float& all = total[count(i)];
      all = part == 0 ? sum : all + sum;
    }
  return total;
}

}  // namespace

TEST_CASE("the gradients of a convolution are sums in the stated order, bit for bit where the CPU fuses") {
  for (const cpu::Target& target : cpu::targets())
    for (const Case& c : cases()) {
      const Problem<float> p(c);
      const std::int64_t products = oracle::outputs(c.window) * depth(c.window) * c.features;
      if (products == 0 || (target.name != "AVX2" && !target.name.starts_with("AVX3"))) continue;
      if (products > (tests::sanitized ? 1'000'000 : 20'000'000)) continue;
      INFO(target.name, " images ", c.window.images, " height ", c.window.height, " features ", c.features);
      CHECK(tests::same_bits(p.run(target.kernels, &Kernels::conv2d_input), input_in_order(p)));
      CHECK(tests::same_bits(p.run(target.kernels, &Kernels::conv2d_weight), weight_in_order(p)));
    }
}

TEST_CASE("a convolution and its transposes have the same bits for every number of threads, and on AVX2 and AVX-512") {
  for (const Case& c : cases())
    for (const bool mixed : {false, true})
      for (const Slot& s : slots) {
        const Problem<float> p(c, mixed);
        INFO(s.name, mixed ? " bf16" : "", " images ", c.window.images, " height ", c.window.height);
        const ThreadCount one_thread(1);
        const std::vector<float> one = p.run(cpu::kernels(), s.slot);
        for (const cpu::Target& target : cpu::targets())
          if (target.name == "AVX2" && cpu::target_name().starts_with("AVX3"))
            CHECK(tests::same_bits(p.run(target.kernels, s.slot), one));
        for (const int threads : {2, 3, 7}) {
          const ThreadCount count(threads);
          CHECK(tests::same_bits(p.run(cpu::kernels(), s.slot), one));
        }
      }
}

TEST_CASE("padding is a zero like any other: an infinite weight makes NaN of it, and infinity of the image") {
  const Problem<float> p{{window(1, 3, 3, 1, 3, 3, 1, 1), 1}};
  std::vector<float> weight(9, 0.0f), x(9, 1.0f), y(9);
  weight[0] = std::numeric_limits<float>::infinity();
  for (const cpu::Target& target : cpu::targets()) {
    target.kernels.conv2d({DType::f32, p.window, 1, false, false, x.data(), weight.data(), nullptr, nullptr, y.data()});
    CHECK(std::isnan(y[0]));
    CHECK(y[8] == std::numeric_limits<float>::infinity());
  }
}

namespace {

// Windows that overlap, that leave gaps, that reach into the padding; channels of part of a vector, and of several.
const std::vector<Window>& pools() {
  static const std::vector<Window> all = {
      window(2, 4, 6, 1, 2, 2, 2),  window(1, 7, 5, 3, 3, 3, 2, 1), window(2, 5, 5, 16, 2, 3, 1),
      window(1, 6, 6, 37, 1, 1, 3), window(3, 8, 9, 5, 3, 2, 3, 1), window(1, 1, 1, 2, 3, 3, 1, 1),
      window(0, 4, 4, 2, 2, 2, 2),  window(2, 4, 4, 0, 2, 2, 2),    window(20, 40, 40, 12, 3, 3, 2, 1)};
  return all;
}

template <class T>
void check_largest(std::vector<T> x, const Window& w) {
  using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  const std::size_t size = count(oracle::outputs(w) * w.channels);
  std::vector<T> want(size + 1, T(77));
  std::vector<Place> want_places(size + 1, 77);
  oracle::kernels<long double>().max_pool({dtype_of<T>(), w, 1, x.data(), want.data(), want_places.data()});
  for (const cpu::Target& target : cpu::targets()) {
    std::vector<T> got(size + 1, T(77));
    std::vector<Place> got_places(size + 1, 77);
    target.kernels.max_pool({dtype_of<T>(), w, 1, x.data(), got.data(), got_places.data()});
    CHECK(tests::same_bits(got, want));
    CHECK(tests::same_bits(got_places, want_places));
  }
}

template <class T>
void check_largest() {
  for (const Window& w : pools()) {
    std::vector<T> x = numbers<T>(elements(w), 5);
    check_largest(x, w);
    for (T& v : x) v = std::round(v * 2) / 2;  // many are equal
    check_largest(x, w);
    for (std::size_t i = 0; i < x.size(); i += 5)
      x[i] = i % 2 ? std::numeric_limits<T>::quiet_NaN() : -std::numeric_limits<T>::infinity();
    check_largest(x, w);
  }
}

template <class T>
void check_sums(Kernel<PoolArgs> Kernels::*slot, bool spread) {
  for (const Window& w : pools()) {
    const std::int64_t from = spread ? oracle::outputs(w) * w.channels : elements(w),
                       to = spread ? elements(w) : oracle::outputs(w) * w.channels;
    const std::vector<T> x = numbers<T>(from, 6);
    std::vector<T> want(count(to));
    (oracle::kernels<long double>().*slot)({dtype_of<T>(), w, 0.25, x.data(), want.data(), nullptr});
    for (const cpu::Target& target : cpu::targets()) {
      std::vector<T> got(count(to) + 1, T(77));
      (target.kernels.*slot)({dtype_of<T>(), w, 0.25, x.data(), got.data(), nullptr});
      CHECK(got.back() == T(77));
      // at most 9 terms of size 1 at a scale of 1/4: 8 roundings of sums below 9/4, half an eps of them each
      for (std::size_t i = 0; i < want.size(); ++i)
        CHECK(std::fabs(static_cast<double>(got[i]) - static_cast<double>(want[i])) <=
              9 * static_cast<double>(std::numeric_limits<T>::epsilon()));
    }
  }
}

}  // namespace

TEST_CASE("max_pool finds the first largest element and its place, and the first NaN, on every target") {
  check_largest<float>();
  check_largest<double>();
}

TEST_CASE("sum_pool and spread_pool are the oracle's, on every target") {
  check_sums<float>(&Kernels::sum_pool, false);
  check_sums<double>(&Kernels::sum_pool, false);
  check_sums<float>(&Kernels::spread_pool, true);
  check_sums<double>(&Kernels::spread_pool, true);
}
