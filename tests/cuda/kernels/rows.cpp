// Kernels along an axis against the oracle: reductions, softmax and its relatives, normalise. Rows for a warp and for a
// block, with edges; columns; what is not finite.
#include <algorithm>

#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {

namespace {

using namespace backends;

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

struct Extent {
  std::int64_t outer, size, inner;
  std::int64_t rows() const { return outer * inner; }
  std::int64_t all() const { return outer * size * inner; }
  std::string text() const {
    return "[" + std::to_string(outer) + "," + std::to_string(size) + "," + std::to_string(inner) + "]";
  }
};
constexpr Extent extents[] = {{1, 1, 1},   {3, 2, 1},   {9, 31, 1},   {2, 32, 1},   {3, 33, 1},   {2, 127, 1},
                              {3, 128, 1}, {2, 129, 1}, {3, 1024, 1}, {2, 1025, 1}, {1, 4100, 1}, {0, 5, 1},
                              {2, 3, 2},   {1, 9, 33},  {2, 65, 31},  {1, 300, 5},  {3, 5, 0}};

template <class Y, class T, class Side>
std::vector<Y> reduced(Side&& side, HostSlot<ReduceArgs> host, DeviceSlot<ReduceArgs> device, const Extent& e,
                       const std::vector<T>& x, double scale = 1, const Moves& moves = {}) {
  std::vector<Y> y(static_cast<std::size_t>(e.rows()), Y(7));
  side.run(host, device, {dtype_of<T>(), e.outer, e.size, e.inner, scale, side.in(x), side.out(y)}, moves);
  return y;
}

// So many walks over a row. Of rows that begin between two words of 16 bytes each pack lies in both: they are loaded.
template <class T>
Moves walks(const std::string& what, double times, const Extent& e) {
  const bool between =
      e.inner == 1 && e.size >= 128 && e.outer > 1 && static_cast<std::size_t>(e.size) * sizeof(T) % 16;
  return {.what = what + (between ? ", rows between words" : ""), .loads = between ? 2 * times : times};
}

// A NaN, an infinity, zeros of both signs and ties, each in a row of its own.
template <class T>
void spoil(const Extent& e, std::vector<T>& x) {
  const auto at = [&](std::int64_t row, std::int64_t a) -> T& {
    return x[static_cast<std::size_t>((row / e.inner * e.size + a) * e.inner + row % e.inner)];
  };
  for (std::int64_t row = 0; row < e.rows(); ++row)
    for (std::int64_t a = 0; a < e.size; ++a) {
      if (row % 8 == 1 && a == e.size / 2) at(row, a) = static_cast<T>(nan);
      if (row % 8 == 2 && a == e.size - 1) at(row, a) = static_cast<T>(infinity);
      if (row % 8 == 3) at(row, a) = static_cast<T>(-infinity);
      if (row % 8 == 4) at(row, a) = a % 2 ? T(0) : -T(0);
      if (row % 8 == 5 && a % 3 == 0) at(row, a) = T(-infinity);
      if (row % 8 == 6) at(row, a) = T(2);
    }
}

template <class T>
void check_sums(const Extent& e) {
  const std::vector<T> x = normal_numbers<T>(e.all(), 1, 0.1),
                       y = reduced<T>(Device(), &Kernels::sum, &lt_kernels::sum, e, x, 0.3, walks<T>("sum", 1, e));
  std::vector<T> sizes = x;
  for (T& v : sizes) v = std::fabs(v);
  const std::vector<T> want = reduced<T>(exact<T>(), &Kernels::sum, &lt_kernels::sum, e, x, 0.3),
                       size = reduced<T>(exact<T>(), &Kernels::sum, &lt_kernels::sum, e, sizes, 0.3);
  for (std::size_t i = 0; i < y.size(); ++i) {
    // f32 is f64 inside and rounded once, as `want` is; f64 is right to the last digit of the magnitudes
    const double unit =
        sizeof(T) == 4 ? std::ldexp(1.0, std::ilogb(want[i]) - 23) : 0x1p-52 * static_cast<double>(size[i]);
    expect_within("sum f" + std::to_string(8 * sizeof(T)) + " in ULP (f64: of the magnitudes)",
                  std::fabs(static_cast<double>(y[i]) - static_cast<double>(want[i])) / unit, 1, e.text());
  }
}

template <class T>
void check_extremes(const Extent& e) {
  std::vector<T> x = normal_numbers<T>(e.all(), 3);
  const Moves once = walks<T>("max, min, argmax", 1, e);
  // f64: the maximum, then the sum
  const Moves of_sum = sizeof(T) == 4 ? walks<T>("logsumexp f32", 1, e) : walks<T>("logsumexp f64", 2, e);
  for (const bool spoilt : {false, true}) {
    if (spoilt) spoil(e, x);
    const auto same = [&](HostSlot<ReduceArgs> host, DeviceSlot<ReduceArgs> device, auto y, const char* what) {
      using Y = decltype(y);
      const auto want = reduced<Y>(exact<T>(), host, device, e, x),
                 got = reduced<Y>(Device(), host, device, e, x, 1, once);
      int wrong = 0;
      for (std::size_t i = 0; i < got.size(); ++i)
        wrong += !(got[i] == want[i] || (got[i] != got[i] && want[i] != want[i])) ||
                 (got[i] == 0 && std::signbit(static_cast<double>(got[i])));
      expect(wrong == 0, std::string(what) + " " + e.text());
    };
    same(&Kernels::max, &lt_kernels::max, T(), "max");
    same(&Kernels::min, &lt_kernels::min, T(), "min");
    same(&Kernels::argmax, &lt_kernels::argmax, std::int64_t(), "argmax");
    const auto want = reduced<T>(exact<T>(), &Kernels::logsumexp, &lt_kernels::logsumexp, e, x),
               got = reduced<T>(Device(), &Kernels::logsumexp, &lt_kernels::logsumexp, e, x, 1, of_sum);
    // of the maximum, about 3, where max and log(sum) cancel; f64: 1 ULP an exponential, 1 a logarithm, 1/2 the sum
    expect_within("logsumexp f" + std::to_string(8 * sizeof(T)) + " in ULP", worst_ulp(got, want, 2),
                  sizeof(T) == 4 ? 1 : 4, e.text());
  }
}

template <class T>
void check_whole_numbers(const Extent& e) {
  std::vector<T> x(static_cast<std::size_t>(e.all()));
  std::mt19937_64 bits(5);
  for (T& v : x) v = static_cast<T>(bits());
  for (const auto& [host, device] :
       {std::pair<HostSlot<ReduceArgs>, DeviceSlot<ReduceArgs>>{&Kernels::max, &lt_kernels::max},
        {&Kernels::min, &lt_kernels::min}})
    expect(reduced<T>(exact<T>(), host, device, e, x) ==
               reduced<T>(Device(), host, device, e, x, 1, {.what = "max, min of integers"}),
           "extreme of integers " + e.text());
  expect(reduced<std::int64_t>(exact<T>(), &Kernels::sum, &lt_kernels::sum, e, x) ==
             reduced<std::int64_t>(Device(), &Kernels::sum, &lt_kernels::sum, e, x, 1, {.what = "sum of integers"}),
         "sum of integers " + e.text());
}

}  // namespace

