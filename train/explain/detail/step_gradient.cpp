// First derivatives: of softmax, of the loss by the chain rule, by the labels, and through the options.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {

void tell_jacobian(Lesson& l) {
  Explanation& e = l.e;
  ExplainedStep step{.id = "jacobian",
                     .title = "How probabilities move with logits",
                     .formula = "J[i,j] = dp[i]/dx[j] = p[i]*(1 - p[i]) if i = j, else -p[i]*p[j]"};
  step.sentences = {
      "dp[i]/dx[j], a derivative, says how fast p[i] rises while x[j] rises and all other logits stay. All of them "
      "together are the Jacobian J.",
      "Raise one logit: its own probability rises, the others pay for it. So each column of J has the sum 0. Raise all "
      "alike, and no probability moves: so has each row.",
      "The library finds it on its tape: what was computed is kept in order, and walked backwards."};
  step.numbers = {class_matrix(e, "J", "row i, column j", e.jacobian)};
  Wides want, size, zero, whole;
  for (const std::int64_t i : e.shown) {
    const auto at = static_cast<std::size_t>(i);
    for (const std::int64_t j : e.shown) {
      want.push_back(l.exact.jacobian(at, static_cast<std::size_t>(j)));
      size.push_back(i == j ? l.exact.p[at] : std::fabs(want.back()));
    }
    zero.push_back(0);
    whole.push_back(l.exact.p[at]);
  }
  step.comparisons = {compared(l, "J from the tape", "the formula with more digits", e.jacobian, want, size,
                               {12, "two p are within 4 ULP, and 1 - p is rounded"}),
                      compared(l, "each row of J sums to 0", "all classes of the row added up", l.jacobian_sums, zero,
                               whole, {12, "J is rounded"})};
  e.steps.push_back(std::move(step));
}

namespace {

// -t/p, with 0 where t is; infinite where p was too small for the dtype.
Tensor by_probabilities(const Lesson& l, const Tensor& p) {
  const Tensor some = not_equal(l.t, 0);
  return where(some, -(l.t / where(some, p, 1)), 0 * l.t);
}

NamedNumbers chain_table(const Lesson& l, const std::vector<double>& c, const std::vector<double>& others,
                         const std::vector<double>& all) {
  const Explanation& e = l.e;
  NamedNumbers table = class_matrix(e, "", "(-t[i]/p[i]) * J[i,j]; row: i, column: j", {});
  const std::size_t k = e.shown.size();
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j)
      table.values.push_back(c[static_cast<std::size_t>(e.shown[i])] * e.jacobian[i * k + j]);
  const auto add_row = [&](std::string called, const std::vector<double>& values) {
    table.rows.push_back(std::move(called));
    for (const std::int64_t j : e.shown) table.values.push_back(values[static_cast<std::size_t>(j)]);
  };
  if (!l.is_whole()) add_row(fmt::format("{} others", l.classes() - k), others);
  add_row("sum", all);
  add_row("S*p - t", e.logits_gradient);
  return table;
}

}  // namespace

void tell_chain(Lesson& l) {
  Explanation& e = l.e;
  const auto of_softmax = [](const Tensor& x) { return softmax(x); };
  const Tensor c = by_probabilities(l, softmax(l.x));
  std::vector<std::uint8_t> told(l.classes(), 0);
  for (const std::int64_t i : e.shown) told[static_cast<std::size_t>(i)] = 1;
  const Tensor rest = where(equal(from_span(told, l.x.shape()), 0), c, 0 * l.t);
  const std::vector<double> all = vjp(of_softmax, l.x, c).gradient.to_vector(),
                            others = vjp(of_softmax, l.x, rest).gradient.to_vector(), factors = c.to_vector();
  ExplainedStep step{.id = "chain",
                     .title = "The chain rule, term by term",
                     .formula = "dloss/dx[j] = sum over i of dloss/dp[i] * J[i,j] = S*p[j] - t[j]"};
  step.sentences = {
      "The loss sees x through p. How fast it rises with p[i]: -t[i]/p[i], since log(p) has the slope 1/p. How fast "
      "p[i] rises with x[j]: J[i,j]. Multiply both, and add up over all i: each column below.",
      "p[i] cancels: -t[j]*(1 - p[j]) and the other t[i]*p[j] add up to S*p[j] - t[j], what the model believes "
      "minus what is right. All of these together are the gradient. They sum to S*1 - S = 0. Positive: the score "
      "is too high, and should fall. Negative: it should rise."};
  step.numbers = {chain_table(l, factors, others, all)};
  Wides size;
  bool lost = false;  // of a p that is 0, or so small that it has few digits
  for (std::size_t i = 0; i < l.classes(); ++i) {
    size.push_back(l.exact.mass * l.exact.p[i] + l.exact.t[i]);
    lost = lost || (l.exact.t[i] > 0 && static_cast<double>(l.exact.p[i]) < 16 * l.smallest);
  }
  Comparison parts = compared(l, "the terms add up to S*p - t", "-t/p times J, by the tape of softmax alone", all,
                              l.exact.gradient, size, {16, "p, J and -t/p are rounded"});
  if (lost) {
    parts.verdict = Verdict::inconclusive;
    parts.reason = fmt::format(
        "a p is too small for {}, and -t/p is not finite or has few digits. Written in parts the chain rule fails "
        "here; the library's loss goes from x to S*p - t at once and does not",
        name(l.work));
  }
  const Wide zero = 0;
  Wide sum = 0;
  for (const double v : e.logits_gradient) sum += v;
  step.comparisons = {compared(l, "the gradient from the tape is S*p - t", "the formula with more digits",
                               e.logits_gradient, l.exact.gradient, size, {5, "p is within 4 ULP"}),
                      std::move(parts),
                      compared(l, "the gradient sums to 0", "added up with more digits", static_cast<double>(sum), zero,
                               2 * l.exact.mass, {5, "each p is within 4 ULP"})};
  e.steps.push_back(std::move(step));
}

