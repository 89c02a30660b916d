// From the shifted logits to the loss, of a row and of all rows.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {

void tell_sum(Lesson& l) {
  Explanation& e = l.e;
  const Tensor exponential = exp(l.x - e.maximum);
  const std::vector<double> a = exponential.to_vector();
  const double z = sum(exponential).item();
  ExplainedStep step{.id = "sum",
                     .title = "Exponentials, their sum, and its logarithm",
                     .formula = "a = exp(s)\nZ = sum of a\nlse = m + log(Z)"};
  step.sentences = {
      fmt::format("Z = {}. log is the natural logarithm: it undoes exp.", number(z)),
      fmt::format(
          "lse (log-sum-exp) is the log of the sum of all exp(x). It is a soft maximum: the largest exp(x) is most of "
          "the sum, so {} is the largest logit, {}, and a little more.",
          number(e.log_sum_exp), number(e.maximum))};
  std::vector<double> shifted = (l.x - e.maximum).to_vector();
  step.numbers = {class_table(e, "", {{"s", shifted, false}, {"a = exp(s)", a}})};
  Wides size;
  for (std::size_t i = 0; i < l.classes(); ++i)
    size.push_back(l.masked[i] ? 0 : l.exact.exponential[i] * (2 + std::fabs(l.exact.shifted[i])));
  step.comparisons = {
      compared(l, "a = exp(s)", "exp with more digits", a, l.exact.exponential, size, {1, "s is rounded, and exp"}),
      compared(l, "Z = " + number(z), "added up with more digits", z, l.exact.sum, l.exact.sum,
               {static_cast<double>(2 + std::min<std::size_t>(l.classes(), 16)), "each exp is rounded"}),
      compared(l, "lse = " + number(e.log_sum_exp), "m + log(Z) with more digits", e.log_sum_exp, l.exact.log_sum_exp,
               std::fabs(l.exact.maximum) + 1 + std::log(Wide(l.classes())), {2, "m and log(Z) are added"})};
  e.steps.push_back(std::move(step));
}

void tell_probabilities(Lesson& l) {
  Explanation& e = l.e;
  const auto& p = e.probabilities;
  const auto largest = std::max_element(p.begin(), p.end());
  ExplainedStep step{
      .id = "probabilities", .title = "Probabilities, and their logarithms", .formula = "p = a / Z\nlog p = x - lse"};
  step.sentences = {
      fmt::format(
          "p is what the model believes: from 0 to 1, together 1. This step is called softmax. The most probable "
          "is {}, with {}.",
          class_called(e, largest - p.begin()), number(*largest)),
      "log p is 0 for p = 1 and falls without end as p goes to 0. It is x - lse, never the log of a rounded p: a p too "
      "small for the dtype would be 0, and its log -inf."};
  step.numbers = {class_table(e, "", {{"p", p}, {"log p", e.log_probabilities, false}})};
  Wides size;
  Wide sum = 0;
  for (std::size_t i = 0; i < l.classes(); ++i) {
    size.push_back(l.masked[i] ? 0 : std::fabs(l.exact.log_p[i]));
    sum += p[i];
  }
  step.comparisons = {
      compared(l, "p is softmax of x", "a/Z with more digits", p, l.exact.p, l.exact.p, {5, "softmax is within 4 ULP"}),
      compared(l, "p sums to 1", "added up with more digits", static_cast<double>(sum), 1, 1,
               {5, "each p is within 4 ULP"}),
      compared(l, "log p = x - lse", "s - log(Z) with more digits", e.log_probabilities, l.exact.log_p, size,
               {5, "log softmax is within 4 ULP"})};
  e.steps.push_back(std::move(step));
}

