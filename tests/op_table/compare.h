// How a row of the op table is compared with the oracle, and which of its inputs are differentiable.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"
#include "logitape/core/dtype.h"
#include "tests/op_table/op_table.h"
#include "tests/support/oracle.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/ulp.h"

namespace logitape::tests {

struct OtherKernels {
  explicit OtherKernels(const backends::Kernels& table) : before(backends::replace_cpu_kernels(&table)) {}
  ~OtherKernels() { backends::replace_cpu_kernels(before); }
  const backends::Kernels* before;
};

inline const backends::Kernels& oracle_for(DType dtype) {
  return dtype == DType::f32 ? oracle::kernels<double>() : oracle::kernels<long double>();
}

// Distance in ULP of T at max(|want|, floor).
template <class T>
double distance(T got, T want, double floor) {
  if (!(std::fabs(static_cast<double>(want)) < floor) || !std::isfinite(got))
    return ulp_error(got, static_cast<long double>(want));
  const long double ulp = std::ldexp(1.0L, std::ilogb(floor) + 1 - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - static_cast<long double>(want)) / ulp);
}

// Halves are computed in f32 and rounded once. The f32 tolerance may reach both sides of a tie: then the next half is
// right too.
inline double half_bound(DType dtype, double want, const Tolerance& t) {
  const int digits = dtype == DType::f16 ? 11 : 8, lowest = dtype == DType::f16 ? -14 : -126;
  const auto ulp = [](double at, int digits_of, int lowest_of) {
    return std::ldexp(1, std::max(at == 0 ? lowest_of : std::ilogb(at), lowest_of) + 1 - digits_of);
  };
  return ulp(want, digits, lowest) + t.f32 * ulp(std::max(std::fabs(want), t.floor), 24, -126);
}

// Empty where they agree, else what is wrong.
inline std::string difference(const Tensor& got, const Tensor& want, const Tolerance& tolerance) {
  if (got.dtype() != want.dtype() || !(got.shape() == want.shape()))
    return "got " + describe(got) + ", the oracle " + describe(want);
  const bool half = is_floating(got.dtype()) && !is_arithmetic(got.dtype()),
             exact = tolerance.f32 == 0 && tolerance.f64 == 0;
  const double bound = half && !exact              ? 1
                       : got.dtype() == DType::f32 ? tolerance.f32
                       : got.dtype() == DType::f64 ? tolerance.f64
                                                   : 0;
  if (bound == 0) return same_bits(got, want) ? "" : "got\n" + to_string(got) + "\nthe oracle\n" + to_string(want);
  double worst = 0;
  std::int64_t at = 0;
  visit_any(got.dtype(), [&]<class T>() {
    for (std::int64_t i = 0; i < got.size(); ++i) {
      const T g = static_cast<const T*>(got.data())[i], w = static_cast<const T*>(want.data())[i];
      double d = 0;
      if constexpr (std::is_floating_point_v<T>) {
        d = distance(g, w, tolerance.floor);
      } else if (!(std::memcmp(&g, &w, sizeof g) == 0)) {
        const auto x = static_cast<double>(g), y = static_cast<double>(w);
        d = std::isfinite(x) && std::isfinite(y) ? std::fabs(x - y) / half_bound(got.dtype(), y, tolerance) : HUGE_VAL;
      }
      if (d > worst) worst = d, at = i;
    }
  });
  if (worst <= bound) return "";
  std::ostringstream text;
  text.precision(17);
  text << worst << (half ? " of the bound" : " ULP") << " where " << bound << " are allowed (" << tolerance.reason
       << "), at element " << at << ": got " << got.to_vector<double>()[static_cast<std::size_t>(at)] << ", the oracle "
       << want.to_vector<double>()[static_cast<std::size_t>(at)];
  return text.str();
}

inline std::string value_difference(const Row& row, const Shapes& shapes, std::size_t set, DType dtype) {
  const std::vector<Tensor> inputs = make_inputs(row, shapes, set, dtype);
  const Tensor got = row.call(inputs);
  const OtherKernels guard(oracle_for(dtype));
  return difference(got, row.call(inputs), row.tolerance);
}

// The inputs that gradients flow into become variables.
inline std::vector<std::size_t> differentiable(const Row& row, Flow at_least) {
  std::vector<std::size_t> which;
  for (std::size_t n = 0; n < row.inputs.size(); ++n)
    if (row.inputs[n].flow == Flow::yes || row.inputs[n].flow == at_least) which.push_back(n);
  return which;
}

inline bool takes(const Row& row, DType dtype) { return std::ranges::find(row.dtypes, dtype) != row.dtypes.end(); }

}  // namespace logitape::tests
