// Indices, random numbers and optimisers: what the oracle computes to the bit, and steps within their roundings.
#include "logitape/backends/oracle/random.h"
#include "logitape/core/random.h"
#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {

namespace {

using namespace backends;

template <class I>
std::vector<I> indices(std::int64_t size, std::int64_t limit) {
  std::vector<I> all;
  std::mt19937 bits(7);
  for (std::int64_t i = 0; i < size; ++i) all.push_back(static_cast<I>(bits() % static_cast<unsigned long>(limit)));
  return all;
}

struct Indexed {
  std::int64_t outer, axis, inner, count;
};
constexpr Indexed indexed[] = {{1, 1, 1, 1},   {2, 5, 1, 33},  {1, 31, 33, 129}, {3, 7, 2, 64},
                               {1, 100, 3, 0}, {2, 40, 31, 5}, {1, 3, 1, 127},   {1, 90, 65, 300}};

template <class T, class I, class Side>
std::vector<T> gathered(Side&& side, const Indexed& e, bool per_element, const std::vector<T>& x,
                        const std::vector<I>& at) {
  std::vector<T> y(static_cast<std::size_t>(e.outer * e.count * e.inner));
  side.run(&Kernels::gather, &lt_kernels::gather,
           {dtype_of<T>(), dtype_of<I>(), per_element, e.outer, e.axis, e.inner, e.count, side.in(x), side.in(at),
            side.out(y)},
           // an element and its index for each of the result
           {.what = "gather", .load_bytes = static_cast<double>(y.size() * (sizeof(T) + sizeof(I)))});
  return y;
}

// Each number is added where it belongs by one load and one store there; every warp looks at all indices, and there are
// as many as divide the targets, `residues`, and the columns.
template <class T, class I>
Moves scatter_moves(const Indexed& e, bool per_element) {
  const std::int64_t across = e.outer * ((e.inner + 31) / 32), numbers = e.outer * e.inner * e.count;
  const std::int64_t residues =
      std::max<std::int64_t>(1, std::min({8192 / across, (e.axis + 1) / 2, (e.count + 1) / 2}));
  const std::int64_t looks = residues * (per_element ? numbers : across * e.count);
  const auto bytes = static_cast<double>(numbers * static_cast<std::int64_t>(sizeof(T)));
  return {.what = "scatter_add",
          .load_bytes = 2 * bytes + static_cast<double>(looks * static_cast<std::int64_t>(sizeof(I))),
          .store_bytes = bytes};
}

template <class T, class I, class Side>
std::vector<T> scattered(Side&& side, const Indexed& e, bool per_element, const std::vector<T>& x,
                         const std::vector<I>& at) {
  std::vector<T> y = normal_numbers<T>(e.outer * e.axis * e.inner, 1, 0, 9);
  side.run(&Kernels::scatter_add, &lt_kernels::scatter_add,
           {dtype_of<T>(), dtype_of<I>(), per_element, e.outer, e.axis, e.inner, e.count, side.in(x), side.in(at),
            side.out(y)},
           scatter_moves<T, I>(e, per_element));
  return y;
}

template <class T, class I>
void check_indexed() {
  for (const Indexed& e : indexed)
    for (const bool per_element : {false, true}) {
      const auto at = indices<I>(per_element ? e.outer * e.count * e.inner : e.count, e.axis);
      const auto x = normal_numbers<T>(e.outer * e.axis * e.inner, 3),
                 more = normal_numbers<T>(e.outer * e.count * e.inner, 3);
      expect(different(gathered(Device(), e, per_element, x, at), gathered(exact<T>(), e, per_element, x, at)) == 0,
             "gather");
      if constexpr (std::is_floating_point_v<T>)
        expect(different(scattered(Device(), e, per_element, more, at),
                         scattered(exact<T>(), e, per_element, more, at)) == 0,
               "scatter_add, duplicates in the order of j");
    }
}

template <class T>
void check_one_hot() {
  for (const auto& [rows, classes] : {std::pair{0, 3}, {1, 1}, {33, 7}, {5, 129}}) {
    std::vector<std::int16_t> at = indices<std::int16_t>(rows, classes);
    if (rows > 1) at[1] = -1, at[2] = static_cast<std::int16_t>(classes);  // out of range: a row of zeros
    const auto run = [&](auto&& side) {
      std::vector<T> y(static_cast<std::size_t>(rows * classes));
      side.run(&Kernels::one_hot, &lt_kernels::one_hot,
               {dtype_of<T>(), DType::i16, rows, classes, side.in(at), side.out(y)},
               {.what = "one_hot", .load_bytes = 2.0 * static_cast<double>(y.size())});  // each element its index
      return y;
    };
    const std::vector<T> got = run(Device()), want = run(exact<float>());
    expect(got.empty() || std::memcmp(got.data(), want.data(), got.size() * sizeof(T)) == 0, "one_hot");
  }
}

template <class I>
void check_index_check() {
  for (const std::int64_t count : {0, 1, 33, 300, 1000})
    for (const bool kept : {false, true}) {
      std::vector<I> at = indices<I>(count, 50);
      std::vector<std::uint8_t> keep;
      if (kept) keep.assign(static_cast<std::size_t>(count), 1);
      for (std::int64_t i = count / 3; i < count; i += 17) {
        at[static_cast<std::size_t>(i)] = std::is_signed_v<I> && i % 2 ? I(-3) : I(50 + i % 9);
        if (kept && i % 4 == 0) keep[static_cast<std::size_t>(i)] = 0;
      }
      // each bad one: three words of the fault; then one thread looks what the first of them is
      const auto of = static_cast<double>(count), index = static_cast<double>(sizeof(I));
      const Moves moves{.what = "index_check",
                        .load_bytes = count ? of * (index + (kept ? 1 : 0)) + 16 + index : 0,
                        .store_bytes = 24 * of + 16};
      const auto run = [&](auto&& side) {
        IndexFault fault{-5, -5, -5};
        side.run(&Kernels::index_check, &lt_kernels::index_check,
                 {dtype_of<I>(), count, 50, side.in(at), &fault, side.in(keep)}, moves);
        return fault;
      };
      const IndexFault got = run(Device()), want = run(exact<float>());
      expect(got.count == want.count && got.position == want.position && got.value == want.value, "index_check");
    }
}

}  // namespace

