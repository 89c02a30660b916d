// If the sum is finite, so is every element. Otherwise each element is looked at.
#include "logitape/train/nn/detail/finite.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <type_traits>
#include <vector>

#include "logitape/autograd/record.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0::train {
namespace {

std::string place(const Shape& shape, std::int64_t element) {
  if (shape.rank() == 0) return "its only element";
  if (shape.rank() == 1) return fmt::format("element {}", element);
  std::string columns;
  for (int r = shape.rank() - 1; r > 0; --r) {
    columns = fmt::format("{}{}{}", element % shape[r], columns.empty() ? "" : ",", columns);
    element /= shape[r];
  }
  return shape.rank() == 2 ? fmt::format("row {}, column {}", element, columns)
                           : fmt::format("row {}, [{}]", element, columns);
}

}  // namespace

double spoken(double x) { return std::isnan(x) ? std::fabs(x) : x; }

bool all_finite(const Tensor& x) {
  if (!x.defined() || !is_floating(x.dtype())) return true;
  const NoGrad guard;
  // a finite sum has finite terms only; any other sum may have overflowed, so the elements decide
  return std::isfinite(sum(is_arithmetic(x.dtype()) ? x : cast(x, DType::f32)).item<double>()) || !first_not_finite(x);
}

Tensor finite_flag(TensorList list) {
  std::vector<backends::NumberArray, memory::PoolAllocator<backends::NumberArray>> arrays;
  arrays.reserve(list.size());
  for (const Tensor& x : list) arrays.push_back({x.dtype(), x.size(), x.data()});
  const Device device = list.empty() ? Device::cpu() : list[0].device();
  Tensor y = Tensor::uninitialised({1}, DType::u8, device);
  backends::run("all_finite", device, &backends::Kernels::all_finite,
                backends::AllFiniteArgs{std::ssize(arrays), arrays.data(), static_cast<std::uint8_t*>(y.writable())});
  return y;
}

std::int64_t first_nan(const Tensor& x) {
  std::int64_t at = -1;
  if (!is_floating(x.dtype())) return at;
  // most have none, and the kernel sees it in less time than a loop here, or than a copy from a device
  if (is_arithmetic(x.dtype()) && finite_flag({&x, 1}).item<int>() != 0) return at;
  const Tensor here = on_host(x);
  const std::int64_t size = x.size();
  visit_any(x.dtype(), [&]<class T>() {
    const auto* from = static_cast<const T*>(here.data());
    const auto* found = std::find_if(from, from + size, [](T v) { return std::isnan(convert_element<double>(v)); });
    if (found != from + size) at = found - from;
  });
  return at;
}

void require_no_nan(const char* op, const char* what, const Tensor& x) {
  const std::int64_t at = first_nan(x), classes = x.rank() > 0 ? x.shape()[x.rank() - 1] : 1;
  require(at < 0, ErrorCode::out_of_range, op, "the {} of class {} at row {} is NaN", what, at % classes, at / classes);
}

std::optional<std::string> first_not_finite(const Tensor& x) {
  if (!x.defined() || !is_floating(x.dtype())) return {};
  const auto values = x.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      return fmt::format("{} at {}", spoken(values[i]), place(x.shape(), static_cast<std::int64_t>(i)));
  return {};
}

}  // namespace logitape::inline v0::train
