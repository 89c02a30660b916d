// Axes, steps and offsets: what the ops work out before a kernel runs, which no comparison of two kernels under the
// same op can see. Every result is written again as a loop over indices. Values are small integers where sums have to
// be exact.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/ops/tensorflow.h"
#include "tests/op_table/op_table.h"

using namespace logitape;

namespace {

using Index = std::vector<std::int64_t>;

// 1, 2, 3, ... stirred: neighbours differ along every axis.
Tensor integers(const Shape& shape) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) values.push_back(static_cast<double>(i * 29 % 31 - 15));
  return from_span(values, shape);
}

// A tensor as a function of its index. NumPy's rules for one that is broadcast: the last axes line up, extent 1
// repeats.
struct Function {
  explicit Function(const Tensor& t) : shape(t.shape()), values(t.to_vector<double>()) {}
  double operator()(const Index& index) const {
    std::int64_t flat = 0;
    const std::size_t lead = index.size() - static_cast<std::size_t>(shape.rank());
    for (int r = 0; r < shape.rank(); ++r)
      flat = flat * shape[r] + (shape[r] == 1 ? 0 : index[lead + static_cast<std::size_t>(r)]);
    return values[static_cast<std::size_t>(flat)];
  }
  Shape shape;
  std::vector<double> values;
};

void each_index(const Shape& shape, const std::function<void(const Index&)>& f) {
  Index index(static_cast<std::size_t>(shape.rank()), 0);
  for (std::int64_t flat = 0; flat < shape.size(); ++flat) {
    std::int64_t rest = flat;
    for (int r = shape.rank() - 1; r >= 0; --r) {
      index[static_cast<std::size_t>(r)] = rest % shape[r];
      rest /= shape[r];
    }
    f(index);
  }
}

// 1e-13: the few roundings of an exponential, a logarithm and a sum of up to 8 terms in f64
void check(const Tensor& y, const Shape& shape, const std::function<double(const Index&)>& want, double relative = 0) {
  REQUIRE(to_string(y.shape()) == to_string(shape));
  const Function got(y);
  each_index(shape, [&](const Index& at) {
    CAPTURE(to_string(Ints(at)));
    CHECK(std::fabs(got(at) - want(at)) <= relative * (1 + std::fabs(want(at))));
  });
}

Index without(const Index& index, std::size_t axis) {
  Index rest = index;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(axis));
  return rest;
}

Index with(const Index& index, std::size_t axis, std::int64_t value) {
  Index moved = index;
  moved.insert(moved.begin() + static_cast<std::ptrdiff_t>(axis), value);
  return moved;
}

Shape shape_of(const Index& extents) { return Shape(extents); }
Index extents_of(const Shape& shape) { return Index(shape.begin(), shape.end()); }

const Shape four{2, 3, 2, 4};

}  // namespace

TEST_CASE("two tensors broadcast as NumPy's do, on every pair of shapes of the op table") {
  for (const tests::Shapes& pair : tests::binary_shapes()) {
    const Tensor a = integers(pair[0]), b = integers(pair[1]);
    const Function fa(a), fb(b);
    const Tensor y = a - b;
    INFO(to_string(a.shape()), " - ", to_string(b.shape()), " = ", to_string(y.shape()));
    Index extents;  // aligned at the last axis
    const int rank = std::max(a.rank(), b.rank());
    for (int r = 0; r < rank; ++r) {
      const std::int64_t ea = r < rank - a.rank() ? 1 : a.shape()[r - rank + a.rank()],
                         eb = r < rank - b.rank() ? 1 : b.shape()[r - rank + b.rank()];
      extents.push_back(ea == 1 ? eb : ea);
    }
    check(y, shape_of(extents), [&](const Index& at) { return fa(at) - fb(at); });
    check(greater(a, b), shape_of(extents), [&](const Index& at) { return fa(at) > fb(at); });
    check(less_equal(a, b), shape_of(extents), [&](const Index& at) { return fa(at) <= fb(at); });
    const Tensor condition = greater(a, 0);
    check(where(condition, b, a), shape_of(extents), [&](const Index& at) { return fa(at) > 0 ? fb(at) : fa(at); });
  }
}

