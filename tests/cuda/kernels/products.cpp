// matmul against a scalar chain of std::fma, bit for bit, in all four ways of storing the operands: the order of its
// sums is the CPU's. Convolution, its transposes and pooling against the oracle, within the bound of their sums.
#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {

namespace {

using namespace backends;

template <class T>
struct Product {
  std::int64_t m, n, k;
  Loop<2> batch = {};
  bool relu = false, bf16 = false;
  std::vector<T> a = {}, b = {}, bias = {};
};

std::int64_t matrices(const Loop<2>& batch) {
  std::int64_t total = 1;
  for (int r = 0; r < batch.rank; ++r) total *= batch.size[r];
  return total;
}
std::int64_t stored(const Loop<2>& batch, int input) {
  std::int64_t last = 0;
  for (int r = 0; r < batch.rank; ++r) last += (batch.size[r] - 1) * batch.step[input][r];
  return last + 1;
}

template <class T>
std::vector<T> transposed(const std::vector<T>& x, std::int64_t rows, std::int64_t columns) {
  std::vector<T> out(x.size());
  const auto r = static_cast<std::size_t>(rows), c = static_cast<std::size_t>(columns);
  for (std::size_t at = 0; at < x.size(); at += r * c)
    for (std::size_t i = 0; i < r; ++i)
      for (std::size_t j = 0; j < c; ++j) out[at + j * r + i] = x[at + i * c + j];
  return out;
}

template <class T>
std::vector<T> chain(const Product<T>& p) {
  std::vector<T> y;
  const auto operand = [&](T x) {
    return p.bf16 ? static_cast<T>(static_cast<float>(bf16(static_cast<double>(x)))) : x;
  };
  oracle::walk<2>(p.batch, [&](std::int64_t, const std::int64_t(&at)[2]) {
    for (std::int64_t i = 0; i < p.m; ++i)
      for (std::int64_t j = 0; j < p.n; ++j) {
        T total = 0;
        for (std::int64_t first = 0; first < p.k; first += 4096) {
          T sum = 0;
          for (std::int64_t step = first; step < std::min(first + 4096, p.k); ++step) {
            const std::int64_t q = p.bf16 && (step ^ 1) < p.k ? step ^ 1 : step;
            sum = std::fma(operand(p.a[static_cast<std::size_t>((at[0] * p.m + i) * p.k + q)]),
                           operand(p.b[static_cast<std::size_t>((at[1] * p.k + q) * p.n + j)]), sum);
          }
          total = first == 0 ? sum : total + sum;
        }
        if (!p.bias.empty()) total += p.bias[static_cast<std::size_t>(j)];
        y.push_back(p.relu && total <= 0 ? 0 : total);
      }
  });
  return y;
}

// What blocks of 64 x 64 outputs load: a once for each block along n, b once for each along m, and every output its
// bias.
double tiles_load(std::int64_t m, std::int64_t n, std::int64_t k, bool bias) {
  const auto blocks = [](std::int64_t extent) { return (extent + 63) / 64; };
  return static_cast<double>(m * k * blocks(n) + k * n * blocks(m) + (bias ? m * n : 0));
}

template <class T>
void check_product(Product<T> p, bool bias) {
  const std::int64_t count = matrices(p.batch);
  p.a = normal_numbers<T>(count ? stored(p.batch, 0) * p.m * p.k : 0, 1, 0, 1);
  p.b = normal_numbers<T>(count ? stored(p.batch, 1) * p.k * p.n : 0, 1, 0, 2);
  if (bias) p.bias = normal_numbers<T>(p.n, 1, 0, 3);
  const std::vector<T> want = chain(p);
  const Moves moves{.what = "matmul, of its tiles",
                    .load_bytes = static_cast<double>(count * sizeof(T)) * tiles_load(p.m, p.n, p.k, bias)};
  for (int way = 0; way < 4; ++way) {
    const bool transpose_a = way & 1, transpose_b = way & 2;
    const std::vector<T> a = transpose_a ? transposed(p.a, p.m, p.k) : p.a,
                         b = transpose_b ? transposed(p.b, p.k, p.n) : p.b;
    std::vector<T> y(want.size(), T(7));
    Device side;
    side.run(&Kernels::matmul, &lt_kernels::matmul,
             {dtype_of<T>(), p.batch, p.m, p.n, p.k, transpose_a, transpose_b, p.relu, p.bf16, side.in(a), side.in(b),
              side.in(p.bias), side.out(y)},
             moves);
    expect(different(y, want) == 0, "matmul " + std::to_string(p.m) + " " + std::to_string(p.n) + " " +
                                        std::to_string(p.k) + " way " + std::to_string(way) + (p.bf16 ? " bf16" : ""));
  }
}

template <class T>
void check_matmul(bool bf16) {
  const Loop<2> none{1, {0}, {{1}, {1}}}, each{1, {3}, {{1}, {1}}}, crossed{2, {2, 3}, {{1, 0}, {0, 1}}};
  int i = 0;
  for (const std::int64_t m : {0, 1, 31, 64, 65})
    for (const std::int64_t n : {0, 1, 33, 63, 130})
      for (const std::int64_t k : {0, 1, 17}) check_product<T>({m, n, k, {}, ++i % 3 == 0, bf16}, i % 2 == 0);
  for (const Loop<2>& batch : {none, each, crossed}) check_product<T>({7, 10, 33, batch, true, bf16}, true);
  check_product<T>({3, 5, 4097, {}, false, bf16}, true);
  check_product<T>({1, 2, 9001, {}, false, bf16}, false);
}

}  // namespace

