// What a wrong derivative looks like, and what usually causes that. Each pattern reads one input's gradient: a, the
// rules' answer, and n, the numbers, both as arrays of the input's shape.
#include <algorithm>
#include <cmath>
#include <optional>

#include "logitape/autograd/gradcheck_engine.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

struct Finding {
  Hint hint = Hint::none;
  std::string text;
};
using Maybe = std::optional<Finding>;

struct Picture {
  const Subject& subject;
  const Analytic& analytic;
  const Compared& compared;
  Values a, n, x, gradient, reference, bar;
  std::vector<bool> wrong;
  Shape shape;
  bool whole = false;   // all elements are here, not a sample
  double scale = 0;     // the largest of n and a
  double most_off = 0;  // the largest of |n - a|

  Picture(const Subject& s, const Analytic& all, const Compared& c)
      : subject(s), analytic(all), compared(c), n(c.numeric), bar(c.bar), wrong(c.wrong), shape(c.input->shape),
        whole(c.chosen.size() == all.gradient[c.number].size()) {
    const bool other = c.any_cotangent_ignored;
    for (const std::size_t e : c.chosen) {
      a.push_back((other ? all.other_cotangent : all.gradient)[c.number][e]);
      gradient.push_back(all.gradient[c.number][e]);
      reference.push_back(all.reference[c.number][e]);
      x.push_back(s.at[c.number][e]);
    }
    scale = std::max(largest(a), largest(n));
    for (std::size_t e = 0; e < a.size(); ++e) most_off = std::max(most_off, std::fabs(a[e] - n[e]));
  }

  bool negligible(double v) const { return std::fabs(v) <= 1e-7 * scale; }
  // Equal, to much less than what has to be explained.
  bool near(double u, double v) const {
    const double digits = std::max(1e-7, 64 * subject.epsilon);
    const double close = digits * std::max(std::fabs(u), std::fabs(v)) + 1e-2 * digits * scale + 4 * largest(bar);
    return std::fabs(u - v) <= std::min(close, 0.05 * most_off);
  }
  template <class F>  // f(e): what n[e] would be
  bool explains(F f) const {
    for (std::size_t e = 0; e < a.size(); ++e)
      if (!near(f(e), n[e])) return false;
    return true;
  }
};

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

Maybe narrow(const Picture& p) {
  if (!p.compared.any_narrow) return {};
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (p.wrong[e] && !p.near(p.reference[e], p.n[e])) return {};
  return Finding{Hint::narrow_dtype,
                 fmt::format("the same rule is right in f64: it is its {} arithmetic that loses the digits",
                             name(p.compared.input->dtype))};
}

Maybe not_finite(const Picture& p) {
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (p.wrong[e] && !std::isfinite(p.a[e]))
      return Finding{
          Hint::not_finite,
          "it is not finite, though f is smooth there: 0 times infinity, as in the branch that where() does not take? "
          "Select among the inputs, then compute"};
  return {};
}

Maybe cotangent(const Picture& p) {
  const Points& other = p.analytic.other_cotangent;
  bool linear = !p.compared.any_cotangent_ignored;
  for (std::size_t e = 0; e < p.a.size() && !other.empty(); ++e)
    linear = linear && (!p.wrong[e] || p.near(other[p.compared.number][p.compared.chosen[e]], p.gradient[e]));
  if (linear) return {};
  return Finding{Hint::cotangent_ignored,
                 "half of the cotangent does not give half of the gradient: the rule does not "
                 "multiply by its cotangent, or more than once"};
}

Maybe kink(const Picture& p) {
  if (p.compared.wrong_at_kinks == 0 || p.compared.wrong_at_kinks < std::count(p.wrong.begin(), p.wrong.end(), true))
    return {};
  return Finding{Hint::kink,
                 "f has a kink or a jump there, and the gradient is not between the slopes on its two sides"};
}

Maybe missing(const Picture& p) {
  if (largest(p.a) != 0) return {};
  return Finding{Hint::missing_path,
                 p.analytic.path
                     ? "every element is 0: a path is missing (a stop_gradient, or a rule that returns nothing for it)"
                     : "every element is 0: f's result is not on the tape (a NoGrad, or values taken out of tensors)"};
}

Maybe sign(const Picture& p) {
  if (!p.explains([&](std::size_t e) { return -p.a[e]; })) return {};
  return Finding{Hint::sign, "every element has the wrong sign"};
}

