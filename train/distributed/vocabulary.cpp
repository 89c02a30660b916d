// A row's sum over classes is a pair (m, s), which stands for s*e^m; pairs are merged along the tree of blocks:
//   (m, s) + (n, t) = (M, s*e^(m-M) + t*e^(n-M)),  M = max(m, n)
// A tensor that every rank has, and computes its own part from, is spread: its gradient is the sum of the ranks'. A
// total is what every rank then has of a sum over ranks. Each is the other's derivative.
#include "logitape/train/distributed/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0::distributed {
namespace {

constexpr const char* op = "linear_cross_entropy";

Tensor spread(World& world, const Shares& shares, const Tensor& x);

Tensor total(World& world, const Shares& shares, const Tensor& x) {
  return record(
      "total", {x}, {world.sum({x.without_node()}, shares)[0]}, keep::nothing,
      [&world, shares = shares](const Node&, const Cotangents& g) { return Tensors{spread(world, shares, g[0])}; });
}

Tensor spread(World& world, const Shares& shares, const Tensor& x) {
  return record(
      "spread", {x}, {x.without_node()}, keep::nothing,
      [&world, shares = shares](const Node&, const Cotangents& g) { return Tensors{total(world, shares, g[0])}; });
}

struct Pair {
  double most, sum;
};
Pair merged(const Pair& a, const Pair& b) {
  const double most = std::max(a.most, b.most);
  if (most == -std::numeric_limits<double>::infinity()) return {most, 0};
  return {most, a.sum * std::exp(a.most - most) + b.sum * std::exp(b.most - most)};
}

// What one exchange carries of a row.
struct RowSums {
  Pair pair;
  double of_target;  // its logit; 0 in the ranks that do not have it
};
static_assert(sizeof(RowSums) == 24);

// This rank's blocks of classes.
struct Block {
  std::int64_t first, count;  // columns of the slice
  std::int64_t class_of_first;
};

class Loss {
 public:
  Loss(World& world, const ClassSlices& slices, std::vector<std::int64_t> targets)
      : world_(&world), slices_(slices), targets_(std::move(targets)) {}

  // lse and the target's logit of every row, in f64; differentiable in this rank's copy of hidden, and in its slice.
  Tensors operator()(const Tensor& hidden, const Tensor& weight) const;

 private:
  Block block(int b) const {
    const std::int64_t first = b * slices_.block();
    return {first - slices_.first(), std::min(slices_.block(), slices_.classes() - first), first};
  }
  static Tensor columns(const Tensor& weight, const Block& b) { return slice(weight, {0, b.first}, {-1, b.count}); }
  std::int64_t rows() const { return static_cast<std::int64_t>(targets_.size()); }

  void read(const Tensor& logits, const Block& b, std::vector<RowSums>& sums) const;
  std::vector<RowSums> below(const Tensor& hidden, const Tensor& weight, const Subtree& tree) const;
  std::vector<RowSums> of_all(std::vector<RowSums> own) const;
  Pair merged_over(const Tensor& all, std::int64_t row, const Subtree& tree, int& rank) const;
  Tensors gradients(const Tensor& hidden, const Tensor& weight, const Tensors& of_rows, const Subtree& tree) const;

  World* world_;
  ClassSlices slices_;
  std::vector<std::int64_t> targets_;
};

void Loss::read(const Tensor& logits, const Block& b, std::vector<RowSums>& sums) const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor x = cast(logits, DType::f64), most = max(x, {.axes = {1}, .keep_dims = true});
  const Tensor all = on_host(sum(exp(x - where(equal(abs(most), infinity), 0, most)), {.axes = {1}}));
  const Tensor largest = on_host(most), here = on_host(x);
  const auto *m = static_cast<const double*>(largest.data()), *s = static_cast<const double*>(all.data()),
             *values = static_cast<const double*>(here.data());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::int64_t c = targets_[i] - b.class_of_first;
    const bool is_here = c >= 0 && c < b.count;
    const double of_target = is_here ? values[static_cast<std::int64_t>(i) * b.count + c] : 0;
    sums[i] = {{m[i], m[i] == infinity ? 1 : m[i] == -infinity ? 0 : s[i]}, of_target};
  }
}