void check_reduce() {
  for (const Extent& e : extents) {
    for_each_floating([&]<class T>() {
      check_sums<T>(e);
      check_extremes<T>(e);
    });
    check_whole_numbers<std::int8_t>(e);
    check_whole_numbers<std::uint8_t>(e);
    check_whole_numbers<std::int16_t>(e);
    check_whole_numbers<std::int32_t>(e);
    check_whole_numbers<std::int64_t>(e);
  }
  for_each_floating([&]<class T>() {
    for (const Extent& e : {Extent{3, 0, 1}, Extent{2, 0, 3}})
      for (const T y : reduced<T>(Device(), &Kernels::sum, &lt_kernels::sum, e, std::vector<T>()))
        expect(y == 0, "sum of nothing");
  });
  for (const Extent& e : {Extent{1, 3, 1}, Extent{1, 3, 2}}) {  // overflows on the way, and not in the end
    std::vector<double> x;
    for (const double v : {1.5e308, 1.5e308, -1.5e308}) x.insert(x.end(), static_cast<std::size_t>(e.inner), v);
    for (const double y : reduced<double>(Device(), &Kernels::sum, &lt_kernels::sum, e, x))
      expect(y == 1.5e308, "overflow");
  }
  const std::vector<float> zeros(64, 0);
  std::vector<float> y(2);
  Device side;
  const lt_reduce_args halves{DType::f16, 1, 32, 1, 1, side.in(zeros), side.out(y)};
  expect(opened().module->kernels->sum(opened().context, &halves) != LT_OK, "a sum of f16 is refused");
}

