// The search goes the way the numbers went, and stops at the first tensor that holds one which is not finite.
#include "logitape/train/not_finite.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/core/convert.h"
#include "logitape/core/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/sequential.h"

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

template <class... Mode>
std::string first_source(const ModelRef& model, const Batch& batch, const Dataset& whole, Mode... mode) {
  if (!all_finite(batch.inputs))
    return fmt::format("the inputs have {} of the set", first_not_finite(whole.inputs).value_or("one"));
  if (!all_finite(batch.labels))
    return fmt::format("the labels have {} of the set", first_not_finite(whole.labels).value_or("one"));
  std::string found;
  model.visit([&](Parameter& p) {
    if (found.empty() && !all_finite(p.value))
      found = fmt::format("parameter \"{}\" has {}", p.name, *first_not_finite(p.value));
  });
  if (!found.empty()) return found;
  const NoGrad guard;
  const LayerWatch watch([&](const std::string& layer, const Tensor& output) {
    if (found.empty() && !all_finite(output))
      found = fmt::format("{}, put out {} of the batch", layer, *first_not_finite(output));
  });
  const Tensor output = model(batch.inputs, mode...);
  if (!found.empty()) return found;
  if (const auto bad = first_not_finite(output)) return fmt::format("the model put out {} of the batch", *bad);
  return "the model's output is finite, the loss of it is not";
}

}  // namespace

double spoken(double x) { return std::isnan(x) ? std::fabs(x) : x; }

bool all_finite(const Tensor& x) {
  if (!x.defined() || !is_floating(x.dtype())) return true;
  const NoGrad guard;
  // a sum is finite only if every term is; one that is not may have overflowed, and is looked at again
  return std::isfinite(sum(is_arithmetic(x.dtype()) ? x : cast(x, DType::f32)).item<double>()) || !first_not_finite(x);
}

std::int64_t first_nan(const Tensor& x) {
  std::int64_t at = -1;
  if (!is_floating(x.dtype())) return at;
  visit_any(x.dtype(), [&]<class T>() {
    const auto* from = static_cast<const T*>(x.data());
    const auto* found = std::find_if(from, from + x.size(), [](T v) { return std::isnan(convert_element<double>(v)); });
    if (found != from + x.size()) at = found - from;
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

std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole) {
  return first_source(model, batch, whole);
}

std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole, InEvaluation) {
  return first_source(model, batch, whole, evaluation);
}

std::string source_of(std::span<Parameter* const> parameters, TensorList gradients) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!all_finite(gradients[i]))
      return fmt::format("the gradient of parameter \"{}\" has {}", parameters[i]->name,
                         *first_not_finite(gradients[i]));
  for (const Parameter* p : parameters)
    if (!all_finite(p->value))
      return fmt::format("the step gave parameter \"{}\" {}, of finite gradients: a smaller learning rate may help",
                         p->name, *first_not_finite(p->value));
  return "no tensor";
}

}  // namespace logitape::inline v0::train
