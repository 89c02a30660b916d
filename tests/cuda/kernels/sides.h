// A kernel is called on two sides with the same arguments: the oracle's on the host, the module's on its device. A Side
// says where arrays lie; a case is a function of one, so that it is written once.
//   side.in(x)  an input;  side.out(y)  an output, which after run() is back in y
//   side.run(host slot, device slot, args, moves)  moves: what the call may load and store, see Moves
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "logitape/backends/kernels.h"
#include "tests/support/oracle.h"
#include "tests/support/ulp.h"

namespace logitape::tests {

template <class Args>
using DeviceSlot = lt_status (*lt_kernels::*)(lt_context*, const Args*);
template <class Args>
using HostSlot = backends::Kernel<Args> backends::Kernels::*;

// What went wrong, and a hash of all that a device has computed: equal in every order of threads.
struct Findings {
  int cases = 0, wrong = 0;
  std::uint64_t hash = 0xcbf29ce484222325u;
};
Findings& findings();
void expect(bool holds, const std::string& what);
// `what` is within `bound`; the largest value of each name is printed in the end.
void expect_within(const std::string& what, double value, double bound, const std::string& where = "");
void print_values();

struct Opened {
  const lt_module* module;
  lt_context* context;
};
const Opened& opened();

// What a call may move on the emulated device, where each access is counted: loads at most `loads` times the bytes of
// its inputs, stores at most `stores` times those of its outputs, and of both the share `narrow` in accesses of less
// than 16 bytes. What it has moved is printed beside the bound. Without a name nothing is held.
//   side.run(&Kernels::sum, &lt_kernels::sum, args, {.what = "sum", .loads = 1});
struct Moves {
  static constexpr double of_arrays = -1;
  std::string what = "";
  double loads = 1, stores = 1, narrow = 1;
  // Bytes, where a call must touch more or less than its arrays hold: outputs that it reads, windows that overlap.
  double load_bytes = of_arrays, store_bytes = of_arrays;
};
void forget_moved();
void expect_moved(Moves moves, double input_bytes, double output_bytes);

class Host {
 public:
  explicit Host(const backends::Kernels& kernels) : kernels_(&kernels) {}
  template <class T>
  const T* in(const std::vector<T>& x) {
    return x.empty() ? nullptr : x.data();
  }
  template <class T>
  T* out(std::vector<T>& y) {
    return y.empty() ? nullptr : y.data();
  }
  template <class Args>
  void run(HostSlot<Args> slot, DeviceSlot<Args>, const std::type_identity_t<Args>& args, const Moves& = {}) {
    (kernels_->*slot)(args);
  }

 private:
  const backends::Kernels* kernels_;
};

class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() {
    for (const Array& a : arrays_) opened().module->release(opened().context, a.data, a.bytes);
  }
  template <class T>
  const T* in(const std::vector<T>& x) {
    input_bytes_ += static_cast<double>(x.size() * sizeof(T));
    return x.empty() ? nullptr : static_cast<const T*>(copied(x.data(), x.size() * sizeof(T)));
  }
  template <class T>
  T* out(std::vector<T>& y) {
    if (y.empty()) return nullptr;
    void* const data = copied(y.data(), y.size() * sizeof(T));
    outputs_.push_back({data, y.data(), y.size() * sizeof(T)});
    return static_cast<T*>(data);
  }
  template <class Args>
  void run(HostSlot<Args>, DeviceSlot<Args> slot, const std::type_identity_t<Args>& args, const Moves& moves = {}) {
    ++findings().cases;
    forget_moved();
    const bool done = (opened().module->kernels->*slot)(opened().context, &args) == LT_OK;
    expect(done, done ? "" : opened().module->message());
    if (done && !moves.what.empty()) expect_moved(moves, input_bytes_, output_bytes());
    finish();
  }

 private:
  struct Array {
    void* data;
    std::size_t bytes;
  };
  struct Output {
    void *data, *to;
    std::size_t bytes;
  };
  void* copied(const void* x, std::size_t bytes);
  double output_bytes() const;
  void finish();  // brings the outputs back

  double input_bytes_ = 0;
  std::vector<Array> arrays_;
  std::vector<Output> outputs_;
};

template <class T>
Host exact() {
  if constexpr (std::is_same_v<T, double>) return Host(oracle::kernels<long double>());
  else return Host(oracle::kernels<double>());
}

template <class T>
std::vector<T> normal_numbers(std::int64_t size, double spread, double centre = 0, unsigned seed = 1) {
  std::mt19937 bits(seed);
  std::normal_distribution<double> normal;
  std::vector<T> x(static_cast<std::size_t>(size));
  for (T& v : x) v = static_cast<T>(centre + spread * normal(bits));
  return x;
}

// The largest error in ULP; of `size` where the exact number is smaller. `want` is rounded too, by half a ULP: what is
// printed is a whole number, and the error at most that and a half.
template <class T>
double worst_ulp(const std::vector<T>& got, const std::vector<T>& want, double size = 0) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double e = ulp_error(got[i], static_cast<long double>(want[i]), static_cast<long double>(size));
    if (!(e <= worst)) worst = e;
  }
  return worst;
}

// Elements that differ; any NaN equals any other.
template <class T>
int different(const std::vector<T>& a, const std::vector<T>& b) {
  int n = a.size() != b.size();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    n += std::memcmp(&a[i], &b[i], sizeof(T)) != 0 && !(a[i] != a[i] && b[i] != b[i]);
  return n;
}

template <class F>
void for_each_floating(F f) {
  f.template operator()<float>();
  f.template operator()<double>();
}

// The families, each in a file of its name.
void check_elementwise();
void check_reduce();
void check_softmax();
void check_cross_entropy();
void check_products();
void check_linear_algebra();
void check_windows();
void check_normalise();
void check_index();
void check_random();
void check_optimizer();
void check_deferred();
void check_traffic();

}  // namespace logitape::tests
