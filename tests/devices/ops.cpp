// Every row of the op table on tensors that lie on a device: no op reads them on the host, results stay there, and
// gradients of order 1 and 2 come back to where their inputs are.
#include "tests/devices/device.h"

#include <cmath>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/autograd/gradcheck_rows.h"
#include "tests/op_table/compare.h"
#include "tests/op_table/op_table.h"

namespace logitape::tests {
namespace {

std::vector<Tensor> on(Device device, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> moved;
  for (const Tensor& x : inputs) moved.push_back(x.to(device));
  return moved;
}

// The largest difference of two tensors, by the size of the larger elements; NaN and infinities have to agree.
double distance(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  double most = x.size() == y.size() ? 0 : HUGE_VAL, scale = 1;
  for (const double v : y) scale = std::isfinite(v) ? std::max(scale, std::fabs(v)) : scale;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (!(x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))))
      most = std::max(most, std::isfinite(x[i] - y[i]) ? std::fabs(x[i] - y[i]) / scale : HUGE_VAL);
  return most;
}

// The gradients of sum(y*y), then of the sum of their squares, into the inputs that have any.
std::vector<Tensors> gradients(const Row& row, std::vector<Tensor> inputs) {
  std::vector<Tensor> leaves;
  for (const std::size_t i : differentiable(row, Flow::yes)) {
    if (!is_floating(inputs[i].dtype())) continue;
    inputs[i] = variable(inputs[i]);
    leaves.push_back(inputs[i]);
  }
  if (leaves.empty()) return {};
  const Tensor y = row.call(inputs);
  const auto first = grad(sum(y * y), leaves, {.create_graph = true, .unreached = Unreached::zero});
  Tensor again = zeros({}, y.dtype(), y.device());
  for (const Tensor& g : first) again = again + sum(g * g);
  return {first, grad(again, leaves, {.unreached = Unreached::zero})};
}

}  // namespace

TEST_CASE("every row of the op table computes, and differentiates twice, where its inputs lie") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  std::size_t values = 0, derivatives = 0;
  for (const Row& row : table()) {
    if (row.inputs.empty() || !takes(row, DType::f64)) continue;
    // two of its shape sets: all of them take the emulation too long
    for (std::size_t set = 0; set < row.shapes.size(); set += std::max<std::size_t>(1, row.shapes.size() / 2)) {
      const std::string what = describe(row, row.shapes[set], DType::f64);
      CAPTURE(what);
      const std::vector<Tensor> inputs = make_inputs(row, row.shapes[set], set, DType::f64), there = on(cuda, inputs);
      const Tensor y = row.call(there);
      CHECK(y.device() == cuda);
      CHECK(distance(y, row.call(inputs)) <= 1e-12);  // f64, and functions of two libraries
      ++values;
      if (differentiable(row, Flow::yes).empty() || !is_floating(y.dtype()) || y.size() > 200) continue;
      const auto want = gradients(row, inputs), got = gradients(row, there);
      REQUIRE(got.size() == want.size());
      for (std::size_t order = 0; order < want.size(); ++order)
        for (std::size_t i = 0; i < want[order].size(); ++i) {
          CHECK(got[order][i].device() == cuda);
          CHECK(distance(got[order][i], want[order][i]) <= 1e-9);  // sums of products of what lies 1e-12 apart
          ++derivatives;
        }
    }
  }
  MESSAGE(values, " values and ", derivatives, " derivatives on ", kind_of(cuda));
  CHECK(values > 300);
}

TEST_CASE("check_gradients fails no op of the table where its inputs lie on a device") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  std::size_t turn = 0, checks = 0, unclear = 0;
  const std::size_t every = all_of_them() ? 1 : 12;  // ./tests/run cuda-emulated takes all
  for (const Row& row : table()) {
    if (!differentiable(row, DType::f64) || turn++ % every != 0) continue;
    Function made = function_of(row, small_set(row), DType::f64);
    made.all = on(cuda, made.all);
    const auto f = [&](TensorList x) {
      std::vector<Tensor> at = made.all;
      for (std::size_t i = 0; i < made.which.size(); ++i) at[made.which[i]] = x[i];
      return row.call(at);
    };
    const GradientReport report = check_gradients(f, on(cuda, made.inputs));
    INFO(describe(row, row.shapes[small_set(row)], DType::f64), "\n", report.str());
    CHECK(report.verdict() != Verdict::fail);
    ++checks;
    unclear += report.verdict() == Verdict::inconclusive;
  }
  MESSAGE(checks, " gradient checks on ", kind_of(cuda), ", ", unclear, " inconclusive");
  CHECK(checks > 10);
}

}  // namespace logitape::tests