std::string extents_of(const Picture& p, double count) {
  std::string text;
  for (int r = 0; r < p.shape.rank(); ++r)
    if (static_cast<double>(p.shape[r]) == count)
      text += fmt::format("; {:g} is also the extent of axis {} of {}", count, r, p.compared.input->name);
  if (text.empty() && static_cast<double>(p.shape.size()) == count)
    text = fmt::format("; {:g} is also the size of {}", count, p.compared.input->name);
  if (text.empty() && static_cast<double>(p.analytic.y0.size()) == count)
    text = fmt::format("; {:g} is also the size of f's result", count);
  if (text.empty() && static_cast<double>(p.analytic.y0.size()) == count * static_cast<double>(p.shape.size()))
    text = fmt::format("; so often is {} repeated by broadcasting", p.compared.input->name);
  return text;
}

Maybe factor(const Picture& p) {
  double ratio = 0;
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (std::fabs(p.n[e]) == largest(p.n) && p.n[e] != 0) ratio = p.a[e] / p.n[e];
  if (ratio == 0 || !std::isfinite(ratio) || !p.explains([&](std::size_t e) { return p.a[e] / ratio; })) return {};
  const double whole = std::round(std::fabs(ratio)), part = std::round(1 / std::fabs(ratio));
  const char* minus = ratio < 0 ? ", and with the wrong sign" : "";
  const auto is = [&](double v, double w) {
    return w >= 2 && std::fabs(v / w - 1) < std::max(1e-6, 64 * p.subject.epsilon);
  };
  if (is(std::fabs(ratio), whole))
    return Finding{
        Hint::factor,
        fmt::format(
            "every element is {0:g} times too large{1}: a factor 1/{0:g} is missing, or one of {0:g} too many{2}",
            whole, minus, extents_of(p, whole))};
  if (is(1 / std::fabs(ratio), part))
    return Finding{Hint::factor, fmt::format("every element is 1/{0:g} of what it should be{1}: a factor {0:g} is "
                                             "missing, or one of 1/{0:g} too many{2}",
                                             part, minus, extents_of(p, part))};
  const auto different = std::count_if(p.n.begin(), p.n.end(), [&](double v) { return !p.negligible(v); });
  if (different < 2) return {};
  return Finding{Hint::factor, fmt::format("every element is {:.9g} times what it should be", ratio)};
}

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

// Sums to zero along the axis, though the elements do not.
bool sums_to_zero(const Picture& p, const Values& v, int axis) {
  bool zero = true;
  along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
    double sum = 0, size = 0;
    for (std::size_t k = 0; k < extent; ++k) sum += v[first + k * step], size += std::fabs(v[first + k * step]);
    zero = zero && std::fabs(sum) <= std::max(1e-7, 64 * p.subject.epsilon) * size;
  });
  return zero;
}

Maybe sums(const Picture& p) {
  if (!p.whole || largest(p.n) == 0) return {};
  for (int axis = p.shape.rank(); axis-- > 0;) {
    if (p.shape[axis] < 2 || !sums_to_zero(p, p.n, axis) || sums_to_zero(p, p.a, axis)) continue;
    for (int other = 0; other < p.shape.rank(); ++other)
      if (p.shape[other] > 1 && sums_to_zero(p, p.a, other) && !sums_to_zero(p, p.n, other))
        return Finding{
            Hint::wrong_axis,
            fmt::format("the gradient sums to 0 along axis {}, and should along axis {}: the wrong axis", other, axis)};
    bool one_sign = true;
    along(p.shape, axis, [&](std::size_t first, std::size_t step, std::size_t extent) {
      bool up = true, down = true;
      for (std::size_t k = 0; k < extent; ++k) {
        const double d = p.n[first + k * step] - p.a[first + k * step];
        up = up && (d > 0 || p.near(p.n[first + k * step], p.a[first + k * step]));
        down = down && (d < 0 || p.near(p.n[first + k * step], p.a[first + k * step]));
      }
      one_sign = one_sign && (up || down);
    });
    if (one_sign)
      return Finding{Hint::label_mass,
                     fmt::format("along axis {} the gradient should sum to 0 and does not: p - t where it is S*p - t? "
                                 "(S: the labels' sum)",
                                 axis)};
  }
  return {};
}

Maybe stale(const Picture& p) {
  if (!p.analytic.stale) return {};
  return Finding{
      Hint::stale,
      "the gradient has the same bits at other inputs: it is made from values saved earlier, or overwritten"};
}

