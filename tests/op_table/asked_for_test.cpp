// A gradient that is asked for alone: the same bits as beside all others, and no work for those that nobody asked for.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"
#include "tests/op_table/compare.h"
#include "tests/op_table/op_table.h"
#include "tests/support/oracle.h"
#include "tests/support/same_bits_of_tensors.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

// Each gradient of order 1, then one of order 2: of the first gradients' sum into input n.
bool alone_as_among_all(const Row& row, std::size_t set) {
  std::vector<Tensor> inputs = make_inputs(row, row.shapes[set], set, DType::f64);
  Tensors xs;
  for (const std::size_t n : differentiable(row, Flow::yes)) xs.push_back(inputs[n] = variable(inputs[n]));
  const Tensor y = row.call(inputs);
  if (!y.requires_grad()) return true;
  const auto all = grad(sum(y), xs, {.create_graph = true, .unreached = Unreached::zero});
  Tensor first = zeros({}, DType::f64);
  for (const Tensor& g : all) first = first + sum(g * g);
  Tensors second;
  if (first.requires_grad()) second = grad(first, xs, {.unreached = Unreached::zero});
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!same_bits(grad(sum(y), {xs[i]}, {.unreached = Unreached::zero})[0], all[i].without_node())) return false;
    if (first.requires_grad() && !same_bits(grad(first, {xs[i]}, {.unreached = Unreached::zero})[0], second[i]))
      return false;
  }
  return true;
}

int calls = 0;

}  // namespace

TEST_CASE("each gradient of every op, asked for alone, has the bits that it has among all of them, to order 2") {
  int checks = 0;
  for (const Row& row : table()) {
    if (differentiable(row, Flow::yes).size() < 2) continue;
    for (std::size_t set = 0; set < row.shapes.size(); set += 3, ++checks) {
      INFO(describe(row, row.shapes[set], DType::f64));
      CHECK(alone_as_among_all(row, set));
    }
  }
  CHECK(checks > 200);
}

TEST_CASE("the gradient into the inputs of a model multiplies once a layer, that into its weights twice but once") {
  backends::Kernels counting = cpu::kernels();
  counting.matmul = [](const backends::MatmulArgs& a) {
    ++calls;
    cpu::kernels().matmul(a);
  };
  const OtherKernels guard(counting);
  const Tensor x = variable(ones({4, 7}));
  Tensors weights;
  for (const Shape& shape : {Shape{7, 6}, Shape{6, 5}, Shape{5, 3}}) weights.push_back(variable(ones(shape)));
  Tensor y = x;
  for (const Tensor& w : weights) y = relu(matmul(y, w));
  const Tensor loss = sum(y);
  const auto products_of = [&](const Tensors& xs) {
    calls = 0;
    grad(loss, xs);
    return calls;
  };
  CHECK(products_of({x}) == 3);
  CHECK(products_of(weights) == 5);       // nothing goes into x
  CHECK(products_of({weights[2]}) == 1);  // nor below the last layer
  CHECK(products_of({y}) == 0);           // y's own rule does not run
}