void tell_labels(Lesson& l) {
  Explanation& e = l.e;
  std::size_t most = 0;
  Wides want, size;
  for (std::size_t i = 0; i < l.classes(); ++i) {
    want.push_back(-l.exact.log_p[i]);
    size.push_back(l.masked[i] ? 0 : want.back());
    if (!l.masked[i] && (l.masked[most] || want[i] > want[most])) most = i;
  }
  ExplainedStep step{.id = "labels",
                     .title = "The labels have a gradient, too: surprise",
                     .formula = "dloss/dt[i] = -log p[i] = lse - x[i]"};
  step.sentences = {
      fmt::format(
          "Give class i a little more label, and the loss rises by its surprise. The most surprising is {}: {}.",
          class_called(e, static_cast<std::int64_t>(most)), number(e.labels_gradient[most])),
      "It tells how much each answer would cost this model. Where labels may be wrong, or another model made them, "
      "they are moved too: against it, so that the loss falls."};
  if (e.index_labels)
    step.sentences.push_back("Your label is a class index, which cannot move: here it is a 1 among 0s.");
  if (std::find(l.masked.begin(), l.masked.end(), true) != l.masked.end())
    step.sentences.push_back("A masked class would surprise without end: its gradient is inf.");
  step.numbers = {class_table(e, "", {{"t", e.labels}, {"p", e.probabilities}, {"-log p", e.labels_gradient, false}})};
  step.comparisons = {compared(l, "the gradient into the labels is -log p", "log(Z) - s with more digits",
                               e.labels_gradient, want, size, {5, "log softmax is within 4 ULP"})};
  e.steps.push_back(std::move(step));
}

void tell_given(Lesson& l) {
  Explanation& e = l.e;
  const ExplainOptions& o = e.options;
  ExplainedStep step{.id = "given", .title = "Back to the numbers that were given"};
  std::string by_x = "(S*p - t)", by_t = "-log p";
  if (o.temperature != 1) by_x += " / " + number(o.temperature);
  if (!o.class_weights.empty()) by_t += " * w";
  if (o.label_smoothing != 0) by_t += " * " + number(1 - o.label_smoothing);
  const bool shares = o.reduction == Reduction::mean && o.denominator == Denominator::weights;
  if (shares) by_t = fmt::format("({} - total{})", by_t, o.class_weights.empty() ? "" : "*w");
  if (e.factor != 1) by_x += " / " + number(1 / e.factor), by_t += " / " + number(1 / e.factor);
  step.formula = fmt::format("dtotal/dx = {}\ndtotal/dt = {}", by_x, by_t);
  step.sentences = {"Each step that came before the loss, and the mean after it, multiplies the gradients once more."};
  if (shares)
    step.sentences.push_back(
        "The mean divides by the labels themselves, so a label that grows makes every loss count "
        "less: - total.");
  step.numbers = {
      class_table(e, "", {{"dtotal/dx", e.given_logits_gradient}, {"dtotal/dt", e.given_labels_gradient, false}})};
  const ExactTotal exact = exact_total(l, l.logits.to_vector(), l.labels.to_vector());
  Wides x, t, size_of_x, size_of_t;
  for (std::size_t i = 0; i < l.classes(); ++i) {
    const Wide scale = Wide(e.factor) / o.temperature;
    x.push_back(l.exact.gradient[i] * scale);
    // a rounded x moves p by its error
    size_of_x.push_back(
        (l.exact.mass * l.exact.p[i] * (1 + (l.masked[i] ? 0 : 2 * std::fabs(l.exact.shifted[i]))) + l.exact.t[i]) *
        scale);
    const Wide weight = o.class_weights.empty() ? 1 : o.class_weights[i],
               w = e.factor * weight * (1 - Wide(o.label_smoothing));
    const Wide share = shares ? exact.total * weight * e.factor : 0;
    t.push_back((w == 0 ? 0 : -l.exact.log_p[i] * w) - share);
    size_of_t.push_back(share + (shares ? exact.size * weight * e.factor : 0));
    if (!l.masked[i] && w != 0)
      size_of_t.back() += (std::fabs(l.exact.x[i]) + std::fabs(l.exact.maximum) + std::fabs(l.exact.log_p[i])) * w;
  }
  step.comparisons = {compared(l, "dtotal/dx", "the formula with more digits", e.given_logits_gradient, x, size_of_x,
                               {12, "options and mean are rounded"})};
  step.comparisons.push_back(compared(l, "dtotal/dt", "the formula with more digits", e.given_labels_gradient, t,
                                      size_of_t, {12, "options and mean are rounded"}));
  e.steps.push_back(std::move(step));
}

}  // namespace logitape::inline v0::lesson