void check_index() {
  check_indexed<float, std::int64_t>();
  check_indexed<double, std::int32_t>();
  check_indexed<std::uint8_t, std::uint8_t>();
  check_indexed<std::int16_t, std::int8_t>();
  check_indexed<float, std::int16_t>();
  check_one_hot<float>(), check_one_hot<double>(), check_one_hot<std::int8_t>(), check_one_hot<std::int32_t>();
  check_one_hot<f16>(), check_one_hot<bf16>();
  check_index_check<std::int8_t>(), check_index_check<std::uint8_t>(), check_index_check<std::int16_t>();
  check_index_check<std::int32_t>(), check_index_check<std::int64_t>();
}

void check_random() {
  for_each_floating([&]<class T>() {
    const auto drawn = [&](auto&& side, HostSlot<RandomArgs> host, DeviceSlot<RandomArgs> device, std::uint64_t key,
                           std::uint64_t first, std::int64_t size) {
      std::vector<T> y(static_cast<std::size_t>(size), T(7));
      side.run(host, device, {dtype_of<T>(), key, first, size, side.out(y)}, {.what = "uniform, normal"});
      return y;
    };
    for (const std::uint64_t key : {0ull, 0x123456789abcdef0ull})
      for (const std::uint64_t first : {0ull, 1ull, 0x1ffffffffull, ~0ull - 99})
        for (const std::int64_t size : {0, 1, 2, 3, 33, 513, 1001}) {
          const auto same = [&](HostSlot<RandomArgs> host, DeviceSlot<RandomArgs> device) {
            return different(drawn(Device(), host, device, key, first, size),
                             drawn(exact<T>(), host, device, key, first, size));
          };
          expect(same(&Kernels::uniform, &lt_kernels::uniform) == 0, "uniform");
          std::vector<T> normal;  // the CPU's kernel is this, number by number
          for (std::int64_t i = 0; i < size; ++i)
            normal.push_back(
                static_cast<T>(random::normal(oracle::element_bits(key, first + static_cast<std::uint64_t>(i)))));
          expect(different(drawn(Device(), &Kernels::normal, &lt_kernels::normal, key, first, size), normal) == 0,
                 "normal");
          for (const double rate : {0.0, 0.3, 1.0}) {
            const auto run = [&](auto&& side) {
              std::vector<T> y(static_cast<std::size_t>(size), T(7));
              side.run(&Kernels::dropout_mask, &lt_kernels::dropout_mask,
                       {dtype_of<T>(), key, first, rate, size, side.out(y)}, {.what = "dropout_mask"});
              return y;
            };
            const auto got = run(Device()), mask = run(exact<T>());
            expect(worst_ulp(got, mask) <= 0.5, "dropout_mask");  // 1/(1-rate) is a quotient of doubles
          }
        }
  });
}