void check_products() {
  check_matmul<float>(false);
  check_matmul<float>(true);
  check_matmul<double>(false);
}

namespace {

struct Shape {
  Window window;
  std::int64_t features;
};
// images, height, width, channels; size, stride, padding, dilation; out
const Shape shapes[] = {{{1, 5, 5, 1, {3, 3}, {1, 1}, {0, 0}, {1, 1}, {3, 3}}, 1},
                        {{2, 7, 6, 3, {3, 2}, {2, 1}, {1, 1}, {1, 1}, {4, 7}}, 5},
                        {{1, 9, 8, 2, {2, 3}, {1, 2}, {2, 1}, {2, 1}, {11, 4}}, 33},
                        {{2, 12, 12, 4, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {12, 12}}, 70},
                        {{3, 4, 4, 2, {1, 1}, {1, 1}, {0, 0}, {1, 1}, {4, 4}}, 3},
                        {{1, 3, 3, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {3, 3}}, 4500},
                        {{0, 5, 5, 2, {3, 3}, {1, 1}, {0, 0}, {1, 1}, {3, 3}}, 2}};

template <class T>
struct Arrays {
  std::vector<T> x, weight, bias, y;
};

// which: 0 conv2d, 1 conv2d_input, 2 conv2d_weight
template <class T, class Side>
std::vector<T> convolved(Side&& side, const Shape& s, int which, const Arrays<T>& in, bool relu, bool bf16) {
  const HostSlot<ConvolutionArgs> hosts[] = {&Kernels::conv2d, &Kernels::conv2d_input, &Kernels::conv2d_weight};
  const DeviceSlot<ConvolutionArgs> devices[] = {&lt_kernels::conv2d, &lt_kernels::conv2d_input,
                                                 &lt_kernels::conv2d_weight};
  std::vector<T> result((which == 0 ? in.y : which == 1 ? in.x : in.weight).size(), T(7));
  const Window& w = s.window;
  const std::int64_t pixels = w.images * w.out[0] * w.out[1], depth = w.size[0] * w.size[1] * w.channels;
  // products of patches, whose padding is not loaded; the input's gradient: a thread an element, through the caches
  const double loads = which == 0   ? tiles_load(pixels, s.features, depth, true)
                       : which == 2 ? tiles_load(depth, s.features, pixels, false)
                                    : static_cast<double>(2 * pixels * depth * s.features);
  const char* const names[] = {"conv2d, of its tiles", "conv2d_input, of its terms", "conv2d_weight, of its tiles"};
  side.run(hosts[which], devices[which],
           {dtype_of<T>(), s.window, s.features, which == 0 && relu, bf16, which == 1 ? nullptr : side.in(in.x),
            which == 2 ? nullptr : side.in(in.weight), which == 0 ? side.in(in.bias) : nullptr,
            which == 0 ? nullptr : side.in(in.y), side.out(result)},
           {.what = names[which], .load_bytes = loads * sizeof(T)});
  return result;
}

template <class T>
void check_convolution(const Shape& s, bool bf16) {
  const Window& w = s.window;
  const std::int64_t depth = w.size[0] * w.size[1] * w.channels, outputs = w.images * w.out[0] * w.out[1];
  const Arrays<T> in{normal_numbers<T>(w.images * w.height * w.width * w.channels, 1, 0, 1),
                     normal_numbers<T>(depth * s.features, 1, 0, 2), normal_numbers<T>(s.features, 1, 0, 3),
                     normal_numbers<T>(outputs * s.features, 1, 0, 4)};
  Arrays<T> sizes = in;
  for (std::vector<T>* v : {&sizes.x, &sizes.weight, &sizes.bias, &sizes.y})
    for (T& x : *v) x = std::fabs(x);
  for (int which = 0; which < 3; ++which) {
    const auto got = convolved(Device(), s, which, in, true, bf16),
               want = convolved(exact<T>(), s, which, in, true, bf16),
               size = convolved(exact<T>(), s, which, sizes, false, bf16);
    const std::int64_t terms = which == 0 ? depth : which == 1 ? w.size[0] * w.size[1] * (s.features + 1) : outputs;
    for (std::size_t i = 0; i < got.size();
         ++i) {  // each addition of a chain may lose half an epsilon of the magnitudes
      const double unit = static_cast<double>(size[i]) * static_cast<double>(std::numeric_limits<T>::epsilon());
      const double e =
          got[i] == want[i] ? 0 : std::fabs(static_cast<double>(got[i]) - static_cast<double>(want[i])) / unit;
      expect_within("convolution's error over (terms + 2) epsilons of its magnitudes",
                    e / static_cast<double>(terms + 2), 1);
    }
  }
}

struct Pooling {
  HostSlot<PoolArgs> host;
  DeviceSlot<PoolArgs> device;
  const char* what;  // "": a call whose loads are not held
};
template <class T>
struct Pooled {
  std::vector<T> y;
  std::vector<std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>> places;
};

template <class T, class Side>
Pooled<T> pooled(Side&& side, const Pooling& slots, const Window& w, std::int64_t results, const std::vector<T>& x,
                 bool places, double scale = 0.25) {
  Pooled<T> p{std::vector<T>(static_cast<std::size_t>(results), T(7)), {}};
  if (places) p.places.resize(p.y.size());
  // every window loads what it sees
  const std::int64_t seen = w.images * w.out[0] * w.out[1] * w.size[0] * w.size[1] * w.channels;
  side.run(slots.host, slots.device, {dtype_of<T>(), w, scale, side.in(x), side.out(p.y), side.out(p.places)},
           {.what = slots.what, .load_bytes = static_cast<double>(seen * sizeof(T))});
  return p;
}

template <class T>
void check_pooling(Window w) {
  const std::int64_t in = w.images * w.height * w.width * w.channels, out = w.images * w.out[0] * w.out[1] * w.channels;
  std::vector<T> x = normal_numbers<T>(in, 1), spread = normal_numbers<T>(out, 1);
  const Pooling sum{&Kernels::sum_pool, &lt_kernels::sum_pool, "sum_pool, of its windows"},
      again{&Kernels::sum_pool, &lt_kernels::sum_pool, ""},
      back{&Kernels::spread_pool, &lt_kernels::spread_pool, "spread_pool, of its windows"},
      max{&Kernels::max_pool, &lt_kernels::max_pool, "max_pool, of its windows"};
  const std::string type =
      " f" + std::to_string(8 * sizeof(T)) + " in ULP of 4";  // windows of at most 9 normal numbers
  expect_within(
      "sum_pool" + type,
      worst_ulp(pooled<T>(Device(), sum, w, out, x, false).y, pooled<T>(exact<T>(), sum, w, out, x, false).y, 4), 4);
  expect_within("spread_pool" + type,
                worst_ulp(pooled<T>(Device(), back, w, in, spread, false).y,
                          pooled<T>(exact<T>(), back, w, in, spread, false).y, 4),
                4);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % 3 == 0) x[i] = 1;  // ties
    if (i % 23 == 5) x[i] = std::numeric_limits<T>::quiet_NaN();
    if (i % 5 == 0) x[i] = -std::numeric_limits<T>::infinity();
  }
  const Pooled<T> got = pooled<T>(Device(), max, w, out, x, true), want = pooled<T>(exact<T>(), max, w, out, x, true);
  expect(different(got.y, want.y) == 0 && got.places == want.places, "max_pool");
  const std::vector<T> huge(static_cast<std::size_t>(in), std::numeric_limits<T>::max() / 2);
  for (const T y : pooled<T>(Device(), again, w, out, huge, false, 1.0 / 16).y)
    expect(std::isfinite(y), "a mean overflows");
}

}  // namespace

void check_windows() {
  for (const Shape& s : shapes) {
    check_convolution<float>(s, false);
    check_convolution<float>(s, true);
    check_convolution<double>(s, false);
  }
  for (const Window& w : {Window{2, 7, 6, 3, {3, 2}, {2, 1}, {1, 1}, {1, 1}, {4, 7}},
                          {1, 8, 8, 33, {2, 2}, {2, 2}, {0, 0}, {1, 1}, {4, 4}},
                          {3, 5, 5, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {5, 5}},
                          {1, 9, 9, 2, {2, 2}, {3, 3}, {0, 0}, {1, 1}, {3, 3}},
                          {0, 5, 5, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {5, 5}}})
    for_each_floating([&]<class T>() { check_pooling<T>(w); });
}

}  // namespace logitape::tests