// Right for another input: f's own result, as a rule has it that reads its input after it was overwritten.
Maybe overwritten(const Picture& p) {
  const Values& y = p.analytic.y0;
  if (!(p.subject.result == p.shape) || p.a.empty()) return {};
  Subject there = p.subject;
  there.at[p.compared.number] = y;
  Analytic around = p.analytic;
  if (complaint_of([&] { around.y0 = there.value(there.at); })) return {};
  for (std::size_t k = 0; k < y.size(); ++k) around.noise[k] = p.subject.reference_epsilon * std::fabs(around.y0[k]);
  const double typical = typical_size(y);
  for (std::size_t e = 0; e < p.a.size(); ++e) {
    const Line line = line_through(there, around, p.compared.number, p.compared.chosen[e], typical);
    if (!p.near(differentiate(line, 1e-9 * std::fabs(p.a[e])).value, p.a[e])) return {};
  }
  return Finding{Hint::overwritten,
                 "the gradient is what it should be at f's result: the rule reads an input that was overwritten, or "
                 "its output instead"};
}

std::string index_of(const Picture& p, std::size_t flat) {
  std::string text;
  auto rest = static_cast<std::int64_t>(p.compared.chosen[flat]);
  for (int r = p.shape.rank(); r-- > 0; rest /= p.shape[r])
    text = fmt::format("{}{}{}", rest % p.shape[r], text.empty() ? "" : ",", text);
  return fmt::format("{}[{}]", p.compared.input->name, text);
}

Maybe places(const Picture& p) {
  double smallest_wrong = 0, largest_right = 0;
  std::int64_t wrong = 0;
  std::string where;
  for (std::size_t e = 0; e < p.a.size(); ++e) {
    const double size = std::fabs(p.x[e]);
    if (!p.wrong[e]) largest_right = std::max(largest_right, size);
    else {
      smallest_wrong = wrong == 0 ? size : std::min(smallest_wrong, size);
      if (wrong++ < 4) where += (where.empty() ? "" : ", ") + index_of(p, e);
    }
  }
  const auto all = static_cast<std::int64_t>(p.a.size());
  if (wrong == all || wrong == 0) return {};
  if (wrong > 1 && smallest_wrong > largest_right)
    return Finding{Hint::large_values,
                   fmt::format("wrong where |{0}| is {1:.3g} or more, right where it is {2:.3g} or less",
                               p.compared.input->name, smallest_wrong, largest_right)};
  return Finding{Hint::few_elements,
                 fmt::format("{} of {} elements are wrong: {}{}", wrong, all, where, wrong > 4 ? ", ..." : "")};
}

Finding best(const Picture& p) {
  for (const auto pattern : {not_finite, kink, cotangent, missing, narrow, sign, factor, transposed, shifted, constant,
                             sums, stale, overwritten, places})
    if (const Maybe found = pattern(p)) return *found;
  return {};
}

// Names what cuts a path in f, as grad does. Of order 1 only: rules of the library cut paths on purpose.
Finding with_cuts(const Subject& s, Finding found) {
  if (s.order > 1 || !s.cuts || found.hint == Hint::kink || found.hint == Hint::narrow_dtype) return found;
  const std::string cuts = s.cuts();
  if (cuts.empty()) return found;
  if (found.hint == Hint::missing_path) return {found.hint, fmt::format("every element is 0: {} cuts the path", cuts)};
  if (found.hint == Hint::none) return {Hint::missing_path, fmt::format("{} cuts a path in f", cuts)};
  return {found.hint, fmt::format("{}; {} cuts a path in f", found.text, cuts)};
}

}  // namespace

void find_hint(Run& run, const Subject& s, const Analytic& analytic, const std::vector<Compared>& compared) {
  GradientReport& r = run.report;
  if (r.hint != Hint::none) return;
  for (const GradientTest& test : r.tests)
    if (test.what == "rerun" && test.verdict == Verdict::fail) {
      r.hint = Hint::nondeterministic;
      r.hint_text = "the same inputs do not give the same result (" + test.text + "): no derivative can be checked";
      return;
    }
  for (const Compared& c : compared) {
    if (!c.any_narrow && std::find(c.wrong.begin(), c.wrong.end(), true) == c.wrong.end()) continue;
    const Finding found = with_cuts(s, best(Picture(s, analytic, c)));
    if (r.hint != Hint::none && found.hint == Hint::none) continue;
    r.hint = found.hint;
    r.hint_text = found.text;
    if (s.order > 1) {
      r.hint = Hint::higher_order;
      r.hint_text = fmt::format(
          "derivatives of order {} are right, those of order {} are not: a rule that is not written with "
          "differentiable ops, or reads values off the tape{}{}",
          s.order - 1, s.order, found.text.empty() ? "" : "; ", found.text);
    }
    if (r.hint != Hint::none) return;
  }
}

}  // namespace logitape::inline v0::gradcheck
