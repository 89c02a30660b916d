// Runs a user's forward off the tape, and records its rule with all that the rule may read.
#include "logitape/autograd/custom_op.h"

#include <algorithm>

#include "logitape/autograd/record.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::detail {
namespace {

constexpr std::size_t most = 32;  // a Keep has a bit for each
constexpr Keep everything{~0u, ~0u};

Tensor zeros_of(const char* op, const Tensor& like) {
  Tensor zeros = Tensor::uninitialised(like.shape(), like.dtype(), like.device());
  backends::run(op, zeros.device(), &backends::Kernels::fill,
                backends::FillArgs{zeros.dtype(), zeros.size(), 0, zeros.writable()});
  return zeros;
}

Tensors answer(const OpDefinition& op, const Node& node, const Cotangents& g) {
  Tensors inputs, outputs, cotangents;
  for (int i = 0; i < node.input_count(); ++i) inputs.push_back(node.input(i));
  for (int i = 0; i < node.output_count(); ++i) {
    outputs.push_back(node.output(i));
    cotangents.push_back(g.has(i) ? g[i] : zeros_of(node.op(), outputs.back()));
  }
  Tensors results = op.vjp(inputs, outputs, cotangents);
  for (std::size_t i = 0; i < std::min(results.size(), inputs.size());
       ++i)  // the engine compares counts, shapes and dtypes
    require(results[i].defined() || !node.needs(static_cast<int>(i)), node.op(),
            "its vjp returned an empty tensor for input {} ({}), which needs a gradient", i, inputs[i]);
  return results;
}

void check_given(const char* op, const char* what, TensorList tensors) {
  require(!tensors.empty() && tensors.size() <= most, op, "{} {}s, not 1 to {}", tensors.size(), what, most);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    require(tensors[i].defined(), op, "{} {} is an empty tensor", what, i);
}

}  // namespace

std::shared_ptr<const OpDefinition> define_op(OpDefinition definition) {
  require(!definition.name.empty(), "custom_op", "the op needs a name: errors and the printed tape show it");
  return std::make_shared<const OpDefinition>(std::move(definition));
}

Tensors apply(const std::shared_ptr<const OpDefinition>& op, TensorList inputs) {
  const char* name = op->name.c_str();  // lives as long as the rule, and so as long as the node
  check_given(name, "input", inputs);
  Tensors values, outputs;
  for (const Tensor& x : inputs) values.push_back(x.without_node());
  {
    const NoGrad off_tape;
    outputs = op->forward(values);
  }
  check_given(name, "result", outputs);
  return record(name, inputs, outputs, everything,
                [op](const Node& node, const Cotangents& g) { return answer(*op, node, g); })
      .list();
}

}  // namespace logitape::inline v0::detail
