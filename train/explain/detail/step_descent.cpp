// One step of descent: what the gradient predicts, and what the loss then is.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {

void tell_descent(Lesson& l) {
  Explanation& e = l.e;
  const double r = e.options.learning_rate;
  const auto loss = [&](const Tensor& x) { return l.total(x, l.labels); };
  const Tensor g = value_and_grad(loss, l.logits).gradient, after = l.logits - r * g;
  const Tensor row = where(l.allowed, after[e.options.row] / e.options.temperature, nowhere);
  DescentStep& d = e.descent;
  d.learning_rate = r;
  d.logits_after = after[e.options.row].to_vector();
  d.probabilities_after = softmax(row).to_vector();
  d.loss_after = row_loss({row, l.t}).item();
  d.total_before = e.total;
  d.total_after = loss(after).item();
  const double slope = sum(g * g).item(), bend = sum(g * hvp(loss, l.logits, g)).item();
  d.first_order = d.total_before - r * slope;
  d.second_order = d.first_order + r * r / 2 * bend;

  const bool one = e.rows == 1 && e.factor == 1;
  ExplainedStep step{.id = "descent",
                     .title = "One step of descent",
                     .formula =
                         "new x = x - r*g\ng: the gradient by x\nr: the learning rate, how many times g is one step\n"
                         "predicted by g: before - r*sum of g*g\nwith H: that + r*r/2 * sum of g[i]*H[i,j]*g[j]"};
  step.sentences = {
      fmt::format("With r = {}, {} goes from {} to {}.{}", number(r), one ? "the loss" : "the total",
                  number(d.total_before), number(d.total_after),
                  d.total_after > d.total_before ? " It rose: the step was too long." : ""),
      fmt::format("Descent goes against the gradient. The gradient alone predicted {}; with the bend of H it is {}. "
                  "The smaller r, the better both fit.",
                  number(d.first_order), number(d.second_order))};
  step.numbers = {class_table(e, "",
                              {{"x", e.given_logits, false},
                               {"g", e.given_logits_gradient},
                               {"new x", d.logits_after, false},
                               {"p", e.probabilities},
                               {"new p", d.probabilities_after}})};
  const ExactTotal exact = exact_total(l, after.to_vector(), l.labels.to_vector());
  step.comparisons = {compared(l, "the new " + std::string(one ? "loss" : "total") + " is " + number(d.total_after),
                               "the formulas with more digits, from the new x", d.total_after, exact.total, exact.size,
                               {8, "each logit, label and loss is rounded"})};
  e.steps.push_back(std::move(step));
}

}  // namespace logitape::inline v0::lesson
