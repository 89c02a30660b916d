// Forward in f64 by ordinary ops; the rule is that of normalise, with means over the batch.
#include "logitape/ops/detail/batch_statistics.h"

#include "logitape/ops/create.h"
#include "logitape/ops/detail/row_sums.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0::ops {
namespace {

ReduceOptions over(int last) {
  ReduceOptions options{.keep_dims = true};
  for (int r = 0; r < last; ++r) options.axes.push(r);
  return options;
}

// The sum of what each process has; its derivative is the sum of what each has of the cotangent.
Tensor sum_of_processes(const Tensor& x) {
  const BatchRows* const rows = RowBlocks::now();
  if (!rows || !rows->sum_processes) return x;
  return record("sum_of_processes", {x}, {rows->sum_processes(x.without_node())}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{sum_of_processes(g[0])}; });
}

// Elements in all of the batch for one of the mean.
double count(const Tensor& x, int last) {
  std::int64_t n = RowBlocks::in_batch(x.shape()[0]);
  for (int r = 1; r < last; ++r) n *= x.shape()[r];
  return static_cast<double>(n);
}

}  // namespace

bool is_of_cut_batch(const Tensor& x) {
  const BatchRows* const rows = RowBlocks::now();
  return rows && (rows->edges.size() > 2 || rows->total > rows->here()) && x.rank() > 0 &&
         x.shape()[0] % rows->here() == 0 && x.size() > 0;
}

Tensor mean_over_batch(const Tensor& x, int last) {
  return sum_of_processes(sum(x, over(last))) * (1 / count(x, last));
}

// y = (x - mean) / s. The rule is that of normalise, with means over the batch.
BatchNormalised normalise_over_batch(const char* op, const Tensor& x, int last, double epsilon) {
  Tensors outputs;
  {
    const NoGrad guard;
    const Tensor wide = cast(x, DType::f64), mean = mean_over_batch(wide, last), apart = wide - mean;
    const Tensor variance = mean_over_batch(apart * apart, last), deviation = sqrt(variance + epsilon);
    for (const Tensor& t : {apart / deviation, mean, variance, deviation}) outputs.push_back(cast(t, x.dtype()));
  }
  const double share = 1 / count(x, last);
  Recorded all = record(op, {x}, outputs, keep::output(0) | keep::output(3), [=](const Node& n, const Cotangents& g) {
    Tensor into;
    const auto add = [&](const Tensor& t) { into = into.defined() ? into + t : t; };
    const Tensor y = n.output(0), s = n.output(3);
    if (g.has(0)) {
      const Tensor mean = mean_over_batch(g[0], last), product = mean_over_batch(g[0] * y, last);
      add((g[0] - mean - y * product) / s);
    }
    // each process has its part of what came into the mean, the variance and the deviation
    if (g.has(1)) add(broadcast_to(sum_of_processes(g[1]) * share, y.shape()));
    if (g.has(2)) add(y * (sum_of_processes(g[2]) * s * (2 * share)));
    if (g.has(3)) add(y * (sum_of_processes(g[3]) * share));
    return Tensors{into};
  });
  return {{all[0], all[1], all[2]}, all[3]};
}

}  // namespace logitape::inline v0::ops