TEST_CASE("permute and transpose move every element to its place") {
  const Tensor x = integers(four);
  const Function f(x);
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    Index extents, axes;
    for (const std::size_t axis : order) {
      extents.push_back(four[static_cast<int>(axis)]);
      axes.push_back(static_cast<std::int64_t>(axis));
    }
    check(permute(x, axes), shape_of(extents), [&](const Index& at) {
      Index from(4);
      for (std::size_t r = 0; r < 4; ++r) from[order[r]] = at[r];
      return f(from);
    });
  } while (std::next_permutation(order.begin(), order.end()));
  check(transpose(x), {2, 3, 4, 2}, [&](const Index& at) { return f({at[0], at[1], at[3], at[2]}); });
  check(transpose(x, 1, -1), {2, 4, 2, 3}, [&](const Index& at) { return f({at[0], at[3], at[2], at[1]}); });
}

TEST_CASE("slice, pad, broadcast_to, concat, stack and reshape take elements from where they say") {
  const Tensor x = integers(four);
  const Function f(x);
  check(slice(x, {1, 0, 1, 2}, {1, 2, -1, -1}), {1, 2, 1, 2}, [&](const Index& at) {
    return f({at[0] + 1, at[1], at[2] + 1, at[3] + 2});
  });
  check(pad(x, {0, 1, 0, 2}, {1, 0, 0, 1}, 9), {3, 4, 2, 7}, [&](const Index& at) {
    const bool inside = at[0] < 2 && at[1] >= 1 && at[3] >= 2 && at[3] < 6;
    return inside ? f({at[0], at[1] - 1, at[2], at[3] - 2}) : 9;
  });
  const Tensor thin = integers({3, 1, 4});
  check(broadcast_to(thin, {2, 3, 5, 4}), {2, 3, 5, 4}, Function(thin));
  check(reshape(x, {4, -1, 2}), {4, 6, 2},
        [&](const Index& at) { return f.values[static_cast<std::size_t>((at[0] * 6 + at[1]) * 2 + at[2])]; });
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Index extents = {2, 3, 4};
    extents[axis] = 5;
    const Tensor a = integers({2, 3, 4}), b = integers(shape_of(extents)) * 100;
    const Function fa(a), fb(b);
    const std::int64_t first = a.shape()[static_cast<int>(axis)];
    extents[axis] += first;
    check(concat({a, b}, static_cast<std::int64_t>(axis)), shape_of(extents), [&](const Index& at) {
      Index shifted = at;
      shifted[axis] -= first;
      return at[axis] < first ? fa(at) : fb(shifted);
    });
  }
  for (std::size_t axis = 0; axis < 4; ++axis) {
    const Tensor a = integers({2, 3, 4}), b = a * 100;
    const Function fa(a), fb(b);
    check(stack({a, b}, static_cast<std::int64_t>(axis)), shape_of(with({2, 3, 4}, axis, 2)),
          [&](const Index& at) { return (at[axis] == 0 ? fa : fb)(without(at, axis)); });
  }
}