void tell_loss(Lesson& l) {
  Explanation& e = l.e;
  const double guess = e.mass * std::log(static_cast<double>(std::count(l.masked.begin(), l.masked.end(), false)));
  ExplainedStep step{
      .id = "loss", .title = "The loss: cross-entropy", .formula = "loss = sum of t*(-log p) = S*lse - sum of t*x"};
  step.sentences = {
      "-log p is surprise: 0 if p was 1, 0.69 if it was 1/2, 4.6 if it was 1/100. Each class pays its surprise, times "
      "its label.",
      fmt::format("The loss is {}. A model that only guesses, with the same p for each class, would have {}.",
                  number(e.loss), number(guess))};
  if (e.rows == 1 && e.factor == 1)
    step.sentences.push_back(
        "Here is one example. Of several, each a row of numbers, the mean of their losses is taken.");
  std::vector<double> surprise;
  for (const double v : e.log_probabilities) surprise.push_back(-v);
  step.numbers = {class_table(e, "", {{"t", e.labels}, {"-log p", surprise, false}, {"t*(-log p)", e.terms}})};
  Wide fused = 0, size = 0;
  for (std::size_t i = 0; i < l.classes(); ++i) {
    if (l.exact.t[i] == 0) continue;
    fused += l.exact.t[i] * (l.exact.log_sum_exp - l.exact.x[i]);
    size += l.exact.t[i] * (std::fabs(l.exact.log_sum_exp) + std::fabs(l.exact.x[i]));
  }
  // the wider numbers have 11 more bits on x86, which the difference of two large ones may use up
  const Wide wider = size * std::numeric_limits<Wide>::epsilon() / l.epsilon;
  step.comparisons = {compared(l, "each term is t*(-log p)", "t*(log(Z) - s) with more digits", e.terms, l.exact.term,
                               l.exact.term, {6, "log p is within 4 ULP, the product is rounded"}),
                      compared(l, "loss = " + number(e.loss), "the terms added up with more digits", e.loss,
                               l.exact.loss, l.exact.loss, {5, "the loss is within 4 ULP"}),
                      compared(l, "it is also S*lse - sum of t*x", "that formula with more digits", e.loss, fused,
                               l.exact.loss + 4 * wider, {5, "the loss is within 4 ULP, and the formula cancels"})};
  e.steps.push_back(std::move(step));
}

void tell_reduction(Lesson& l) {
  Explanation& e = l.e;
  const ExplainOptions& o = e.options;
  const ExactTotal exact = exact_total(l, l.logits.to_vector(), l.labels.to_vector());
  ExplainedStep step{.id = "reduction", .title = "The loss of all rows"};
  if (o.reduction == Reduction::mean)
    step.formula = fmt::format("total = sum of the losses / {}", number(1 / e.factor));
  else step.formula = "total = sum of the losses";
  const char* const by[] = {"the count of rows", "the sum of the rows' weights", "the length of the first axis"};
  step.sentences = {fmt::format("Each of {} has its loss.", counted(e.rows, "row"))};
  if (o.reduction == Reduction::mean)
    step.sentences.push_back(
        fmt::format("Their mean is taken: the sum, divided by {} ({}). So each gradient is divided by it, too.",
                    by[static_cast<int>(o.denominator)], number(1 / e.factor)));
  if (o.reduction == Reduction::none)
    step.sentences.push_back("No reduction: each loss stands for itself. Their sum is what gradients are of.");
  NamedNumbers table{.columns = {"loss"}};
  constexpr std::size_t most = 8;
  for (std::size_t r = 0; r < std::min(most, exact.losses.size()); ++r) {
    table.rows.push_back("row " + std::to_string(r));
    table.values.push_back(static_cast<double>(exact.losses[r]));
  }
  if (exact.losses.size() > most) {
    Wide rest = 0;
    for (std::size_t r = most; r < exact.losses.size(); ++r) rest += exact.losses[r];
    table.rows.push_back(fmt::format("{} others", exact.losses.size() - most));
    table.values.push_back(static_cast<double>(rest));
  }
  table.rows.push_back("total");
  table.values.push_back(e.total);
  step.numbers = {std::move(table)};
  step.comparisons = {compared(l, "total = " + number(e.total), "each row by the formula with more digits", e.total,
                               exact.total, exact.size, {8, "each logit, label and loss is rounded"}),
                      compared(l, "the same along the axis as given", "cross_entropy of the logits in their own shape",
                               total_in_own_shape(l), e.total, exact.size, {8, "it adds in another order"})};
  e.steps.push_back(std::move(step));
}

}  // namespace logitape::inline v0::lesson