std::vector<RowSums> Loss::below(const Tensor& hidden, const Tensor& weight, const Subtree& tree) const {
  if (tree.size() > 1) {
    std::vector<RowSums> sums = below(hidden, weight, tree.left());
    const std::vector<RowSums> right = below(hidden, weight, tree.right());
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] = {merged(sums[i].pair, right[i].pair), sums[i].of_target + right[i].of_target};
    return sums;
  }
  std::vector<RowSums> sums(targets_.size());
  const Block b = block(tree.low);
  read(matmul(hidden, columns(weight, b)), b, sums);
  return sums;
}

// The pairs of a row, of each rank, [ranks, rows, 3], along the tree above the ranks from `rank` on.
Pair Loss::merged_over(const Tensor& all, std::int64_t row, const Subtree& tree, int& rank) const {
  if (slices_.shares().of(rank) == tree) {
    const double* const at = static_cast<const double*>(all.data()) + (rank++ * rows() + row) * 3;
    return {at[0], at[1]};
  }
  const Pair left = merged_over(all, row, tree.left(), rank);
  const Pair right = merged_over(all, row, tree.right(), rank);
  return merged(left, right);
}

std::vector<RowSums> Loss::of_all(std::vector<RowSums> own) const {
  const int ranks = world_->size();
  if (ranks == 1) return own;
  Tensor mine = Tensor::uninitialised({1, rows(), 3}, DType::f64);
  std::memcpy(mine.writable(), own.data(), own.size() * sizeof(RowSums));
  const Tensor all = world_->gather(mine, Shares(ranks, ranks, ranks));
  for (std::int64_t i = 0; i < rows(); ++i) {
    RowSums& row = own[static_cast<std::size_t>(i)];
    int rank = 0;
    row = {merged_over(all, i, {0, slices_.shares().blocks()}, rank), 0};
    for (int r = 0; r < ranks; ++r) row.of_target += static_cast<const double*>(all.data())[(r * rows() + i) * 3 + 2];
  }
  return own;
}

// of_rows: lse, and the cotangents of lse and of the target's logit, [rows, 1] in f64. Into hidden, what this rank's
// classes give; into the slice.
Tensors Loss::gradients(const Tensor& hidden, const Tensor& weight, const Tensors& of_rows, const Subtree& tree) const {
  if (tree.size() > 1) {
    const Tensors left = gradients(hidden, weight, of_rows, tree.left());
    const Tensors right = gradients(hidden, weight, of_rows, tree.right());
    const Tensor into_hidden = left[0] + right[0];
    return {into_hidden, concat({left[1], right[1]}, 1)};
  }
  const Block b = block(tree.low);
  const Tensor w = columns(weight, b), x = cast(matmul(hidden, w), DType::f64);
  const Tensor targets = from_span(targets_, {rows(), 1}).to(hidden.device());
  const Tensor p = exp(x - of_rows[0]) * of_rows[1];
  const Tensor numbers = arange(b.class_of_first, b.class_of_first + b.count).to(hidden.device());
  const Tensor hit = equal(targets, numbers).to(DType::f64) * of_rows[2];
  const Tensor into_logits = cast(p + hit, hidden.dtype());
  const Tensor into_hidden = matmul(into_logits, w, {.transpose_b = true});
  return {into_hidden, matmul(hidden, into_logits, {.transpose_a = true})};
}

