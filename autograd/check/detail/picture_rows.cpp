// What a gradient looks like that is wrong all along an axis: rows and columns exchanged, an index off by one, a
// constant per row, the wrong axis, labels whose sum is forgotten.
#include <cstddef>

#include "logitape/autograd/check/detail/picture.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

// One axis of an array: rows(f) calls f(first, step, extent) for every line along it.
template <class F>
void along(const Shape& shape, int axis, F f) {
  std::int64_t step = 1;
  for (int r = axis + 1; r < shape.rank(); ++r) step *= shape[r];
  const std::int64_t extent = shape[axis];
  for (std::int64_t outer = 0; outer < shape.size() / (step * extent); ++outer)
    for (std::int64_t inner = 0; inner < step; ++inner)
      f(static_cast<std::size_t>(outer * step * extent + inner), static_cast<std::size_t>(step),
        static_cast<std::size_t>(extent));
}

// Whether a gradient sums to zero along the axis although its elements are not zero.
bool sums_to_zero(const Picture& p, const Values& v, int axis) {
  bool zero = true;
  along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
    double sum = 0, size = 0;
    for (std::size_t k = 0; k < extent; ++k) sum += v[first + k * step], size += std::fabs(v[first + k * step]);
    zero = zero && std::fabs(sum) <= std::max(1e-7, 64 * p.subject.epsilon) * size;
  });
  return zero;
}

Values softmax_along(const Picture& p, const Values& x, int axis) {
  Values y = x;
  along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
    double most = x[first], sum = 0;
    for (std::size_t k = 0; k < extent; ++k) most = std::max(most, x[first + k * step]);
    for (std::size_t k = 0; k < extent; ++k) sum += y[first + k * step] = std::exp(x[first + k * step] - most);
    for (std::size_t k = 0; k < extent; ++k) y[first + k * step] /= sum;
  });
  return y;
}

// The sum of the labels in the first row; nothing if the pattern does not fit. a is g*(p - t) at x and at another
// place, p the softmax of x, g a number per row, t the same at both places; n is g*(S*p - t), S the sum of t.
std::optional<double> labels_sum(const Picture& p, int axis) {
  const Subject& s = p.subject;
  const std::size_t rows = p.a.size() / static_cast<std::size_t>(p.shape[axis]), results = p.analytic.y0.size();
  if (results != 1 && results != rows) return {};  // a loss has no axis of classes
  Points there = s.at;
  Values& x = there[p.compared.number];
  along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
    for (std::size_t k = 0; k < extent; ++k) x[first + k * step] += k % 2 == 0 ? 0.5 : -0.5;
  });
  Values a;
  if (complaint_of([&] { a = s.reference_gradient(there, p.analytic.cotangent).values[p.compared.number]; })) return {};
  const Values here = softmax_along(p, p.x, axis), moved = softmax_along(p, x, axis);
  const double digits = std::max(1e-6, 64 * s.reference_epsilon);
  std::optional<double> first_sum;
  bool same = true;
  std::size_t row = 0;
  along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
    const double seed = p.analytic.seed[results == 1 ? 0 : row++];
    double g = 0, apart = 0, sum = 0;
    for (std::size_t k = 0; k < extent; ++k) {
      const std::size_t e = first + k * step;
      if (std::fabs(here[e] - moved[e]) <= apart) continue;
      apart = std::fabs(here[e] - moved[e]);
      g = (p.reference[e] - a[e]) / (here[e] - moved[e]);
    }
    same = same && g * seed > 0;
    for (std::size_t k = 0; k < extent && same; ++k) {
      const std::size_t e = first + k * step;
      same = std::fabs(p.reference[e] - a[e] - g * (here[e] - moved[e])) <= digits * std::fabs(g);
      sum += here[e] - p.reference[e] / g;
    }
    for (std::size_t k = 0; k < extent && same; ++k) {
      const std::size_t e = first + k * step;
      same = p.near(p.reference[e] + g * (sum - 1) * here[e], p.n[e]);
    }
    if (!first_sum) first_sum = sum;
  });
  return same ? first_sum : std::nullopt;
}

}  // namespace