namespace {

template <class T>
struct State {
  std::vector<T> p, a, b;
};

// In units of epsilon of what went in, of size 4 at most; three roundings of a constant and three of a sum.
template <class T>
double step_error(const std::vector<T>& got, const std::vector<T>& want, double size) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] != got[i] && want[i] != want[i]) continue;
    if (got[i] == want[i]) continue;
    worst = std::fmax(worst, std::fabs(static_cast<double>(got[i] - want[i])) /
                                 std::fmax(size, std::fabs(static_cast<double>(want[i]))));
  }
  return worst / static_cast<double>(std::numeric_limits<T>::epsilon());
}

// A block looks whether the device holds a fault; so few elements are one block's.
double fault_word(std::int64_t n) { return n > 0 ? sizeof(lt_fault::ticket) : 0; }

template <class T>
void check_sgd(std::int64_t n, double momentum, double decay, bool nesterov, bool first) {
  const auto g = normal_numbers<T>(n, 1, 0, 2);
  const auto bytes = static_cast<double>(g.size() * sizeof(T));
  const auto run = [&](auto&& side) {
    State<T> s{normal_numbers<T>(n, 1, 0, 1), normal_numbers<T>(n, 1, 0, 3), {}};
    T *const p = side.out(s.p), *const v = side.out(s.a);  // in place
    side.run(&Kernels::sgd, &lt_kernels::sgd,
             {dtype_of<T>(), n, 0.1, momentum, decay, nesterov, p, side.in(g), first ? nullptr : v, p,
              momentum != 0 ? v : nullptr},
             {.what = "sgd",
              .load_bytes = bytes * (2 + (momentum != 0 && !first)) + fault_word(n),
              .store_bytes = bytes * (1 + (momentum != 0))});
    return s;
  };
  const State<T> got = run(Device()), want = run(exact<T>());
  expect_within("sgd in epsilons", std::fmax(step_error(got.p, want.p, 4), step_error(got.a, want.a, 4)), 2);
}

template <class T>
void check_adam(std::int64_t n, double decay, bool decoupled, bool first) {
  auto g = normal_numbers<T>(n, 1, 0, 2);
  for (std::size_t i = 0; i < g.size(); i += 5) g[i] = (i % 2 ? 1 : -1) * std::numeric_limits<T>::max() / 2;
  if (n > 8) g[7] = std::numeric_limits<T>::quiet_NaN();
  const int step = first ? 1 : 10;
  const auto run = [&](auto&& side) {
    State<T> s{normal_numbers<T>(n, 1, 0, 1), normal_numbers<T>(n, 1, 0, 3), normal_numbers<T>(n, 1, 0, 4)};
    for (T& v : s.b) v = std::fabs(v);
    T *const p = side.out(s.p), *const m = side.out(s.a), *const v = side.out(s.b);
    side.run(
        &Kernels::adam, &lt_kernels::adam,
        {dtype_of<T>(), n, 1e-3, 0.9, 0.999, 1e-8, decay, 1 - std::pow(0.9, step), 1 - std::pow(0.999, step), decoupled,
         p, side.in(g), first ? nullptr : m, first ? nullptr : v, p, m, v},
        {.what = "adam", .load_bytes = static_cast<double>(g.size() * sizeof(T)) * (first ? 2 : 4) + fault_word(n)});
    return s;
  };
  const State<T> got = run(Device()), want = run(exact<T>());
  expect_within(
      "adam in epsilons",
      std::fmax(step_error(got.p, want.p, 4), std::fmax(step_error(got.a, want.a, 4), step_error(got.b, want.b, 4))),
      2);
}

}  // namespace

void check_optimizer() {
  for_each_floating([&]<class T>() {
    for (const std::int64_t n : {0, 1, 31, 33, 257, 1009})
      for (const double decay : {0.0, 0.01})
        for (const bool first : {false, true})
          for (const bool option : {false, true}) {
            for (const double momentum : {0.0, 0.9}) check_sgd<T>(n, momentum, decay, option, first);
            check_adam<T>(n, decay, option, first);
          }
  });
}

}  // namespace logitape::tests
