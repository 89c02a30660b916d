// Second derivatives, and numeric differences beside every rule.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "logitape/autograd/check/gradcheck.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {

void tell_curvature(Lesson& l) {
  Explanation& e = l.e;
  ExplainedStep step{.id = "curvature",
                     .title = "The gradient moves, too: second derivatives",
                     .formula = "H[i,j] = d2loss/dx[i]dx[j] = S*J[i,j]\nM[i,j] = d2loss/dt[i]dx[j] = p[j] - [i = j]"};
  step.sentences = {
      "H, the Hessian, says how fast the gradient at x[i] rises while x[j] rises. In M, [i = j] "
      "stands for 1 if i is j, else for 0.",
      "Each row of H sums to 0: to raise all logits together changes nothing. In no direction does the loss bend "
      "down: it has no false bottoms. With a label of exactly 1 the bottom is infinitely far, and "
      "the loss only nears 0.",
      "M says how the logits' gradient moves with a label. In the other order, the labels' gradient with a logit, it "
      "is the same. The second derivative by two labels is 0: the loss is a straight line in t."};
  step.numbers = {class_matrix(e, "H", "row i, column j", e.hessian), class_matrix(e, "M", "row i, column j", e.mixed)};
  Wides h, h_size, m, m_size, zero, rows, swapped;
  const Wide s = l.exact.mass;
  for (const std::int64_t a : e.shown) {
    const auto i = static_cast<std::size_t>(a);
    for (const std::int64_t b : e.shown) {
      const auto j = static_cast<std::size_t>(b);
      const bool none = l.masked[i] || l.masked[j];  // a masked class takes part in nothing
      h.push_back(s * l.exact.jacobian(i, j));
      h_size.push_back(s * (i == j ? l.exact.p[i] : l.exact.p[i] * l.exact.p[j]));
      m.push_back(none ? 0 : l.exact.p[j] - (i == j ? 1 : 0));
      m_size.push_back(none ? 0 : l.exact.p[j] + (i == j ? 1 : 0));
      zero.push_back(0);
    }
    rows.push_back(s * l.exact.p[i]);
  }
  for (const double v : l.mixed_swapped) swapped.push_back(v);
  const std::vector<Wide> none(rows.size(), 0);
  step.comparisons = {
      compared(l, "H from the tape", "the formula with more digits", e.hessian, h, h_size,
               {12, "two p are within 4 ULP"}),
      compared(l, "each row of H sums to 0", "all classes of the row added up", l.hessian_sums, none, rows,
               {12, "H is rounded"}),
      compared(l, "M", "the formula with more digits", e.mixed, m, m_size, {6, "p is within 4 ULP"}),
      compared(l, "M is the same in both orders", "d(dloss/dt)/dx beside d(dloss/dx)/dt", e.mixed, swapped, m_size,
               {12, "each order rounds for itself"}),
      compared(l, "by labels twice it is 0", "the gradient of the gradient", l.labels_twice, zero, zero, {0, "exact"})};
  e.steps.push_back(std::move(step));
}