Tensors Loss::operator()(const Tensor& hidden, const Tensor& weight) const {
  const Subtree own = slices_.shares().of(world_->rank());
  std::vector<double> sums, of_targets;
  {
    const NoGrad guard;
    for (const RowSums& row : of_all(below(hidden, weight, own))) {
      sums.push_back(row.pair.most + (std::isinf(row.pair.most) ? 0 : std::log(row.pair.sum)));
      of_targets.push_back(row.of_target);
    }
  }
  const auto column = [&](const std::vector<double>& x) { return from_span(x, {rows(), 1}).to(hidden.device()); };
  return record(op, {hidden, weight}, {column(sums), column(of_targets)},
                keep::input(0) | keep::input(1) | keep::output(0),
                [loss = *this, own](const Node& n, const Cotangents& g) {
                  const Shares& shares = loss.slices_.shares();
                  const auto here = [&](const Tensor& x) { return spread(*loss.world_, shares, x); };
                  const Tensor lse = here(n.output(0)), none = zeros_like(n.output(0));
                  const Tensor into_lse = here(g.has(0) ? g[0] : none), into_target = here(g.has(1) ? g[1] : none);
                  return loss.gradients(n.input(0), n.input(1), {lse, into_lse, into_target}, own);
                })
      .list();
}

}  // namespace

ClassSlices::ClassSlices(std::int64_t classes, const World& world, std::int64_t block)
    : classes_(classes), block_(block),
      shares_((require(classes >= 1 && block >= 1, ErrorCode::out_of_range, "ClassSlices",
                       "{} classes in blocks of {} are asked for; both have to be at least 1", classes, block),
               (classes + block - 1) / block),
              static_cast<int>(std::min<std::int64_t>((classes + block - 1) / block, 1 << 20)), world.size()) {
  require(shares_.blocks() == (classes + block - 1) / block, ErrorCode::out_of_range, "ClassSlices",
          "{} classes are too many for blocks of {}; at most {} blocks are possible", classes, block, 1 << 20);
  require(shares_.active() == world.size(), ErrorCode::out_of_range, "ClassSlices",
          "{} classes are {} blocks of {}, and there are {} ranks; each needs a block", classes, shares_.blocks(),
          block, world.size());
  const Subtree own = shares_.of(world.rank());
  first_ = own.low * block;
  count_ = std::min(classes, own.high * block) - first_;
}

Tensor ClassSlices::slice_of(const Tensor& whole) const {
  require(whole.rank() >= 1 && whole.shape()[whole.rank() - 1] == classes_, "ClassSlices",
          "a slice of {} is asked for; the last axis has to be of {} classes", whole, classes_);
  Ints begin, size;
  for (int r = 0; r < whole.rank(); ++r) {
    begin.push(r == whole.rank() - 1 ? first_ : 0);
    size.push(r == whole.rank() - 1 ? count_ : -1);
  }
  return slice(whole, begin, size);
}

Tensor linear_cross_entropy(World& world, const ClassSlices& slices, const Tensor& hidden, const Tensor& weight,
                            const Tensor& targets, const SlicedLossOptions& options) {
  require(hidden.defined() && weight.defined() && is_arithmetic(hidden.dtype()) && hidden.dtype() == weight.dtype(),
          ErrorCode::unsupported, op, "hidden is {}, weight {}; both have to be f32, or both f64", hidden, weight);
  require(hidden.rank() == 2 && weight.shape() == Shape{hidden.shape()[1], slices.count()}, op,
          "hidden is {}, weight {}; [rows, in] and this rank's [in, {}] are needed", hidden, weight, slices.count());
  require(targets.defined() && is_index(targets.dtype()) && targets.shape() == Shape{hidden.shape()[0]}, op,
          "targets are {}, hidden {}; a class index for each row is needed", targets, hidden);
  const std::vector<std::int64_t> classes = targets.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < classes.size(); ++i)
    require(classes[i] == options.ignore_index || (classes[i] >= 0 && classes[i] < slices.classes()),
            ErrorCode::out_of_range, op, "target {} at row {} is outside [0, {})", classes[i], i, slices.classes());
  const Tensor keep = reshape(not_equal(targets, options.ignore_index), {targets.size(), 1});
  const double kept = count(keep).item();
  const Tensors rows = Loss(world, slices, classes)(spread(world, slices.shares(), hidden), weight);
  const Tensor losses = where(keep, rows[0] - rows[1], 0);
  return cast(sum(losses) * (kept > 0 ? 1 / kept : 0), hidden.dtype());
}

}  // namespace logitape::inline v0::distributed
