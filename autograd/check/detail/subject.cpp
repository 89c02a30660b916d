// Tensors to host doubles and back.
#include "logitape/autograd/check/detail/subject.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/inspect.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/wide/wide.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

constexpr const char* subject_op = "check_gradients";

double rounded_to(DType dtype, double v) {
  switch (dtype) {
    case DType::f16: return static_cast<float>(f16(v));
    case DType::bf16: return static_cast<float>(bf16(v));
    case DType::f32: return static_cast<float>(v);
    default: return v;
  }
}

std::vector<std::size_t> differentiated(const TensorCase& c) {
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    if (is_floating(c.inputs[i].dtype())) which.push_back(i);
  return which;
}

// The inputs of f with the values of `points` where it is differentiated.
std::vector<Tensor> tensors_at(const TensorCase& c, const std::vector<std::size_t>& which, const Points& points,
                               bool wide) {
  std::vector<Tensor> inputs = c.inputs;
  for (std::size_t n = 0; n < which.size(); ++n) {
    const Tensor& x = c.inputs[which[n]];
    inputs[which[n]] = from_values(points[n], x.shape(), wide ? DType::f64 : x.dtype(), x.device());
  }
  return inputs;
}

std::vector<Tensor> leaves_at(const TensorCase& c, const std::vector<std::size_t>& which, const Points& points,
                              bool wide) {
  std::vector<Tensor> inputs = tensors_at(c, which, points, wide);
  for (const std::size_t i : which) inputs[i] = variable(inputs[i]);
  return inputs;
}

Tensor checked_result(const Tensor& y, const Tensor& first) {
  require(y.defined(), subject_op, "f returned an empty tensor");
  require(is_floating(y.dtype()), subject_op, "f returned {}: only f16, bf16, f32 and f64 have derivatives", y);
  require(y.device() == first.device(), ErrorCode::device, subject_op, "f returned {} on {}, its first input is on {}",
          y, y.device(), first.device());
  return y;
}

bool all_zero(const Points& points) {
  return std::all_of(points.begin(), points.end(),
                     [](const Values& v) { return std::all_of(v.begin(), v.end(), [](double x) { return x == 0; }); });
}

// The leaves of f, its result on the tape, and the gradient of sum(seed * f) by each leaf.
struct Replay {
  std::vector<Tensor> leaves;
  Tensor y;
  Tensors gradients;
};

Replay replay(const TensorCase& c, const std::vector<std::size_t>& which, const Points& points, const Values& seed,
              bool wide) {
  const detail::WithGrad recording;
  const std::vector<Tensor> inputs = leaves_at(c, which, points, wide);
  Replay r;
  for (const std::size_t i : which) r.leaves.push_back(inputs[i]);
  r.y = checked_result(c.f(inputs), inputs[0]);
  GradOptions options{.unreached = Unreached::zero};
  if (!seed.empty() || r.y.size() != 1) options.seed = from_values(seed, r.y.shape(), r.y.dtype(), r.y.device());
  for (const Tensor& g : grad(r.y, r.leaves, options)) r.gradients.push_back(g);
  return r;
}

Gradients gradients(const TensorCase& c, const std::vector<std::size_t>& which, const Points& points,
                    const Values& seed, bool wide) {
  const Replay r = replay(c, which, points, seed, wide);
  Gradients found{{}, r.y.requires_grad()};
  for (const Tensor& g : r.gradients) found.values.push_back(g.to_vector<double>());
  if (!found.path || !all_zero(found.values)) return found;
  // y may be on a tape that does not begin at these inputs: one of f's own variables, a result from before
  GradOptions options{.unreached = Unreached::error};
  if (!seed.empty() || r.y.size() != 1) options.seed = from_values(seed, r.y.shape(), r.y.dtype(), r.y.device());
  found.path = std::any_of(r.leaves.begin(), r.leaves.end(), [&](const Tensor& x) {
    const detail::WithGrad recording;
    return !complaint_of([&] { grad(r.y, {x}, options); });
  });
  return found;
}

// The name of the op that f is, if its result comes from one op whose inputs are f's, in their order: "matmul". Else
// "f": the last of several ops would name the function wrongly.
std::string name_of(const TensorFunction& f, std::span<const Tensor> inputs) {
  const detail::WithGrad recording;
  std::vector<Tensor> given;
  for (const Tensor& x : inputs)
    given.push_back(is_floating(x.dtype()) ? variable(x.without_node()) : x.without_node());
  Tensor y;
  if (complaint_of([&] { y = f(given); }) || !y.defined() || !y.node()) return "f";
  const Node& node = *y.node();
  if (node.is_leaf() || node.is_cut() || node.input_count() != static_cast<int>(given.size())) return "f";
  for (int i = 0; i < node.input_count(); ++i) {
    const Tensor &slot = node.input_slot(i), &x = given[static_cast<std::size_t>(i)];
    // an input without a node may have been computed on the way, off the tape: only integers are trusted
    if (slot.node().get() != x.node().get() || slot.dtype() != x.dtype() || !(slot.shape() == x.shape())) return "f";
  }
  return node.op();
}