namespace {

template <class T, class Side>
std::vector<T> over_classes(Side&& side, HostSlot<SoftmaxArgs> host, DeviceSlot<SoftmaxArgs> device, const Extent& e,
                            const std::vector<T>& x, const std::vector<T>& g = {}) {
  std::vector<T> y(x.size(), T(7));
  side.run(host, device, {dtype_of<T>(), e.outer, e.size, e.inner, side.in(x), side.out(y), side.in(g)});
  return y;
}

struct Scale {
  double spread, centre;
};

template <class T>
void check_logarithms(const Extent& e, const Scale& s, bool spoilt) {
  std::vector<T> x = normal_numbers<T>(e.all(), s.spread, s.centre), g = normal_numbers<T>(e.rows(), 1, 0, 2);
  if (spoilt) spoil(e, x);
  if (!g.empty()) g[0] = 0;
  const std::string type = " f" + std::to_string(8 * sizeof(T)) + " in ULP",
                    where = e.text() + " " + std::to_string(s.spread) + " " + std::to_string(s.centre);
  const auto compare = [&](const char* what, HostSlot<SoftmaxArgs> host, DeviceSlot<SoftmaxArgs> device,
                           const std::vector<T>& by) {
    const auto got = over_classes(Device(), host, device, e, x, by),
               want = over_classes(exact<T>(), host, device, e, x, by);
    // 1 ULP an exponential, 1 for a sum, 1/2 each for 1/sum and the product
    expect_within(what + type, worst_ulp(got, want), 4, where);
  };
  compare("softmax", &Kernels::softmax, &lt_kernels::softmax, {});
  compare("log_softmax", &Kernels::log_softmax, &lt_kernels::log_softmax, {});
  compare("label_gradient", &Kernels::label_gradient, &lt_kernels::label_gradient, g);
}

template <class T>
void check_centred(const Extent& e, double gap, double shift) {
  std::vector<T> x = normal_numbers<T>(e.all(), 1);
  for (std::size_t i = 0; i < x.size(); i += 7) x[i] += static_cast<T>(gap);
  const std::vector<T> p = over_classes(exact<T>(), &Kernels::softmax, &lt_kernels::softmax, e, x),
                       v = normal_numbers<T>(e.all(), 1, shift, 3);
  const auto compare = [&](const char* what, HostSlot<SoftmaxArgs> host, DeviceSlot<SoftmaxArgs> device) {
    const auto got = over_classes(Device(), host, device, e, p, v),
               want = over_classes(exact<T>(), host, device, e, p, v);
    // f32 is f64 inside; in f64 terms of v's size cancel, to 16 ULP of 1/2 (of the gap's: a largest p's v is taken off)
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const long double size = sizeof(T) == 4 ? 0 : (what[0] == 's' ? 0.5L * static_cast<long double>(p[i]) : 0.5L);
      worst = std::max(worst, ulp_error<T>(got[i], want[i], size));
    }
    expect_within(what + (" f" + std::to_string(8 * sizeof(T))) + " in ULP", worst, sizeof(T) == 4 ? 1 : 16, e.text());
  };
  compare("centred", &Kernels::centred, &lt_kernels::centred);
  compare("softmax_vjp", &Kernels::softmax_vjp, &lt_kernels::softmax_vjp);
}

}  // namespace

void check_softmax() {
  constexpr Scale scales[] = {{1, 0}, {30, 0}, {1000, 0}, {10, 250}, {5, 1e5}, {300, 1e9}, {1e23, 1e30}, {1e30, 0}};
  for_each_floating([&]<class T>() {
    for (const Extent& e : extents) {
      check_logarithms<T>(e, {3, 0}, false);
      check_logarithms<T>(e, {3, 0}, true);
      for (const double gap : {0.0, 40.0})
        for (const double shift : {0.0, 1000.0}) check_centred<T>(e, gap, shift);
    }
    for (const Scale& s : scales)
      for (const Extent& e : {Extent{20, 10, 1}, Extent{2, 700, 1}, Extent{1, 40, 5}}) check_logarithms<T>(e, s, false);
  });
}