Maybe transposed(const Picture& p) {
  const int rank = p.shape.rank();
  if (!p.whole || rank < 2) return {};
  const auto rows = static_cast<std::size_t>(p.shape[rank - 2]), columns = static_cast<std::size_t>(p.shape[rank - 1]);
  if (rows < 2 || columns < 2) return {};
  const bool found = p.explains([&](std::size_t e) {
    const std::size_t matrix = e / (rows * columns), r = e / columns % rows, c = e % columns;
    return p.a[matrix * rows * columns + c * rows + r];  // as if a had been written column by column
  });
  if (!found) return {};
  return Finding{Hint::transposed, fmt::format("the numbers are right, but rows and columns of {} are exchanged",
                                               p.compared.input->name)};
}

Maybe shifted(const Picture& p) {
  if (!p.whole) return {};
  for (int axis = p.shape.rank(); axis-- > 0;) {
    if (p.shape[axis] < 3) continue;
    for (const int by : {1, -1}) {
      bool moved = true;
      along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
        for (std::size_t k = 0; k < extent; ++k)
          moved = moved && p.near(p.a[first + (k + (by > 0 ? 1 : extent - 1)) % extent * step], p.n[first + k * step]);
      });
      if (moved)
        return Finding{Hint::shifted, fmt::format("the numbers are right, but one place further along axis {}", axis)};
    }
    bool pairs = true;
    along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
      std::vector<std::size_t> off;
      for (std::size_t k = 0; k < extent; ++k)
        if (!p.near(p.a[first + k * step], p.n[first + k * step])) off.push_back(k);
      const auto d = [&](std::size_t k) { return p.n[first + k * step] - p.a[first + k * step]; };
      pairs = pairs && off.size() == 2 && (off[1] - off[0] == 1 || off[1] - off[0] == extent - 1) &&
              p.near(d(off[0]), -d(off[1]));
    });
    if (pairs)
      return Finding{
          Hint::shifted,
          fmt::format(
              "what one element lacks along axis {}, its neighbour has too much: an index off by one (a class?)",
              axis)};
  }
  return {};
}

Maybe constant(const Picture& p) {
  if (!p.whole) return {};
  for (int axis = p.shape.rank(); axis-- > 0;) {
    if (p.shape[axis] < 2) continue;
    bool same = true;
    along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
      for (std::size_t k = 1; k < extent; ++k)
        same = same && p.near(p.n[first] - p.a[first] + p.a[first + k * step], p.n[first + k * step]);
    });
    if (same)
      return Finding{
          Hint::constant_per_row,
          fmt::format("what is missing is the same all along axis {}: a constant per row, as a log-sum-exp is", axis)};
  }
  return {};
}

Maybe wrong_axis(const Picture& p) {
  if (!p.whole || largest(p.n) == 0) return {};
  for (int axis = p.shape.rank(); axis-- > 0;) {
    if (p.shape[axis] < 2 || !sums_to_zero(p, p.n, axis) || sums_to_zero(p, p.a, axis)) continue;
    for (int other = 0; other < p.shape.rank(); ++other)
      if (p.shape[other] > 1 && sums_to_zero(p, p.a, other) && !sums_to_zero(p, p.n, other))
        return Finding{
            Hint::wrong_axis,
            fmt::format("the gradient sums to 0 along axis {}, and should along axis {}: the wrong axis", other, axis)};
  }
  return {};
}

Maybe label_mass(const Picture& p) {
  if (!p.whole || largest(p.n) == 0 || p.subject.order > 1) return {};
  for (int axis = p.shape.rank(); axis-- > 0;)
    if (p.shape[axis] > 1 && sums_to_zero(p, p.n, axis))
      if (const auto sum = labels_sum(p, axis))
        return Finding{Hint::label_mass,
                       fmt::format("it is p - t along axis {}, with p = softmax({}). The gradient of cross-entropy is "
                                   "S*p - t: S, the sum of the labels t, is {:.3g} in the first row",
                                   axis, p.compared.input->name, *sum)};
  return {};
}

Maybe row_sum(const Picture& p) {
  if (!p.whole || largest(p.n) == 0) return {};
  for (std::size_t e = 0; e < p.n.size(); ++e)
    if (!p.wrong[e] && !p.negligible(p.n[e])) return {};
  for (int axis = p.shape.rank(); axis-- > 0;)
    if (p.shape[axis] > 1 && sums_to_zero(p, p.n, axis) && !sums_to_zero(p, p.a, axis))
      return Finding{Hint::row_sum,
                     fmt::format("along axis {0} the gradient should sum to 0 and does not: {1} stays as it is where a "
                                 "number is added all along axis {0}",
                                 axis, p.subject.called)};
  return {};
}

}  // namespace logitape::inline v0::gradcheck
