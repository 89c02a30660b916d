// The table: one more op is one row.
#include "check_ops.h"

#include <span>
#include <stdexcept>

#include "words.h"

namespace command {
namespace {

CheckedInput own(const char* name, const lt::Shape& shape, double low = -2, double high = 2) {
  return {.name = name, .shaped = CheckedInput::Shaped::own, .shape = shape, .low = low, .high = high};
}
CheckedInput same(const char* name, double low = -2, double high = 2) {
  return {.name = name, .low = low, .high = high};
}
CheckedInput class_of_row(int of = 0) {
  return {.name = "targets", .shaped = CheckedInput::Shaped::as_rows, .index = true, .of = of};
}

// long: a table
std::vector<OpGroup> table() {
  using lt::Tensor;
  using In = std::span<const Tensor>;
  using Unary = Tensor (*)(const Tensor&);
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  const auto unary = [](const char* name, Unary op, double low = -2, double high = 2) {
    return CheckedOp{name, {own("x", {2, 3}, low, high)}, [op](In x) { return op(x[0]); }};
  };
  const auto binary = [](const char* name, Binary op, double low = -2, double high = 2) {
    return CheckedOp{name, {own("a", {2, 3}, low, high), same("b", low, high)}, [op](In x) { return op(x[0], x[1]); }};
  };
  const auto reduction = [](const char* name, Tensor (*op)(const Tensor&, const lt::ReduceOptions&)) {
    return CheckedOp{name, {own("x", {2, 3})}, [op](In x) { return op(x[0], {}); }};
  };
  const CheckedInput x = own("x", {2, 3}), logits = own("logits", {3, 4}, -3, 3),
                     probabilities = same("labels", 0.05, 0.95);
  return {
      {"elementwise",
       {unary("neg", lt::neg),
        unary("abs", lt::abs),
        unary("exp", lt::exp),
        unary("log", lt::log, 0.1, 4),
        unary("log1p", lt::log1p, -0.9, 3),
        unary("expm1", lt::expm1),
        unary("sqrt", lt::sqrt, 0.1, 4),
        unary("sin", lt::sin, -6, 6),
        unary("cos", lt::cos, -6, 6),
        unary("tanh", lt::tanh),
        unary("sigmoid", lt::sigmoid, -4, 4),
        unary("erf", lt::erf),
        unary("erfc", lt::erfc),
        unary("relu", lt::relu),
        unary("gelu", lt::gelu),
        unary("silu", lt::silu, -4, 4),
        {"clamp", {x}, [](In v) { return lt::clamp(v[0], -1, 1); }},
        binary("add", lt::add),
        binary("sub", lt::sub),
        binary("mul", lt::mul),
        binary("div", lt::div, 0.5, 2),
        binary("pow", lt::pow, 0.5, 2),
        binary("maximum", lt::maximum),
        binary("minimum", lt::minimum)}},
      {"reductions",
       {reduction("sum", lt::sum),
        reduction("mean", lt::mean),
        reduction("max", lt::max),
        reduction("min", lt::min),
        reduction("logsumexp", lt::logsumexp),
        reduction("norm", lt::norm),
        {"variance", {x}, [](In v) { return lt::variance(v[0]); }},
        {"standard_deviation", {x}, [](In v) { return lt::standard_deviation(v[0]); }}}},
      {"softmax",
       {{"softmax", {logits}, [](In v) { return lt::softmax(v[0]); }},
        {"log_softmax", {logits}, [](In v) { return lt::log_softmax(v[0]); }}}},
      {"matrices",
       {{"matmul", {own("a", {2, 3}), own("b", {3, 4})}, [](In v) { return lt::matmul(v[0], v[1]); }},
        {"linear",
         {own("x", {2, 3}), own("weight", {3, 4}), own("bias", {4})},
         [](In v) { return lt::linear(v[0], v[1], v[2]); }}}},
      {"rearranging",
       {{"reshape", {x}, [](In v) { return lt::reshape(v[0], -1); }},
        {"transpose", {x}, [](In v) { return lt::transpose(v[0]); }},
        {"broadcast_to",
         {own("x", {2, 1})},
         [](In v) {
           return lt::broadcast_to(v[0], {2, 3});
         }},
        {"concat", {x, same("y")}, [](In v) { return lt::concat(v); }},
        {"stack", {x, same("y")}, [](In v) { return lt::stack(v); }},
        {"gather",
         {own("x", {4, 3}),
          {.name = "indices", .shaped = CheckedInput::Shaped::own, .shape = {5}, .index = true, .axis = 0}},
         [](In v) { return lt::gather(v[0], v[1]); }}}},
      {"losses of classes",
       {{"cross_entropy", {logits, class_of_row()}, [](In v) { return lt::cross_entropy(v[0], v[1]); }},
        {"cross_entropy_probabilities", {logits, probabilities}, [](In v) { return lt::cross_entropy(v[0], v[1]); }},
        {"linear_cross_entropy",
         {own("hidden", {3, 2}), own("weight", {2, 4}), own("bias", {4}), class_of_row(1)},
         [](In v) { return lt::linear_cross_entropy(v[0], v[1], v[2], v[3]); }},
        {"softmax_cross_entropy_with_logits",
         {logits, probabilities},
         [](In v) { return lt::nn::softmax_cross_entropy_with_logits({.labels = v[1], .logits = v[0]}); }},
        {"sparse_softmax_cross_entropy_with_logits",
         {logits, class_of_row()},
         [](In v) { return lt::nn::sparse_softmax_cross_entropy_with_logits({.labels = v[1], .logits = v[0]}); }},
        {"nll_loss",
         {own("log_probabilities", {3, 4}, -4, -0.1), class_of_row()},
         [](In v) { return lt::nll_loss(v[0], v[1]); }},
        {"focal_loss", {logits, class_of_row()}, [](In v) { return lt::focal_loss(v[0], v[1]); }},
        {"poly1_loss", {logits, class_of_row()}, [](In v) { return lt::poly1_loss(v[0], v[1]); }},
        {"multiclass_hinge_loss", {logits, class_of_row()}, [](In v) { return lt::multiclass_hinge_loss(v[0], v[1]); }},
        {"kl_divergence",
         {own("log_probabilities", {3, 4}, -4, -0.1), probabilities},
         [](In v) { return lt::kl_divergence({.labels = v[1], .log_probabilities = v[0]}); }},
        {"jensen_shannon_divergence",
         {own("a_logits", {3, 4}), same("b_logits")},
         [](In v) { return lt::jensen_shannon_divergence(v[0], v[1]); }}}},
      {"losses of two classes, and of numbers",
       {{"binary_cross_entropy_with_logits",
         {logits, probabilities},
         [](In v) { return lt::binary_cross_entropy_with_logits(v[0], v[1]); }},
        {"sigmoid_focal_loss", {logits, probabilities}, [](In v) { return lt::sigmoid_focal_loss(v[0], v[1]); }},
        {"hinge_loss", {logits, probabilities}, [](In v) { return lt::hinge_loss(v[0], v[1]); }},
        {"mse_loss", {own("predictions", {2, 3}), same("targets")}, [](In v) { return lt::mse_loss(v[0], v[1]); }},
        {"huber_loss", {own("predictions", {2, 3}), same("targets")}, [](In v) { return lt::huber_loss(v[0], v[1]); }},
        {"cosine_similarity", {own("a", {2, 3}), same("b")}, [](In v) { return lt::cosine_similarity(v[0], v[1]); }}}},
  };
}

}  // namespace

const std::vector<OpGroup>& checked_ops() {
  static const std::vector<OpGroup> groups = table();
  return groups;
}

CheckedOp op_called(const std::string& name) {
  for (const OpGroup& group : checked_ops())
    for (const CheckedOp& op : group.ops)
      if (op.name == name) return op;
  std::vector<std::string> names;
  for (const OpGroup& group : checked_ops())
    for (const CheckedOp& op : group.ops) names.push_back(op.name);
  const std::string near = meant(name, names);
  throw std::invalid_argument("there is no op \"" + name + "\"" +
                              (near.empty() ? "; logitape check list prints those there are" : near));
}

std::vector<lt::Shape> shapes_of(const CheckedOp& op, const std::vector<lt::Shape>& given) {
  const std::size_t count = op.inputs.size();
  if (given.size() > count)
    throw std::invalid_argument(op.name + " takes " + std::to_string(count) + (count == 1 ? " input" : " inputs") +
                                ", but --shape names " + std::to_string(given.size()));
  std::vector<lt::Shape> shapes = given;
  for (std::size_t i = given.size(); i < count; ++i) {
    const CheckedInput& input = op.inputs[i];
    if (input.shaped == CheckedInput::Shaped::own) shapes.push_back(input.shape);
    else if (input.shaped == CheckedInput::Shaped::as_first) shapes.push_back(shapes[0]);
    else if (shapes[0].rank() > 0) shapes.emplace_back(std::span(shapes[0].begin(), shapes[0].end() - 1));
    else throw std::invalid_argument(op.name + " needs an input with at least one axis: that of the classes");
  }
  return shapes;
}

std::vector<lt::Tensor> inputs_for(const CheckedOp& op, const std::vector<lt::Shape>& shapes, lt::DType dtype,
                                   std::uint64_t seed, lt::Device device) {
  lt::Generator rng(seed);
  std::vector<lt::Tensor> tensors;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const CheckedInput& input = op.inputs[i];
    const lt::Tensor random = lt::uniform(shapes[i], rng, lt::DType::f64);
    if (input.index) {
      const lt::Shape& counted = shapes[static_cast<std::size_t>(input.of)];
      if (counted.rank() == 0) throw std::invalid_argument(op.name + " needs an input with at least one axis");
      const std::int64_t below = counted[input.axis < 0 ? counted.rank() - 1 : input.axis];
      tensors.push_back((random * static_cast<double>(below)).to(lt::DType::i64).to(device));
    } else {
      tensors.push_back((random * (input.high - input.low) + input.low).to(dtype).to(device));
    }
  }
  return tensors;
}

}  // namespace command
