// Rows of ops/cross_entropy.h and ops/tensorflow.h. Labels are of any mass, unless a row says otherwise.
#include "logitape/ops/cross_entropy.h"

#include <optional>

#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/tensorflow.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
void add_cross_entropy(std::vector<Row>& rows) {
  const std::size_t first = rows.size();
  const Input logits{between(-4, 4)}, labels{between(0, 2)};
  const Tolerance four = within(4, "the kernel's own bound (tests/kernels/cross_entropy.cpp)");
  const Tolerance five = within(5, "the kernel's own bound, 4, and the rounding of the sum of losses, all positive");
  // p - t cancels; both are at most 2
  const Tolerance backprop{4.5, 4.5, 2,
                           "the kernel's own bound (tests/kernels/cross_entropy.cpp), in ULP of the largest label"};

  const auto dense = [&](std::string op, std::string variant, std::function<Tensor(In)> call,
                         std::vector<Shapes> shapes, Shapes large, Tolerance t) {
    rows.push_back(
        {std::move(op), std::move(variant), std::move(call), {logits, labels}, std::move(shapes), std::move(large), t});
  };
  const auto sparse_of = [&](DType index, std::string op, std::string variant, int axis, std::function<Tensor(In)> call,
                             std::vector<Shapes> shapes, Shapes large, Tolerance t) {
    rows.push_back({std::move(op),
                    std::move(variant),
                    std::move(call),
                    {logits, {index_of(0, axis), Flow::none, index}},
                    std::move(shapes),
                    std::move(large),
                    t});
  };
  const auto sparse = [&](std::string op, std::string variant, int axis, std::function<Tensor(In)> call,
                          std::vector<Shapes> shapes, Shapes large, Tolerance t) {
    rows.push_back({std::move(op),
                    std::move(variant),
                    std::move(call),
                    {logits, constant(index_of(0, axis))},
                    std::move(shapes),
                    std::move(large),
                    t});
  };
  const std::vector<Shapes> same = {{{1}, {1}},
                                    {{5}, {5}},
                                    {{0, 3}, {0, 3}},
                                    {{3, 1}, {3, 1}},
                                    {{2, 5}, {2, 5}},
                                    {{2, 1, 3}, {2, 1, 3}},
                                    {{1, 2, 1, 2, 3}, {1, 2, 1, 2, 3}},
                                    {{3, 37}, {3, 37}}};
  const std::vector<Shapes> rows_paired = {{{2, 3}, {3}}, {{2, 3}, {1, 3}},    {{2, 1}, {1, 3}},      {{2, 3}, {2, 1}},
                                           {{0, 3}, {3}}, {{2, 2, 3}, {4, 3}}, {{1, 2, 3}, {2, 1, 3}}};
  const std::vector<Shapes> indexed_vectors = {{{5}, {}}, {{1}, {}}};
  const std::vector<Shapes> indexed_matrices = {{{0, 3}, {0}}, {{3, 1}, {3}}, {{2, 7}, {2}}, {{5, 37}, {5}}};
  const std::vector<Shapes> indexed_more = {{{2, 1, 3}, {2, 1}}, {{2, 0, 3}, {2, 0}}};
  const std::vector<Shapes> indexed_most = {{{1, 2, 1, 2, 3}, {1, 2, 1, 2}}};
  const Shapes large_dense{large_matrix, large_matrix}, large_sparse{large_matrix, {521}};

  const auto both = [](const std::vector<Shapes>& a, const std::vector<Shapes>& b) {
    std::vector<Shapes> all = a;
    all.insert(all.end(), b.begin(), b.end());
    return all;
  };

  struct Named {
    const char* name;
    Reduction reduction;
    const Tolerance& tolerance;
  };
  for (const Named& r : {Named{"none", Reduction::none, four}, Named{"mean", Reduction::mean, five},
                         Named{"sum", Reduction::sum, five}}) {
    const auto call = [options = CrossEntropyOptions{.reduction = r.reduction}](In x) {
      return cross_entropy(x[0], x[1], options);
    };
    const std::string variant = r.name;
    dense("cross_entropy", variant + ", probabilities", call, same, large_dense, r.tolerance);
    sparse("cross_entropy", variant + ", indices of vectors", 0, call, indexed_vectors, {{300007}, {}}, r.tolerance);
    sparse("cross_entropy", variant + ", indices of matrices", 1, call, indexed_matrices, large_sparse, r.tolerance);
    sparse("cross_entropy", variant + ", indices of rank 3", 2, call, indexed_more, {{67, 61, 71}, {67, 61}},
           r.tolerance);
    sparse("cross_entropy", variant + ", indices of rank 5", 4, call, indexed_most,
           {{7, 11, 5, 13, 67}, {7, 11, 5, 13}}, r.tolerance);
  }

  const auto nn_dense = [](std::int64_t axis) {
    return
        [axis](In x) { return nn::softmax_cross_entropy_with_logits({.labels = x[1], .logits = x[0], .axis = axis}); };
  };
  const auto nn_sparse = [](In x) {
    return nn::sparse_softmax_cross_entropy_with_logits({.labels = x[1], .logits = x[0]});
  };
  dense("nn::softmax_cross_entropy_with_logits", "", nn_dense(-1), both(same, rows_paired), large_dense, four);
  dense("nn::softmax_cross_entropy_with_logits", "axis 0", nn_dense(0),
        {{{5}, {5}}, {{3, 2}, {3, 2}}, {{3, 2}, {3, 1}}, {{2, 0}, {2, 0}}, {{2, 2, 3}, {2, 3, 2}}}, large_dense, four);
  dense("nn::softmax_cross_entropy_with_logits", "axis -2", nn_dense(-2),
        {{{3, 2}, {3, 2}}, {{2, 3, 2}, {3, 1}}, {{0, 3, 2}, {0, 3, 2}}}, {{67, 61, 71}, {67, 61, 71}}, four);
  for (const DType dtype : every_dtype())
    rows.push_back({"nn::softmax_cross_entropy_with_logits",
                    "labels of " + std::string(name(dtype)),
                    nn_dense(-1),
                    {logits, {between(0, 3), Flow::elsewhere, dtype}},
                    {{{5}, {5}}, {{3, 2}, {3, 2}}, {{2, 3}, {3}}},
                    large_dense,
                    four});
  sparse_of(DType::i32, "nn::sparse_softmax_cross_entropy_with_logits", "vectors", 0, nn_sparse, indexed_vectors,
            {{300007}, {}}, four);
  sparse_of(DType::i32, "nn::sparse_softmax_cross_entropy_with_logits", "matrices", 1, nn_sparse, indexed_matrices,
            large_sparse, four);
  sparse_of(DType::i32, "nn::sparse_softmax_cross_entropy_with_logits", "rank 3", 2, nn_sparse, indexed_more,
            {{67, 61, 71}, {67, 61}}, four);
  sparse_of(DType::i32, "nn::sparse_softmax_cross_entropy_with_logits", "rank 5", 4, nn_sparse, indexed_most,
            {{7, 11, 5, 13, 67}, {7, 11, 5, 13}}, four);

  const auto v2 = [](std::optional<std::int64_t> axis, std::optional<std::int64_t> dim) {
    return [=](In x) {
      return compat::v1::nn::softmax_cross_entropy_with_logits_v2(
          {.labels = x[1], .logits = x[0], .axis = axis, .dim = dim});
    };
  };
  dense("compat::v1::nn::softmax_cross_entropy_with_logits_v2", "", v2({}, {}), both(same, rows_paired), large_dense,
        four);
  dense("compat::v1::nn::softmax_cross_entropy_with_logits_v2", "dim 0", v2({}, 0),
        {{{5}, {5}}, {{3, 2, 2}, {3, 2, 2}}}, large_dense, four);
  dense("compat::v1::nn::softmax_cross_entropy_with_logits_v2", "axis 1", v2(1, {}),
        {{{2, 3}, {2, 3}}, {{2, 3, 2}, {2, 3, 2}}}, large_dense, four);
  rows.push_back({"compat::v1::nn::softmax_cross_entropy_with_logits",
                  "",
                  [](In x) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // what the row is about
                    return compat::v1::nn::softmax_cross_entropy_with_logits({.labels = x[1], .logits = x[0]});
#pragma GCC diagnostic pop
                  },
                  {logits, constant(between(0, 2))},
                  both(same, rows_paired),
                  large_dense,
                  four});

  const std::vector<Shapes> raw = {{{1, 1}, {1, 1}}, {{2, 5}, {2, 5}}, {{3, 2}, {2}}, {{3}, {2, 3}},
                                   {{1, 3}, {2, 1}}, {{0, 3}, {0, 3}}, {{2, 3}, {}}};
  const auto raw_dense = [](In x) {
    return raw_ops::SoftmaxCrossEntropyWithLogits({.features = x[0], .labels = x[1]});
  };
  const auto raw_sparse = [](In x) {
    return raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = x[0], .labels = x[1]});
  };
  dense(
      "raw_ops::SoftmaxCrossEntropyWithLogits", "loss", [=](In x) { return raw_dense(x).loss; }, raw, large_dense,
      four);
  dense(
      "raw_ops::SoftmaxCrossEntropyWithLogits", "backprop", [=](In x) { return raw_dense(x).backprop; }, raw,
      large_dense, backprop);
  const auto side_by_side = [](const raw_ops::LossAndBackprop& r) {
    return concat({reshape(r.loss, {r.loss.size(), 1}), r.backprop}, 1);
  };
  dense(
      "raw_ops::SoftmaxCrossEntropyWithLogits", "loss beside backprop",
      [=](In x) { return side_by_side(raw_dense(x)); }, raw, {{30011, 11}, {30011, 11}}, backprop);
  sparse_of(
      DType::i64, "raw_ops::SparseSoftmaxCrossEntropyWithLogits", "loss beside backprop", 1,
      [=](In x) { return side_by_side(raw_sparse(x)); }, indexed_matrices, {{30011, 11}, {30011}}, backprop);
  sparse_of(
      DType::i64, "raw_ops::SparseSoftmaxCrossEntropyWithLogits", "loss", 1, [=](In x) { return raw_sparse(x).loss; },
      indexed_matrices, large_sparse, four);
  sparse_of(
      DType::i64, "raw_ops::SparseSoftmaxCrossEntropyWithLogits", "backprop", 1,
      [=](In x) { return raw_sparse(x).backprop; }, indexed_matrices, large_sparse, backprop);
  for (std::size_t r = first; r < rows.size(); ++r) rows[r].dtypes = floating_dtypes();
}

}  // namespace logitape::tests