TEST_CASE("reductions over every set of axes, kept or not, reduce those axes") {
  const Tensor x = integers(four);
  const Function f(x);
  for (unsigned set = 0; set < 16; ++set)
    for (const bool keep : {false, true}) {
      Index axes, extents;
      for (int r = 0; r < 4; ++r) {
        const bool reduced = set == 0 || (set >> r & 1);  // none named means all
        if (set >> r & 1) axes.insert(r % 2 ? axes.begin() : axes.end(), r % 3 ? r : r - 4);
        if (keep || !reduced) extents.push_back(reduced ? 1 : four[r]);
      }
      const auto over = [&](const Index& at, const std::function<void(double)>& visit) {
        each_index(four, [&](const Index& from) {
          std::size_t q = 0;
          for (std::size_t r = 0; r < 4; ++r) {
            const bool reduced = set == 0 || (set >> r & 1);
            if (!reduced && from[r] != at[q]) return;
            if (keep || !reduced) ++q;
          }
          visit(f(from));
        });
      };
      const auto folded = [&](double start, std::function<double(double, double)> step) {
        return [&over, start, step](const Index& at) {
          double total = start;
          over(at, [&](double v) { total = step(total, v); });
          return total;
        };
      };
      const ReduceOptions options{.axes = axes, .keep_dims = keep};
      INFO("axes ", to_string(options.axes), keep ? " kept" : "");
      const auto total = folded(0, [](double a, double b) { return a + b; });
      const auto count_of = folded(0, [](double a, double) { return a + 1; });
      const auto exponentials = folded(0, [](double a, double b) { return a + std::exp(b); });
      check(sum(x, options), shape_of(extents), total);
      check(
          mean(x, options), shape_of(extents), [&](const Index& at) { return total(at) / count_of(at); }, 1e-15);
      check(max(x, options), shape_of(extents), folded(-HUGE_VAL, [](double a, double b) { return std::fmax(a, b); }));
      check(min(x, options), shape_of(extents), folded(HUGE_VAL, [](double a, double b) { return std::fmin(a, b); }));
      check(
          logsumexp(x, options), shape_of(extents), [&](const Index& at) { return std::log(exponentials(at)); }, 1e-13);
      const VarianceOptions by_name{.axes = axes, .keep_dims = keep};
      const auto squares = folded(0, [](double a, double b) { return a + b * b; });
      const auto variance_at = [&](const Index& at) {
        const double mean = total(at) / count_of(at);
        return squares(at) / count_of(at) - mean * mean;
      };
      // of whole numbers below 100: nothing is lost before the quotients
      check(
          norm(x, options), shape_of(extents), [&](const Index& at) { return std::sqrt(squares(at)); }, 1e-14);
      check(variance(x, by_name), shape_of(extents), variance_at, 1e-12);
      check(
          standard_deviation(x, by_name), shape_of(extents),
          [&](const Index& at) { return std::sqrt(variance_at(at)); }, 1e-12);
      check(count(greater(x, 3), options), shape_of(extents),
            folded(0, [](double a, double b) { return a + (b > 3); }));
      if (keep) check(sum_to(x, shape_of(extents)), shape_of(extents), total);
    }
}

TEST_CASE("argmax, argmin, softmax and log_softmax run along the axis that is named") {
  const Tensor x = integers(four);
  const Function f(x);
  for (std::size_t axis = 0; axis < 4; ++axis) {
    CAPTURE(axis);
    const std::int64_t extent = four[static_cast<int>(axis)], named = static_cast<std::int64_t>(axis) - 4;
    const auto sum_exp = [&](const Index& at) {
      double total = 0;
      for (std::int64_t c = 0; c < extent; ++c) total += std::exp(f(with(without(at, axis), axis, c)));
      return total;
    };
    check(
        softmax(x, {.axis = named}), four, [&](const Index& at) { return std::exp(f(at)) / sum_exp(at); }, 1e-13);
    check(
        log_softmax(x, {.axis = named}), four, [&](const Index& at) { return f(at) - std::log(sum_exp(at)); }, 1e-13);
    check(argmax(x, {.axis = named}), shape_of(without(extents_of(four), axis)), [&](const Index& at) {
      std::int64_t best = 0;
      for (std::int64_t c = 1; c < extent; ++c)
        if (f(with(at, axis, c)) > f(with(at, axis, best))) best = c;
      return static_cast<double>(best);
    });
    check(argmin(x, {.axis = named}), shape_of(without(extents_of(four), axis)), [&](const Index& at) {
      std::int64_t best = 0;
      for (std::int64_t c = 1; c < extent; ++c)
        if (f(with(at, axis, c)) < f(with(at, axis, best))) best = c;
      return static_cast<double>(best);
    });
  }
}

