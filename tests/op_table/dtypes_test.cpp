// Every row of the op table in each of the four floating dtypes. It is taken, and then so are its gradients of orders 1
// and 2; or it is refused before anything is recorded, with a sentence that says what to do.
#include <doctest/doctest.h>

#include <map>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/error.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "tests/op_table/compare.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

// A row's inputs, those that gradients flow into as variables.
struct Call {
  std::vector<Tensor> inputs, leaves;

  Call(const Row& row, std::vector<Tensor> given) : inputs(std::move(given)) {
    for (const std::size_t n : differentiable(row, Flow::elsewhere))
      if (is_floating(inputs[n].dtype())) leaves.push_back(inputs[n] = variable(inputs[n]));
  }
};

// Whether the row has an input of the dtype at hand. Where it has none, as one_hot of indices, the dtype changes
// nothing.
bool depends_on_dtype(const Row& row) {
  for (const Input& in : row.inputs)
    if (!in.dtype && in.domain.kind != Domain::Kind::index && in.domain.kind != Domain::Kind::boolean) return true;
  return false;
}

// Weights in [-1, 1] that every dtype holds.
Tensor weights_like(const Tensor& x, std::size_t number) {
  const Row weights{"", "", {}, {{between(-1, 1)}}, {}, {}};
  return make_inputs(weights, {x.shape()}, number, DType::bf16)[0].to(DType::f16).to(x.dtype());
}

struct Derivatives {
  std::vector<Tensor> first, second;
};

// Those of y by the leaves, from a seed; then those of the first ones, each weighted, by the leaves and the seed.
Derivatives derivatives_of(const Row& row, Call call) {
  const Tensor y = row.call(call.inputs);
  if (call.leaves.empty() || !y.requires_grad()) return {};
  const Tensor seed = variable(weights_like(y, 1));
  Derivatives d{grad(y, call.leaves, {.seed = seed, .create_graph = true, .unreached = Unreached::zero}), {}};
  Tensor total = zeros({}, DType::f64);
  for (std::size_t i = 0; i < d.first.size(); ++i)
    total = total + sum((d.first[i].to(DType::f64) * weights_like(d.first[i], i + 2).to(DType::f64)));
  call.leaves.push_back(seed);
  if (total.requires_grad()) d.second = grad(total, call.leaves, {.unreached = Unreached::zero});
  return d;
}

// The inputs that are of the narrow dtype in a wider one.
std::vector<Tensor> widened(const Row& row, std::vector<Tensor> inputs, DType narrow, DType wide) {
  for (std::size_t n = 0; n < inputs.size(); ++n)
    if (!row.inputs[n].dtype && inputs[n].dtype() == narrow) inputs[n] = inputs[n].to(wide);
  return inputs;
}

// Halves have the bits of the f32 derivatives at the same places, rounded once. f32 agrees with f64 to 12 bits of the
// largest: a rule that is wrong for a dtype does not; digits are counted elsewhere. Where labels are halves beside f32,
// the next half is right too.
bool agree(const Tensor& got, const Tensor& want, DType dtype) {
  if (dtype != DType::f32) return same_bits(got, want.to(got.dtype()));
  if (!(got.shape() == want.shape())) return false;
  const bool half = !is_arithmetic(got.dtype());
  const auto g = got.to_vector<double>(), w = want.to_vector<double>();
  double largest = 0;
  for (const double x : w) largest = std::max(largest, std::fabs(x));
  for (std::size_t i = 0; i < g.size(); ++i)
    if (!(std::fabs(g[i] - w[i]) <= 0x1p-12 * largest + (half ? 0x1p-7 * std::fabs(w[i]) : 0))) return false;
  return true;
}

std::string derivative_difference(const std::vector<Tensor>& got, const std::vector<Tensor>& want, DType dtype,
                                  const char* order) {
  if (got.size() != want.size()) return std::string(order) + ": one dtype has derivatives where the other has none";
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!agree(got[i], want[i], dtype))
      return std::string(order) + " derivative " + std::to_string(i) + " is\n" + to_string(got[i]) + "\nnot\n" +
             to_string(want[i].to(got[i].dtype()));
  return "";
}

// Empty where the op is refused as it should be.
std::string refusal_fault(const Row& row, const Call& call) {
  const std::uint64_t before = variable(zeros({})).node()->tick();
  try {
    row.call(call.inputs);
  } catch (const Error& e) {
    const std::string sentence = e.what();
    if (variable(zeros({})).node()->tick() != before + 1) return "recorded before it refused: " + sentence;
    return sentence.find("cast") == std::string::npos ? "does not say to cast: " + sentence : "";
  }
  return "is taken, and its row does not say so";
}

struct Counts {
  int rows = 0, refused = 0, values = 0, first = 0, second = 0;
};

}  // namespace

TEST_CASE(
    "every row of the op table takes each floating dtype, with derivatives of orders 1 and 2, or refuses it before it "
    "records") {
  std::map<DType, Counts> counts;
  for (const Row& row : table()) {
    if (!depends_on_dtype(row)) continue;
    for (const DType dtype : floating_dtypes()) {
      Counts& c = counts[dtype];
      const bool taken = takes(row, dtype);
      ++(taken ? c.rows : c.refused);
      const DType wide = dtype == DType::f64 ? DType::f64 : dtype == DType::f32 ? DType::f64 : DType::f32;
      for (std::size_t set = 0; set < row.shapes.size(); ++set) {
        INFO(describe(row, row.shapes[set], dtype));
        const std::vector<Tensor> inputs = make_inputs(row, row.shapes[set], set, dtype);
        if (!taken) {
          CHECK(refusal_fault(row, {row, inputs}) == "");
          continue;
        }
        ++c.values;  // compared with the oracle in op_table_test.cpp
        const Derivatives got = derivatives_of(row, {row, inputs});
        c.first += !got.first.empty();
        c.second += !got.second.empty();
        if (dtype == DType::f64) continue;  // compared with numeric differences in op_table_test.cpp
        const Derivatives want = derivatives_of(row, {row, widened(row, inputs, dtype, wide)});
        CHECK(derivative_difference(got.first, want.first, dtype, "first") == "");
        CHECK(derivative_difference(got.second, want.second, dtype, "second") == "");
      }
    }
  }
  for (const auto& entry : counts) {
    const Counts& c = entry.second;
    MESSAGE(name(entry.first), ": ", c.rows, " rows taken, ", c.refused, " refused; ", c.values, " checks of values, ",
            c.first, " of order 1, ", c.second, " of order 2");
    CHECK(c.rows > 0);
    CHECK(c.second > 0);
  }
}