namespace {

template <class T>
struct Moments {
  std::vector<T> y, mean, variance, deviation;
};
template <class T, class Side>
Moments<T> normalised(Side&& side, const Extent& e, double epsilon, const std::vector<T>& x, const Moves& moves = {}) {
  const auto rows = static_cast<std::size_t>(e.rows());
  Moments<T> m{std::vector<T>(x.size()), std::vector<T>(rows), std::vector<T>(rows), std::vector<T>(rows)};
  side.run(&Kernels::normalise, &lt_kernels::normalise,
           {dtype_of<T>(), e.outer, e.size, e.inner, epsilon, side.in(x), side.out(m.y), side.out(m.mean),
            side.out(m.variance), side.out(m.deviation)},
           moves);
  return m;
}

template <class T>
void check_moments(const Extent& e, const std::vector<T>& x, double epsilon, double centre, bool sizes) {
  // the mean, the squares and the result each walk the row; where f64 overflows the first two do it again
  const Moves moves = sizes ? walks<T>("normalise of huge and tiny numbers", 5, e) : walks<T>("normalise", 3, e);
  const Moments<T> got = normalised(Device(), e, epsilon, x, moves), want = normalised(exact<T>(), e, epsilon, x);
  const std::string type = " f" + std::to_string(8 * sizeof(T)) + " in epsilons" + (centre ? " around 1000" : "");
  // f32: rounded once. f64 has no wider type: the mean's own error over a deviation of about 1
  const double bound = sizeof(T) == 4 ? 1 : 64 * (centre ? 1000 : 1);
  expect_within("normalise" + type, worst_ulp(got.y, want.y, 1), bound, e.text());
  expect_within("its deviation" + type, worst_ulp(got.deviation, want.deviation, sizes ? 0 : 1), bound, e.text());
  if (!sizes) expect_within("its mean" + type, worst_ulp(got.mean, want.mean, std::fmax(1, centre)), 1.5, e.text());
  if (!sizes) expect_within("its variance" + type, worst_ulp(got.variance, want.variance, 1), bound, e.text());
}

template <class T>
struct Gradients {
  std::vector<T> total, product, x;
};
template <class T, class Side>
Gradients<T> gradients(Side&& side, const Extent& e, const std::vector<T>& y, const std::vector<T>& g,
                       const Moves& moves = {}) {
  const auto rows = static_cast<std::size_t>(e.rows());
  const std::vector<T> factor = normal_numbers<T>(e.rows(), 1, 2, 9);
  Gradients<T> r{std::vector<T>(rows), std::vector<T>(rows), std::vector<T>(y.size())};
  side.run(&Kernels::normalise_vjp, &lt_kernels::normalise_vjp,
           {dtype_of<T>(), e.outer, e.size, e.inner, side.in(y), side.in(g), side.in(factor), side.out(r.total),
            side.out(r.product), side.out(r.x)},
           moves);
  return r;
}

template <class T>
void check_gradients_of(const Extent& e) {
  const std::vector<T> y = normal_numbers<T>(e.all(), 1), g = normal_numbers<T>(e.all(), 1, 0.5, 3);
  const Gradients<T> got = gradients<T>(Device(), e, y, g), want = gradients<T>(exact<T>(), e, y, g);
  const std::string type = " f" + std::to_string(8 * sizeof(T)) + " in epsilons";
  const double bound = sizeof(T) == 4 ? 1 : 32;  // f32: rounded once; f64: products and sums of terms of size 1
  expect_within("normalise_vjp" + type, worst_ulp(got.x, want.x, 2), bound, e.text());
  expect_within("its total" + type, worst_ulp(got.total, want.total, 1), bound, e.text());
  expect_within("its product" + type, worst_ulp(got.product, want.product, std::sqrt(double(e.size))), bound, e.text());
}

}  // namespace

void check_normalise() {
  for_each_floating([&]<class T>() {
    for (const Extent& e : extents) check_gradients_of<T>(e);
    for (const Extent& e : extents)
      for (const double centre : {0.0, 1000.0})
        check_moments<T>(e, normal_numbers<T>(e.all(), 1, centre), 1e-5, centre, false);
  });
  struct Size {
    double scale, epsilon;
  };
  for (const Size& s : {Size{1e155, 1e-5}, {1e300, 1e-5}, {1e-160, 1e-322}, {1e-200, 1e-300}})
    for (const Extent& e : {Extent{3, 7, 1}, Extent{2, 9, 5}}) {
      std::vector<double> x = normal_numbers<double>(e.all(), 1);
      for (std::size_t i = 0; i < x.size(); ++i)
        if (e.inner == 1 ? i >= 7 : i % 5 != 1) x[i] *= s.scale;  // one row or column is left alone
      check_moments<double>(e, x, s.epsilon, 0, true);
    }
}

}  // namespace logitape::tests
