// Every derivative here is: put the inputs on the tape, call f, call grad.
#include "logitape/ops/derivatives.h"

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

using Numbers = std::vector<std::size_t>;

// One call of f, on a tape of its own.
struct Call {
  const char* op;
  bool create_graph;
  Tensors inputs;          // as f saw them
  Numbers differentiable;  // which of them are of a floating dtype
  Tensors variables;       // those
  Tensor y;

  // d sum(seed*of) / d each differentiable input, zeros where there is no path.
  Tensors gradients(const Tensor& of, const Tensor& seed, bool recorded) const {
    return grad(of, variables, {.seed = seed, .create_graph = recorded, .unreached = Unreached::zero});
  }
  // One for each input, empty where it is not differentiable.
  Tensors for_inputs(const Tensors& found) const {
    Tensors all(inputs.size());
    for (std::size_t i = 0; i < found.size(); ++i) all[differentiable[i]] = found[i];
    return all;
  }
  Tensor value() const { return create_graph ? y : y.without_node(); }
  void require_scalar() const {
    require(y.size() == 1, op, "f returned {}; one element is needed, as sum() and mean() give", y);
  }
};

// A point of the tape with x's values. Its gradient is a partial one, and goes on into x where x is on the tape.
Tensor input_of(const Tensor& x, bool create_graph) {
  if (!create_graph || !x.requires_grad()) return variable(x.without_node());
  return record("input", {x}, {x}, keep::nothing, [](const Node&, const Cotangents& g) { return Tensors{g[0]}; });
}

Call called(const char* op, const TensorFunction& f, TensorList inputs, const DerivativeOptions& options) {
  const detail::WithGrad recording;
  Call c{op, options.create_graph, {}, {}, {}, {}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = inputs[i];
    require(x.defined(), op, "input {} is an empty tensor", i);
    c.inputs.push_back(is_floating(x.dtype()) ? input_of(x, options.create_graph) : x);
    if (!is_floating(x.dtype())) continue;
    c.differentiable.push_back(i);
    c.variables.push_back(c.inputs.back());
  }
  c.y = f(c.inputs);
  require(c.y.defined(), op, "f returned an empty tensor");
  require(is_floating(c.y.dtype()), ErrorCode::not_differentiable, op, "f returned {}; a floating dtype is needed",
          c.y);
  return c;
}

// The tangents of the differentiable inputs.
Tensors checked_tangents(const char* op, TensorList inputs, TensorList tangents) {
  require(tangents.size() == inputs.size(), op, "{} tangents are given for {} inputs", tangents.size(), inputs.size());
  Tensors found;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &x = inputs[i], &v = tangents[i];
    require(x.defined(), op, "input {} is an empty tensor", i);
    if (!is_floating(x.dtype())) {
      require(!v.defined(), op, "tangent {} is {}, but input {} is {}: its tangent has to be an empty tensor", i, v, i,
              x);
      continue;
    }
    require(v.defined() && v.shape() == x.shape() && v.dtype() == x.dtype() && v.device() == x.device(), op,
            "tangent {} is {}, input {} {}", i, v, i, x);
    found.push_back(v);
  }
  return found;
}

// A scalar whose gradient into each of the parts is the seed beside it: sum of part*seed, for parts of any dtypes. Its
// value is 0.
Tensor contraction(const Tensors& parts, const Tensors& seeds) {
  const detail::WithGrad recording;
  const Device device = parts.empty() ? Device::cpu() : parts[0].device();
  return record("contraction", parts, {zeros({}, DType::f64, device)}, keep::nothing,
                [seeds = Tensors(seeds)](const Node&, const Cotangents&) { return seeds; });
}

// d of / d input for each differentiable input: the gradients of each element of `of`, stacked.
Tensors jacobian_of(const Call& c, const Tensor& of, const char* name) {
  for (std::size_t i = 0; i < c.variables.size(); ++i)
    require(of.rank() + c.variables[i].rank() <= max_rank, c.op,
            "{} is {} and input {} is {}: their derivative would have {} axes; at most {} are possible", name, of,
            c.differentiable[i], c.variables[i], of.rank() + c.variables[i].rank(), max_rank);
  std::vector<Tensors> rows(c.variables.size());
  for (std::int64_t e = 0; e < of.size(); ++e) {
    const Tensor unit = reshape(one_hot(tensor(e).to(of.device()), of.size(), of.dtype()), of.shape());
    const Tensors row = c.gradients(of, unit, c.create_graph);
    for (std::size_t i = 0; i < row.size(); ++i) rows[i].push_back(reshape(row[i], {row[i].size()}));
  }
  Tensors found;
  const detail::WithGrad recording;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Tensor& x = c.variables[i];
    Ints extents(of.shape());
    for (const std::int64_t extent : x.shape()) extents.push(extent);
    found.push_back(rows[i].empty() ? zeros(Shape(extents), x.dtype(), x.device()) : reshape(concat(rows[i]), extents));
  }
  return found;
}

}  // namespace

ValueAndGradients value_and_grad(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options) {
  const Call c = called("value_and_grad", f, inputs, options);
  c.require_scalar();
  return {c.value(), c.for_inputs(c.gradients(c.y, {}, options.create_graph))};
}

ValueAndGradients vjp(const TensorFunction& f, TensorList inputs, const Tensor& cotangent,
                      const DerivativeOptions& options) {
  const Call c = called("vjp", f, inputs, options);
  require(cotangent.defined() && cotangent.shape() == c.y.shape() && cotangent.dtype() == c.y.dtype() &&
              cotangent.device() == c.y.device(),
          c.op, "the cotangent is {}, f returned {}", cotangent, c.y);
  return {c.value(), c.for_inputs(c.gradients(c.y, cotangent, options.create_graph))};
}

// The vjp is linear in its cotangent u, and its derivative by u along v is J*v. Any u serves: it is 1.
ValueAndTangent jvp(const TensorFunction& f, TensorList inputs, TensorList tangents, const DerivativeOptions& options) {
  const Tensors v = checked_tangents("jvp", inputs, tangents);
  const Call c = called("jvp", f, inputs, options);
  const Tensor u = variable(ones_like(c.y));
  const Tensor along = contraction(c.gradients(c.y, u, true), v);
  return {c.value(), grad(along, {u}, {.create_graph = options.create_graph, .unreached = Unreached::zero})[0]};
}

Tensors hvp(const TensorFunction& f, TensorList inputs, TensorList v, const DerivativeOptions& options) {
  const Tensors along = checked_tangents("hvp", inputs, v);
  const Call c = called("hvp", f, inputs, options);
  c.require_scalar();
  return c.for_inputs(c.gradients(contraction(c.gradients(c.y, {}, true), along), {}, options.create_graph));
}

Tensors jacobian(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options) {
  const Call c = called("jacobian", f, inputs, options);
  return c.for_inputs(jacobian_of(c, c.y, "f's result"));
}

std::vector<Tensors> hessian(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options) {
  const Call c = called("hessian", f, inputs, options);
  c.require_scalar();
  const Tensors gradients = c.gradients(c.y, {}, true);
  std::vector<Tensors> blocks(inputs.size(), Tensors(inputs.size()));
  for (std::size_t i = 0; i < gradients.size(); ++i)
    blocks[c.differentiable[i]] = c.for_inputs(jacobian_of(c, gradients[i], "the gradient"));
  return blocks;
}

}  // namespace logitape::inline v0
