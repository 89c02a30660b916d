// The first steps: what came in, what options make of it, and why the largest logit is taken away before exp.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "logitape/ops/elementwise.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {
namespace {

std::string about_mass(const Explanation& e) {
  const std::string sum = fmt::format("S, the label mass, is the sum of the labels: {}.", number(e.mass));
  if (std::fabs(e.mass - 1) < 1e-6) return sum;
  return sum + " It is not 1, as with labels that are weights or counts: the loss and its gradient count S times.";
}

std::string about_labels(const Explanation& e) {
  const auto positive = [](double v) { return v > 0; };
  const auto first = std::find_if(e.labels.begin(), e.labels.end(), positive);
  if (std::count_if(e.labels.begin(), e.labels.end(), positive) > 1)
    return "A label t is the probability that a class should get. Here several classes get a part.";
  return fmt::format("A label t is the probability that a class should get. Here {} is the right answer and gets all.",
                     class_called(e, first - e.labels.begin()));
}

}  // namespace

void tell_inputs(Lesson& l) {
  Explanation& e = l.e;
  ExplainedStep step{.id = "inputs", .title = "Logits and labels"};
  step.sentences = {
      "A class is one of the possible answers. A logit x is the score that a model, a program that learns, gives a "
      "class: any number. The higher, the more likely."};
  if (l.changed) {
    step.sentences.push_back("A label t is the probability that a class should get.");
  } else {
    step.sentences.push_back(about_labels(e));
    step.sentences.push_back(about_mass(e));
  }
  if (e.rows > 1)
    step.sentences.push_back(
        fmt::format("This is row {} of {}, counted from 0.", e.options.row, counted(e.rows, "row")));
  if (e.options.dtype != DType::f64)
    step.sentences.push_back(
        fmt::format("The numbers are kept as {}{}: they are rounded to it first.", name(e.options.dtype),
                    l.work == e.options.dtype ? "" : ", and the library computes with them in f32"));
  step.numbers = {class_table(e, "", {{"x", e.given_logits, false}, {"t", e.given_labels}})};
  if (!l.changed)
    step.comparisons = {compared(l, "S = " + number(e.mass), "the labels added up with more digits", e.mass,
                                 l.exact.mass, l.exact.mass, {1, "one rounding"})};
  e.steps.push_back(std::move(step));
}

void tell_options(Lesson& l) {
  Explanation& e = l.e;
  const ExplainOptions& o = e.options;
  const double n = static_cast<double>(l.classes());
  ExplainedStep step{.id = "options", .title = "What the options make of them"};
  if (o.temperature != 1)
    step.sentences.push_back(
        fmt::format("Temperature {}: each logit is divided by it. {}", number(o.temperature),
                    o.temperature > 1 ? "The scores move together: less sure." : "The scores move apart: more sure."));
  if (!o.masked_classes.empty())
    step.sentences.push_back("A masked class cannot happen: its logit becomes -inf, and exp(-inf) is 0.");
  if (o.label_smoothing != 0)
    step.sentences.push_back(fmt::format("Smoothing {0}: labels become {1}*t + {0}/{2}. Every class gets a small part.",
                                         number(o.label_smoothing), number(1 - o.label_smoothing), n));
  if (!o.class_weights.empty())
    step.sentences.push_back("Weights: each label is multiplied by the weight of its class.");
  step.sentences.push_back(about_mass(e) + " From here on x and t are the new numbers.");
  step.numbers = {class_table(
      e, "",
      {{"given x", e.given_logits, false}, {"x", e.logits, false}, {"given t", e.given_labels}, {"t", e.labels}})};
  Wides x, t, size;
  for (std::size_t i = 0; i < l.classes(); ++i) {
    x.push_back(l.masked[i] ? l.exact.x[i] : Wide(e.given_logits[i]) / o.temperature);
    const Wide smoothed = e.given_labels[i] * (1 - Wide(o.label_smoothing)) + Wide(o.label_smoothing) / n;
    t.push_back(smoothed * (o.class_weights.empty() ? 1 : o.class_weights[i]));
    size.push_back(l.masked[i] ? 0 : std::fabs(x[i]));
  }
  step.comparisons = {compared(l, "x is divided and masked as asked", "x/T with more digits", e.logits, x, size,
                               {2, "the temperature and the quotient are rounded"}),
                      compared(l, "t is smoothed and weighted as asked", "the formula with more digits", e.labels, t, t,
                               {4, "each of four steps is rounded"})};
  e.steps.push_back(std::move(step));
}

void tell_shift(Lesson& l) {
  Explanation& e = l.e;
  const auto exp_in = [&](DType dtype) { return exp(l.x.to(DType::f32)).to(dtype).to_vector(); };
  const std::vector<double> in_f32 = exp_in(DType::f32), in_f16 = exp_in(DType::f16);
  const std::vector<double> shifted = (l.x - e.maximum).to_vector();
  ExplainedStep step{.id = "shift", .title = "Take away the largest logit", .formula = "m = max(x)\ns = x - m"};
  step.sentences = {
      "exp(x) = e^x with e = 2.718... makes every score positive. But it grows fast. In numbers of 32 bits, the "
      "dtype f32, it is infinite (inf) from x = 88.8 on; in f16, of 16 bits, from 11.1, in f64 from 709.8; and inf/inf "
      "is no number.",
      fmt::format("Only differences will count, since e^(x - m) = e^x / e^m, and e^m cancels in every share. So m = {} "
                  "is taken from all. The largest becomes 0, and exp(0) = 1: nothing can be too large.",
                  number(e.maximum))};
  step.numbers = {class_table(
      e, "",
      {{"x", e.logits, false}, {"exp(x), f16", in_f16}, {"exp(x), f32", in_f32}, {"s = x - m", shifted, false}})};
  const std::vector<double> moved = softmax(l.x + 1000).to_vector();
  Wides size, spread;
  for (std::size_t i = 0; i < l.classes(); ++i) {
    size.push_back(l.masked[i] ? 0 : std::fabs(l.exact.shifted[i]));
    // x + 1000 is rounded, for this class and for the largest
    spread.push_back(l.exact.p[i] * (1004 + (l.masked[i] ? 0 : std::fabs(l.exact.x[i])) + std::fabs(l.exact.maximum)));
  }
  step.comparisons = {
      compared(l, "s = x - m", "subtracted with more digits", shifted, l.exact.shifted, size, {1, "one rounding"}),
      compared(l, "each share exp(s) / sum is the same with 1000 added to every x", "without the 1000", moved,
               l.exact.p, spread, {2, "x + 1000 is rounded"})};
  e.steps.push_back(std::move(step));
}

}  // namespace logitape::inline v0::lesson