TEST_CASE("matmul and linear multiply the matrices they say, transposed or not, batch by batch") {
  for (const bool ta : {false, true})
    for (const bool tb : {false, true})
      for (const auto& [batch_a, batch_b] :
           std::vector<std::pair<Index, Index>>{{{}, {}}, {{2}, {}}, {{}, {2}}, {{2, 1}, {3}}, {{2, 3}, {2, 3}}}) {
        const std::int64_t m = 3, k = 4, n = 2;
        Index sa = batch_a, sb = batch_b, result = batch_a.size() >= batch_b.size() ? batch_a : batch_b;
        if (batch_a == Index{2, 1}) result = {2, 3};
        sa.insert(sa.end(), {ta ? k : m, ta ? m : k});
        sb.insert(sb.end(), {tb ? n : k, tb ? k : n});
        result.insert(result.end(), {m, n});
        const Tensor a = integers(shape_of(sa)), b = integers(shape_of(sb));
        const Function fa(a), fb(b);
        INFO(to_string(a.shape()), ta ? " transposed" : "", " by ", to_string(b.shape()), tb ? " transposed" : "");
        check(matmul(a, b, {.transpose_a = ta, .transpose_b = tb}), shape_of(result), [&](const Index& at) {
          double total = 0;
          for (std::int64_t p = 0; p < k; ++p) {
            Index ia = at, ib = at;
            const std::size_t row = at.size() - 2, column = at.size() - 1;
            ia[row] = ta ? p : at[row], ia[column] = ta ? at[row] : p;
            ib[row] = tb ? at[column] : p, ib[column] = tb ? p : at[column];
            total += fa(ia) * fb(ib);
          }
          return total;
        });
      }
  const Tensor x = integers({2, 3, 4}), weight = integers({4, 5}), bias = integers({5});
  const Function fx(x), fw(weight), fb(bias);
  for (const bool relu : {false, true})
    check(linear(x, weight, bias, {.relu = relu}), {2, 3, 5}, [&](const Index& at) {
      double total = fb({at[2]});
      for (std::int64_t p = 0; p < 4; ++p) total += fx({at[0], at[1], p}) * fw({p, at[2]});
      return relu ? std::fmax(total, 0) : total;
    });
}

TEST_CASE("gather, take_along_axis and one_hot pick where the indices point, scatter_add adds there") {
  const Tensor x = integers({3, 4, 2});
  const Function f(x);
  const Tensor list = tensor({{2, 0, 1}, {1, 1, 0}});
  const Function l(list);
  check(gather(x, list), {2, 3, 4, 2}, [&](const Index& at) {
    return f({std::int64_t(l({at[0], at[1]})), at[2], at[3]});
  });
  check(gather(x, list, {.axis = 1}), {3, 2, 3, 2}, [&](const Index& at) {
    return f({at[0], std::int64_t(l({at[1], at[2]})), at[3]});
  });
  check(one_hot(list, 4, DType::f64), {2, 3, 4}, [&](const Index& at) {
    return l({at[0], at[1]}) == static_cast<double>(at[2]) ? 1 : 0;
  });
  const Tensor updates = integers({3, 2, 3, 2}) * 100;
  const Function u(updates);
  check(scatter_add(x, list, updates, {.axis = 1}), {3, 4, 2}, [&](const Index& at) {
    double total = f(at);
    each_index(list.shape(), [&](const Index& j) {
      total += l(j) == static_cast<double>(at[1]) ? u({at[0], j[0], j[1], at[2]}) : 0;
    });
    return total;
  });
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CAPTURE(axis);
    Index extents = {3, 4, 2};
    extents[axis] = 5;
    const Shape picked = shape_of(extents);
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < picked.size(); ++i) values.push_back(i * 7 % x.shape()[static_cast<int>(axis)]);
    const Tensor indices = from_span(values, picked), more = integers(picked) * 100;
    const Function at_index(indices), fm(more);
    const IndexOptions along{.axis = static_cast<std::int64_t>(axis)};
    check(take_along_axis(x, indices, along), picked, [&](const Index& at) {
      Index from = at;
      from[axis] = std::int64_t(at_index(at));
      return f(from);
    });
    check(scatter_add_along_axis(x, indices, more, along), x.shape(), [&](const Index& at) {
      double total = f(at);
      for (std::int64_t j = 0; j < 5; ++j) {
        Index from = at;
        from[axis] = j;
        if (at_index(from) == static_cast<double>(at[axis])) total += fm(from);
      }
      return total;
    });
  }
}

