// The wide table: the oracle's loops with a Scalar of two doubles that reads and writes shadows, and the guard that
// puts it in force.
#include "logitape/backends/wide/wide.h"

#include <cmath>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/oracle/table.h"
#include "logitape/backends/registry.h"
#include "logitape/backends/wide/functions.h"
#include "logitape/backends/wide/shadows.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace backends::wide {
namespace {
// The shadows of the Evaluation in force. The table's kernels are called within one.
constinit thread_local Shadows* shadows = nullptr;
}  // namespace
}  // namespace backends::wide

namespace oracle {

using backends::wide::Double2;
using backends::wide::shadows;

template <>
Double2 load<Double2>(DType dtype, const void* array, std::int64_t i) {
  if (dtype == DType::f64) return shadows->load(static_cast<const double*>(array) + i);
  return visit_any(dtype, [&]<class T>() {
    const T x = static_cast<const T*>(array)[i];
    if constexpr (sizeof(T) == 2 && is_floating(dtype_of<T>())) return Double2(static_cast<float>(x));
    else return Double2(x);
  });
}

template <>
void store<Double2>(DType dtype, void* array, std::int64_t i, Double2 value) {
  if (dtype == DType::f64) return shadows->store(static_cast<double*>(array) + i, value);
  const double odd = backends::wide::odd_double(value);
  if (dtype == DType::f32) static_cast<float*>(array)[i] = static_cast<float>(value);
  else if (dtype == DType::f16) static_cast<f16*>(array)[i] = f16(odd);
  else static_cast<bf16*>(array)[i] = bf16(odd);
  if (load<Double2>(dtype, array, i) != value && !isnan(value)) shadows->lose();
}

template <>
void move_element<Double2>(std::int64_t bytes, const void* x, std::int64_t i, void* y, std::int64_t j) {
  const char* from = static_cast<const char*>(x) + i * bytes;
  char* to = static_cast<char*>(y) + j * bytes;
  if (bytes == sizeof(double)) shadows->move(from, to);
  else std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

template <>
Double2 scale_of<Double2>(double scale) {
  const double n = std::rint(1 / scale);
  return std::fabs(n) <= 0x1p53 && 1 / n == scale ? 1 / Double2(n) : Double2(scale);
}

template <>
Double2 pi<Double2>() {
  return {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
}

template <>
Double2 sigmoid<Double2>(Double2 x) {
  return backends::wide::sigmoid(x);
}

template <>
Double2 silu<Double2>(Double2 x) {
  return isinf(x) && signbit(x) ? Double2(-0.0) : x * backends::wide::sigmoid(x);
}

}  // namespace oracle

namespace backends::wide {

namespace {

// A constant that is the double nearest to p/q, q up to 4,096, is p/q: a mean's 1/n cancels against n times itself.
Double2 ratio_of(double v) {
  if (!std::isfinite(v) || v == std::rint(v)) return v;
  double p0 = 0, q0 = 1, p1 = 1, q1 = 0, rest = v;  // the continued fraction's convergents
  for (int n = 0; n < 32; ++n) {
    const double whole = std::floor(rest), p = whole * p1 + p0, q = whole * q1 + q0;
    if (q > 4096 || std::fabs(p) > 0x1p53) break;
    if (p / q == v) return Double2(p) / Double2(q);
    p0 = p1, q0 = q1, p1 = p, q1 = q;
    rest = 1 / (rest - whole);
  }
  return v;
}

void fill(const FillArgs& a) {
  const Double2 value = ratio_of(a.value);
  if (a.dtype != DType::f64) return cpu::kernels().fill(a);
  for (std::int64_t i = 0; i < a.size; ++i) oracle::store<Double2>(a.dtype, a.y, i, value);
}

}  // namespace

// Random numbers are made of integers: the cpu's kernels stay in their slots.
const Kernels& kernels() {
  static const Kernels table = [] {
    Kernels k = cpu::kernels();
    oracle::fill_families<Double2>(k);
    k.fill = fill;
    return k;
  }();
  return table;
}

class Evaluation::State {
 public:
  State() : kernels_before_(replace_kernels_of_this_thread(&kernels())), watcher_before_(watch_tensors(&shadows_)) {
    shadows = &shadows_;
  }
  ~State() {
    shadows = nullptr;
    watch_tensors(watcher_before_);
    replace_kernels_of_this_thread(kernels_before_);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

 private:
  Shadows shadows_;
  const Kernels* kernels_before_;
  TensorWatcher* watcher_before_;
};

Evaluation::Evaluation() : own_(shadows ? nullptr : std::make_unique<State>()) {}
Evaluation::~Evaluation() = default;

bool Evaluation::lost() const { return shadows->lost(); }

std::vector<Double2> Evaluation::values(DType dtype, const void* array, std::int64_t size) const {
  require(dtype == DType::f64, "wide", "a tensor of {} has no low parts: f64 is needed", dtype);
  std::vector<Double2> values;
  for (std::int64_t i = 0; i < size; ++i) values.push_back(oracle::load<Double2>(dtype, array, i));
  return values;
}

}  // namespace backends::wide
}  // namespace logitape::inline v0