namespace {

// What differences move: the classes that are told and can happen. All others of many act through their log-sum-exp
// alone: one class stands for them, and the loss of those that are told moves as before.
struct Moved {
  Tensor x, t;
  std::vector<std::int64_t> classes;  // of each element; the others' has none
};
Moved moved_by(const Lesson& l) {
  Moved m;
  std::vector<std::uint8_t> rest(l.classes(), 1);
  for (const std::int64_t i : l.e.shown) {
    rest[static_cast<std::size_t>(i)] = 0;
    if (!l.masked[static_cast<std::size_t>(i)]) m.classes.push_back(i);
  }
  const Tensor told = from_span(m.classes, {static_cast<std::int64_t>(m.classes.size())});
  m.x = gather(l.x, told);
  m.t = gather(l.t, told);
  if (l.is_whole()) return m;
  const Tensor others = not_equal(from_span(rest, l.x.shape()), 0);
  m.x = concat({m.x, reshape(logsumexp(where(others, l.x, nowhere)), {1})});
  m.t = concat({m.t, reshape(sum(where(others, l.t, 0)), {1})});
  return m;
}

// The loss as a function of one logit (input 0) or label (1), all else as it is.
TensorFunction of_one(const Tensor& x, const Tensor& t, int input, std::int64_t at) {
  return [x, t, input, at](TensorList in) {
    const DType dtype = in[0].dtype();
    Tensor both[] = {x.to(dtype), t.to(dtype)};
    const Tensor& row = both[input];
    both[input] = concat({slice(row, {0}, {at}), in[0], slice(row, {at + 1}, {row.size() - at - 1})});
    return row_loss({both[0], both[1]});
  };
}

std::vector<MeasuredElement> measure(const Moved& m, int input) {
  std::vector<MeasuredElement> all;
  for (std::size_t k = 0; k < m.classes.size(); ++k) {
    const auto at = static_cast<std::int64_t>(k);
    const Tensor one = slice(input == 0 ? m.x : m.t, {at}, {1});
    const GradientReport r =
        check_gradients(of_one(m.x, m.t, input, at), {one}, {.order = 1, .name = "loss", .reruns = false});
    all.push_back({m.classes[k], r.worst.analytic, r.worst.numeric, r.worst.error_bar, r.verdict()});
  }
  return all;
}

NamedNumbers measured_table(const Explanation& e, std::string by, const std::vector<MeasuredElement>& all) {
  NamedNumbers table{.meaning = std::move(by), .columns = {"by the rule", "measured", "+-"}};
  for (const MeasuredElement& m : all) {
    table.rows.push_back(row_name(e, m.at));
    for (const double v : {m.analytic, m.numeric, m.error_bar}) table.values.push_back(v);
  }
  return table;
}

// Errors of differences in the logit of the steepest gradient, at steps that grow with its size.
DifferenceCurve curve_of(const Lesson& l) {
  const Explanation& e = l.e;
  DifferenceCurve curve;
  double steepest = -1;
  for (const std::int64_t i : e.shown) {
    const double size = std::fabs(e.logits_gradient[static_cast<std::size_t>(i)]);
    if (!l.masked[static_cast<std::size_t>(i)] && size > steepest) steepest = size, curve.at = i;
  }
  const auto at = static_cast<std::size_t>(curve.at);
  const double scale = std::max(1.0, std::fabs(e.logits[at]));
  curve.derivative = e.logits_gradient[at];
  const auto value_at = [&](double h) {
    std::vector<double> moved = e.logits;
    moved[at] += h;
    return row_loss({from_span(moved, l.x.shape()).to(l.work), l.t}).item();
  };
  const double here = value_at(0);
  for (int third = 0; third <= 36; ++third) {
    const double h = scale * std::pow(10.0, -third / 3.0), above = value_at(h);
    curve.step.push_back(h);
    curve.central.push_back(std::fabs((above - value_at(-h)) / (2 * h) - curve.derivative));
    curve.forward.push_back(std::fabs((above - here) / h - curve.derivative));
  }
  return curve;
}

NamedNumbers curve_table(const DifferenceCurve& curve) {
  NamedNumbers table{
      .meaning = "the error of (loss(x+h) - loss(x-h)) / 2h, central, and of (loss(x+h) - loss(x)) / h, one-sided",
      .columns = {"central", "one-sided"}};
  for (std::size_t i = 0; i < curve.step.size(); i += 6) {
    table.rows.push_back("h = " + number(curve.step[i], 2));
    for (const double v : {curve.central[i], curve.forward[i]}) table.values.push_back(v);
  }
  return table;
}

// `of`: the gradient of the whole row, which each rule's number is a part of.
Comparison all_agree(const Lesson& l, const char* what, const std::vector<MeasuredElement>& all,
                     const std::vector<double>& of) {
  Comparison c{.claim = fmt::format("the {} gradient, each element", what),
               .second_way = "differences with error bars",
               .reason = "rounding, and the error bar of each difference"};
  for (const MeasuredElement& m : all) {
    const double difference = std::fabs(m.analytic - m.numeric);
    if (!(difference <= c.difference)) c.difference = difference;
    c.allowed = std::max(c.allowed, m.error_bar);
    const double whole = of[static_cast<std::size_t>(m.at)];
    const double size = l.e.mass + static_cast<double>(std::fabs(l.exact.log_p[static_cast<std::size_t>(m.at)]));
    const bool same = std::fabs(whole - m.analytic) <= 16 * l.epsilon * size;  // two ways to round
    if (m.verdict == Verdict::fail || !same) c.verdict = Verdict::fail;
    else if (c.verdict == Verdict::pass) c.verdict = m.verdict;
  }
  c.allowed = std::max(c.allowed, c.verdict == Verdict::pass ? c.difference : 0);
  if (c.verdict == Verdict::inconclusive)
    c.reason = "the loss moves by less than it is rounded by: differences cannot tell here";
  return c;
}

}  // namespace

void tell_differences(Lesson& l) {
  Explanation& e = l.e;
  const Moved m = moved_by(l);
  e.logits_differences = measure(m, 0);
  e.labels_differences = measure(m, 1);
  e.curve = curve_of(l);
  const auto& errors = e.curve.central;
  const auto best = std::min_element(errors.begin(), errors.end()) - errors.begin();
  ExplainedStep step{.id = "differences",
                     .title = "Measured, not believed",
                     .formula = "dloss/dx is about (loss(x + h) - loss(x - h)) / 2h, for a small step h"};
  step.sentences = {
      "Move one number by h to both sides and see how far the loss goes. No rule is needed, so it finds wrong "
      "rules. The number after +- is the error bar: the truth is that near.",
      fmt::format(
          "A large h sees the bend of the loss: the error falls with h*h. A small h subtracts two losses that are "
          "nearly equal: their rounding, divided by h, rises again. For x of {} the best single h is near {}. The "
          "checker combines several, which takes the bend away.",
          class_called(e, e.curve.at), number(e.curve.step[static_cast<std::size_t>(best)], 1))};
  step.numbers = {measured_table(e, "dloss/dx", e.logits_differences),
                  measured_table(e, "dloss/dt", e.labels_differences), curve_table(e.curve)};
  if (!l.is_whole())
    step.sentences.push_back(
        fmt::format("The other {} act through their log-sum-exp alone: here one class stands for them.",
                    counted(static_cast<std::int64_t>(l.classes() - e.shown.size()), "class")));
  step.comparisons = {
      all_agree(l, "logits'", e.logits_differences, e.logits_gradient),
      all_agree(l, "labels'", e.labels_differences, e.labels_gradient),
      measured("all of them, and second derivatives, at once",
               check_gradients(row_loss, {m.x, m.t},
                               {.order = 2, .name = "loss", .names = {"logits", "labels"}, .reruns = false}))};
  e.steps.push_back(std::move(step));
}

}  // namespace logitape::inline v0::lesson