TEST_CASE("the loss sums over the class axis that is named, and keeps all others in their order") {
  const Tensor x = integers(four) * 0.25, t = abs(integers({3, 2, 1})) * 0.125;
  const Function fx(x), ft(t);
  const auto loss_at = [&](const Index& at, std::size_t axis, const std::function<double(const Index&)>& label) {
    double total = 0, mass = 0, dot = 0;
    for (std::int64_t c = 0; c < four[static_cast<int>(axis)]; ++c) {
      const Index from = with(at, axis, c);
      total += std::exp(fx(from));
      mass += label(from);
      dot += label(from) * fx(from);
    }
    return mass * std::log(total) - dot;
  };
  for (std::size_t axis = 0; axis < 4; ++axis) {
    CAPTURE(axis);
    check(
        nn::softmax_cross_entropy_with_logits(
            {.labels = broadcast_to(t, four), .logits = x, .axis = static_cast<std::int64_t>(axis)}),
        shape_of(without(extents_of(four), axis)), [&](const Index& at) { return loss_at(at, axis, ft); }, 1e-13);
  }
  std::vector<std::int64_t> labels(12);
  for (std::size_t i = 0; i < 12; ++i) labels[i] = static_cast<std::int64_t>(i * 7 % 4);
  const Tensor indices = from_span(labels, {2, 3, 2});
  const Function fi(indices);
  const auto sparse = [&](const Index& at) {
    return loss_at(at, 3,
                   [&](const Index& from) { return fi(without(from, 3)) == static_cast<double>(from[3]) ? 1.0 : 0.0; });
  };
  check(nn::sparse_softmax_cross_entropy_with_logits({.labels = indices, .logits = x}), {2, 3, 2}, sparse, 1e-13);
  check(cross_entropy(x, indices, {.reduction = Reduction::none}), {2, 3, 2}, sparse, 1e-13);
  const Tensor wide = broadcast_to(t, four);
  check(
      cross_entropy(x, wide, {.reduction = Reduction::none}), {2, 3, 2},
      [&](const Index& at) { return loss_at(at, 3, ft); }, 1e-13);
  const Tensor rows = reshape(x, {12, 4}), dense = reshape(wide, {12, 4});
  const auto by_row = [&](const Index& at) { return Index{at[0] / 6, at[0] / 2 % 3, at[0] % 2}; };
  const auto raw = raw_ops::SoftmaxCrossEntropyWithLogits({.features = rows, .labels = dense});
  check(
      raw.loss, {12}, [&](const Index& at) { return loss_at(by_row(at), 3, ft); }, 1e-13);
  const Tensor p = softmax(rows);
  const Function fp(p), fd(dense);
  check(
      raw.backprop, {12, 4}, [&](const Index& at) { return fp(at) - fd(at); }, 1e-13);
  check(
      raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = rows, .labels = reshape(indices, {12})}).loss, {12},
      [&](const Index& at) { return sparse(by_row(at)); }, 1e-13);
}
