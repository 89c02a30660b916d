// All parameters in one call, and what stands in the device's memory instead of in the arguments: rates, places in
// streams of random numbers, and the fault of a check that nobody waited for.
#include <iterator>
#include <utility>

#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {
namespace {

using namespace backends;

// An array of the device, with numbers in it.
class There {
 public:
  template <class T>
  explicit There(const std::vector<T>& x) : bytes_(x.size() * sizeof(T)) {
    const lt_module& m = *opened().module;
    expect(m.allocate(opened().context, bytes_, &data_) == LT_OK, "allocate");
    expect(m.copy_to_device(opened().context, data_, x.data(), bytes_) == LT_OK, "copy");
  }
  There(There&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  There& operator=(There&&) = delete;
  ~There() { opened().module->release(opened().context, data_, bytes_); }
  void* get() const { return data_; }
  // What it holds; `status` of the copy.
  template <class T>
  std::vector<T> back(lt_status status = LT_OK) const {
    std::vector<T> x(bytes_ / sizeof(T));
    expect(opened().module->copy_to_host(opened().context, x.data(), data_, bytes_) == status, "a copy's status");
    return x;
  }

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

template <class Args>
void run(DeviceSlot<Args> slot, const Args& args) {
  ++findings().cases;
  expect((opened().module->kernels->*slot)(opened().context, &args) == LT_OK, "a kernel of a list");
}

template <class T>
struct Case {
  std::int64_t size;
  There p, g, m, v, new_p, new_m, new_v;
  explicit Case(std::int64_t n)
      : size(n), p(normal_numbers<T>(n, 1, 0, 1)), g(normal_numbers<T>(n, 1, 0, 2)), m(normal_numbers<T>(n, 1, 0, 3)),
        v(std::vector<T>(static_cast<std::size_t>(n), T(0.25))), new_p(zeros()), new_m(zeros()), new_v(zeros()) {}
  std::vector<T> zeros() const { return std::vector<T>(static_cast<std::size_t>(size)); }
  AdamArgs adam(const double* rates = nullptr) const {
    return {dtype_of<T>(), size,    1e-3,    0.9,     0.999,   1e-8,        0.01,        0.1,         0.01,
            true,          p.get(), g.get(), m.get(), v.get(), new_p.get(), new_m.get(), new_v.get(), rates};
  }
  SgdArgs sgd(const double* rates = nullptr) const {
    return {dtype_of<T>(), size, 1e-3, 0.9, 0.01, true, p.get(), g.get(), m.get(), new_p.get(), new_m.get(), rates};
  }
};

template <class T>
void expect_same(const Case<T>& a, const Case<T>& b, const std::string& what) {
  expect(different(a.new_p.template back<T>(), b.new_p.template back<T>()) == 0, what);
  expect(different(a.new_m.template back<T>(), b.new_m.template back<T>()) == 0, what);
  expect(different(a.new_v.template back<T>(), b.new_v.template back<T>()) == 0, what);
}

// More than a launch takes, of two dtypes, as they come; a rate of the device's memory is one of the arguments.
void check_lists() {
  std::vector<Case<float>> f, f_alone;
  std::vector<Case<double>> d, d_alone;
  const There rates(std::vector<double>{1e-3, 0.1, 0.01}), other(std::vector<double>{7, 7, 7});
  std::vector<AdamArgs> adam;
  std::vector<SgdArgs> sgd;
  for (const std::int64_t n : {1, 3, 4, 5, 4096, 4097, 0, 33}) {
    for (int i = 0; i < 6; ++i) f.emplace_back(n), f_alone.emplace_back(n);
    d.emplace_back(n), d_alone.emplace_back(n);
  }
  const auto* there = static_cast<const double*>(rates.get());
  for (const bool is_adam : {false, true}) {
    adam.clear(), sgd.clear();
    for (std::size_t i = 0; i < f.size(); ++i) {
      AdamArgs a = f[i].adam(i % 2 ? there : nullptr);
      if (i % 2) a.learning_rate = a.correction1 = a.correction2 = 7;  // not read
      adam.push_back(a), sgd.push_back(f[i].sgd(i % 2 ? there : nullptr));
      if (i % 6 == 5) adam.push_back(d[i / 6].adam(there)), sgd.push_back(d[i / 6].sgd());
    }
    if (is_adam) run(&lt_kernels::adam_list, AdamListArgs{std::ssize(adam), adam.data()});
    else run(&lt_kernels::sgd_list, SgdListArgs{std::ssize(sgd), sgd.data()});
    for (const auto& c : f_alone) is_adam ? run(&lt_kernels::adam, c.adam()) : run(&lt_kernels::sgd, c.sgd());
    for (const auto& c : d_alone) is_adam ? run(&lt_kernels::adam, c.adam()) : run(&lt_kernels::sgd, c.sgd());
    for (std::size_t i = 0; i < f.size(); ++i) expect_same(f[i], f_alone[i], "a list of steps");
    for (std::size_t i = 0; i < d.size(); ++i) expect_same(d[i], d_alone[i], "a list of steps");
  }
  run(&lt_kernels::adam_list, AdamListArgs{0, nullptr});
}

void check_all_finite() {
  const float bad[] = {INFINITY, -INFINITY, NAN};
  const There flag(std::vector<std::uint8_t>{7});
  const auto finite = [&](const std::vector<NumberArray>& arrays) {
    run(&lt_kernels::all_finite,
        AllFiniteArgs{std::ssize(arrays), arrays.data(), static_cast<std::uint8_t*>(flag.get())});
    return flag.back<std::uint8_t>()[0];
  };
  expect(finite({}) == 1, "no array is finite");
  for (const std::int64_t n : {1, 2, 5, 4096, 4099})
    for (const int place : {-1, 0, 1, 2}) {
      std::vector<std::vector<float>> f(45, normal_numbers<float>(n, 1e30));
      std::vector<double> d = normal_numbers<double>(n, 1e300);
      const std::size_t last = static_cast<std::size_t>(n) - 1;
      if (place == 0) f[0][0] = bad[n % 3];
      if (place == 1) f[44][last] = bad[n % 3];
      if (place == 2) d[last] = static_cast<double>(bad[n % 3]);
      std::vector<There> kept;
      std::vector<NumberArray> arrays;
      for (const auto& x : f) kept.emplace_back(x), arrays.push_back({DType::f32, n, kept.back().get()});
      kept.emplace_back(d), arrays.insert(arrays.begin() + 7, {DType::f64, n, kept.back().get()});
      expect(finite(arrays) == (place < 0), "all_finite");
    }
}

void check_streams() {
  for (const std::uint64_t first : {0ull, 1ull, 6ull, ~0ull - 3})
    for (const std::int64_t n : {1, 2, 31, 512}) {
      const There place(std::vector<std::uint64_t>{first});
      const There a(std::vector<float>(static_cast<std::size_t>(n), 7.f)),
          b(std::vector<float>(static_cast<std::size_t>(n), 7.f));
      run(&lt_kernels::uniform, RandomArgs{DType::f32, 5, first, n, a.get()});
      run(&lt_kernels::uniform,
          RandomArgs{DType::f32, 5, 99, n, b.get(), static_cast<const std::uint64_t*>(place.get())});
      expect(different(a.back<float>(), b.back<float>()) == 0, "a place in a stream");
    }
}

// Two checks of three find something: the first is told, with its first position; optimisers write what was.
void check_fault() {
  const lt_module& m = *opened().module;
  for (const std::int64_t n : {3, 700}) {
    std::vector<std::int32_t> good(static_cast<std::size_t>(n), 1), bad = good, worse = good;
    bad[1] = -5, bad[static_cast<std::size_t>(n) - 1] = 9;
    worse[0] = 77;
    const There fine(good), first(bad), second(worse);
    const auto check = [&](const There& indices, std::uint64_t ticket) {
      run(&lt_kernels::index_check, IndexCheckArgs{DType::i32, n, 3, indices.get(), nullptr, nullptr, ticket});
    };
    check(fine, 11), check(first, 22), check(second, 33);
    const Case<float> c(n);
    run(&lt_kernels::adam, c.adam());
    expect(different(c.new_p.back<float>(LT_FAULT), c.p.back<float>(LT_FAULT)) == 0, "a parameter in a bad step");
    expect(different(c.new_m.back<float>(LT_FAULT), c.m.back<float>(LT_FAULT)) == 0, "a moment in a bad step");
    lt_fault fault{};
    expect(m.take_fault(opened().context, &fault) == LT_OK, "take_fault");
    expect(fault.ticket == 22 && fault.count == 2 && fault.position == 1 && fault.value == -5 && fault.limit == 3,
           "what the first check found");
    expect(m.synchronise(opened().context) == LT_OK, "a fault is told once");
    run(&lt_kernels::adam, c.adam());
    expect(different(c.new_p.back<float>(), c.p.back<float>()) != 0, "a step after the fault was taken");
  }
}

}  // namespace

void check_deferred() {
  check_lists();
  check_all_finite();
  check_streams();
  check_fault();
}

}  // namespace logitape::tests