// The values of an f64 tensor, with twice its digits.
Doubled doubled(const backends::wide::Evaluation& evaluation, const Tensor& y) {
  Doubled d;
  for (const auto& v : evaluation.values(y)) d.y.push_back(v.hi), d.low.push_back(v.lo);
  return d;
}

std::optional<Doubled> doubled_value(const TensorCase& c, const std::vector<std::size_t>& which, const Points& points) {
  const backends::wide::Evaluation evaluation;
  const Tensor y = c.f(tensors_at(c, which, points, true));
  if (y.dtype() != DType::f64 || y.device() != Device::cpu() || evaluation.lost()) return std::nullopt;
  return doubled(evaluation, y);
}

std::optional<Points> doubled_gradient(const TensorCase& c, const std::vector<std::size_t>& which, const Points& points,
                                       const Values& seed) {
  const backends::wide::Evaluation evaluation;
  const Replay r = replay(c, which, points, seed, true);
  Points found;
  for (const Tensor& g : r.gradients) {
    if (g.dtype() != DType::f64 || g.device() != Device::cpu() || evaluation.lost()) return std::nullopt;
    found.push_back(doubled(evaluation, g).y);
  }
  return found;
}

}  // namespace

double epsilon_of(DType dtype) {
  switch (dtype) {
    case DType::f16: return 0x1p-10;
    case DType::bf16: return 0x1p-7;
    case DType::f32: return 0x1p-23;
    default: return 0x1p-52;
  }
}

// f16 and bf16 are computed in f32.
double smallest_of(double epsilon) { return epsilon > 0x1p-52 ? 0x1p-149 : 0x1p-1074; }

Tensor from_values(const Values& values, const Shape& shape, DType dtype, Device device) {
  const Tensor made = from_span(values, shape);
  const Tensor typed = dtype == DType::f64 ? made : made.to(dtype);
  return device == typed.device() ? typed : typed.to(device);
}

TensorCase tensor_case(const TensorFunction& f, std::span<const Tensor> inputs, const GradcheckOptions& options) {
  TensorCase c;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor x = inputs[i].without_node();
    c.declared.push_back(x.dtype());
    c.inputs.push_back(is_floating(x.dtype()) && !is_arithmetic(x.dtype()) ? x.to(DType::f32) : x);
    c.names.push_back(options.names.empty() ? fmt::format("x{}", i) : options.names[i]);
  }
  c.f = [f, declared = c.declared](std::span<const Tensor> at) {
    std::vector<Tensor> own(at.begin(), at.end());
    for (std::size_t i = 0; i < own.size(); ++i)
      if (is_floating(declared[i]) && own[i].dtype() == DType::f32) own[i] = own[i].to(declared[i]);
    return f(own);
  };
  const std::vector<std::size_t> which = differentiated(c);
  Points at;
  for (const std::size_t i : which) at.push_back(c.inputs[i].to_vector<double>());
  const auto plainly = [&] { checked_result(c.f(c.inputs), c.inputs[0]); };
  const auto on_tape = [&] { c.f(leaves_at(c, which, at, false)); };
  if (const auto plain = complaint_of(plainly)) {
    if (complaint_of(on_tape)) plainly();  // it throws in both cases, and so it does here
    c.off_tape = *plain;
  } else if (const auto wide = complaint_of([&] { c.f(tensors_at(c, which, at, true)); })) {
    c.wide = false;
    c.refusal = *wide;
  }
  c.called = c.name = options.name.empty() ? name_of(f, inputs) : options.name;
  return c;
}

Subject subject_of(const TensorCase& c) {
  Subject s;
  s.called = c.called;
  s.name = c.name;
  s.order = c.order;
  const std::vector<std::size_t> which = differentiated(c);
  for (const std::size_t i : which) {
    s.inputs.push_back({static_cast<int>(i), c.names[i], c.inputs[i].shape(), c.declared[i]});
    s.at.push_back(c.inputs[i].to_vector<double>());
    s.epsilon = std::max(s.epsilon, epsilon_of(c.declared[i]));
  }
  const Tensor own = checked_result(c.f(c.inputs), c.inputs[0]);
  const Tensor reference = c.wide ? checked_result(c.f(tensors_at(c, which, s.at, true)), c.inputs[0]) : own;
  s.result = own.shape();
  s.epsilon = std::max({s.epsilon, epsilon_of(own.dtype()), c.epsilon});
  s.reference_epsilon = c.wide ? std::max(epsilon_of(reference.dtype()), c.reference_epsilon) : s.epsilon;
  s.forward_error = c.forward_error;
  s.largest_result = c.largest_result;
  if (c.wide && s.epsilon > s.reference_epsilon) {
    const Values narrow = own.to_vector<double>(), exact = reference.to_vector<double>();
    double scale = 0;
    for (const double y : exact) scale = std::fabs(y) > scale && std::isfinite(y) ? std::fabs(y) : scale;
    for (std::size_t k = 0; k < narrow.size(); ++k)
      if (const double off = std::fabs(narrow[k] - exact[k]) / std::max({std::fabs(exact[k]), 1e-3 * scale, 0x1p-126});
          std::isfinite(off))
        s.forward_error = std::max(s.forward_error, off / s.epsilon);
  }
  s.value = [c, which, size = own.size()](const Points& points) {
    const Tensor y = checked_result(c.f(tensors_at(c, which, points, c.wide)), c.inputs[0]);
    require(y.size() == size, subject_op, "f's result is of size {} at its inputs, and of size {} nearby", size,
            y.size());
    return y.to_vector<double>();
  };
  s.gradient = [c, which](const Points& points, const Values& seed) {
    return gradients(c, which, points, seed, false);
  };
  s.reference_gradient = [c, which](const Points& points, const Values& seed) {
    return gradients(c, which, points, seed, c.wide);
  };
  if (c.wide) {
    s.doubled_value = [c, which](const Points& points) { return doubled_value(c, which, points); };
    s.doubled_gradient = [c, which](const Points& points, const Values& seed) {
      return doubled_gradient(c, which, points, seed);
    };
  }
  s.cuts = [c, which, at = s.at] {
    const detail::WithGrad recording;
    const std::vector<Tensor> inputs = leaves_at(c, which, at, false);
    return cuts(c.f(inputs), inputs[which[0]]);
  };
  s.rounded = [c, which](std::size_t input, double v) { return c.wide ? v : rounded_to(c.declared[which[input]], v); };
  s.held = [c, which](std::size_t input, double v) { return rounded_to(c.declared[which[input]], v); };
  return s;
}

TensorCase gradient_case(const TensorCase& c, std::size_t i, const Tensor& cotangent) {
  TensorCase g = c;
  const std::size_t count = c.inputs.size();
  g.inputs.push_back(cotangent);
  g.declared.push_back(cotangent.dtype());
  g.names.push_back(c.order == 1 ? "seed" : fmt::format("seed{}", c.order));
  const std::string of = c.order > 1 ? "(" + c.name + ")" : c.name.size() > 1 ? " " + c.name : c.name;
  g.name = fmt::format("d{}/d{}", of, c.names[i]);  // df/dx0, d matmul/dx0, d(df/dx0)/dx1
  g.order = c.order + 1;
  g.f = [f = c.f, i, count](std::span<const Tensor> at) {
    const detail::WithGrad recording;
    std::vector<Tensor> xs(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(count));
    if (!xs[i].requires_grad()) xs[i] = variable(xs[i]);
    const Tensor y = f(xs);
    const Tensor seed = at[count].dtype() == y.dtype() ? at[count] : at[count].to(y.dtype());
    return grad(y, {xs[i]}, {.seed = seed, .create_graph = true, .unreached = Unreached::zero})[0];
  };
  return g;
}

Subject subject_of(const PlainFunction& f, const PlainGradient& gradient, std::span<const double> x,
                   const GradcheckOptions& options) {
  Subject s;
  if (!options.name.empty()) s.called = s.name = options.name;
  s.inputs.push_back(
      {0, options.names.empty() ? "x" : options.names[0], Shape{static_cast<std::int64_t>(x.size())}, DType::f64});
  s.at.emplace_back(x.begin(), x.end());
  s.epsilon = s.reference_epsilon = epsilon_of(DType::f64);
  s.value = [f](const Points& points) { return Values{f(points[0])}; };
  s.gradient = [gradient](const Points& points, const Values& seed) {
    Gradients found{{Values(points[0].size())}, true};
    gradient(points[0], found.values[0]);
    for (double& g : found.values[0]) g *= seed.empty() ? 1 : seed[0];
    return found;
  };
  s.reference_gradient = s.gradient;
  s.rounded = s.held = [](std::size_t, double v) { return v; };
  return s;
}

}  // namespace logitape::inline v0::gradcheck
