// The same row under other options, and in other dtypes.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {
namespace {

// Another treatment of x and t: how the library does it by itself, and how the formulas do.
struct Variant {
  std::string called;
  CrossEntropyOptions options = {};
  std::int64_t masked = -1;
};

// The class without a label that takes most probability; -1: each class has a label.
std::int64_t rival(const Lesson& l) {
  std::int64_t best = -1;
  for (std::size_t i = 0; i < l.classes(); ++i)
    if (l.exact.t[i] == 0 && !l.masked[i] && (best < 0 || l.exact.p[i] > l.exact.p[static_cast<std::size_t>(best)]))
      best = static_cast<std::int64_t>(i);
  return best;
}

Exact exact_of(const Lesson& l, const Variant& v) {
  Wides x = l.exact.x, t = l.exact.t;
  const Wide e = v.options.label_smoothing;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<std::int64_t>(i) == v.masked ? nowhere : x[i] / v.options.temperature;
    t[i] = t[i] * (1 - e) + e / Wide(t.size());
  }
  return lesson::exact_of(std::move(x), std::move(t));
}

}  // namespace

void tell_changes(Lesson& l) {
  Explanation& e = l.e;
  const auto top = static_cast<std::size_t>(std::max_element(e.labels.begin(), e.labels.end()) - e.labels.begin());
  const bool any_masked = std::find(l.masked.begin(), l.masked.end(), true) != l.masked.end();
  std::vector<Variant> variants = {{.called = "as it is"}};
  if (!any_masked) variants.push_back({"smoothing 0.1", {.label_smoothing = 0.1}});
  variants.push_back({"temperature 2", {.temperature = 2}});
  variants.push_back({"temperature 1/2", {.temperature = 0.5}});
  const std::int64_t other = rival(l);
  if (other >= 0) variants.push_back({"without " + row_name(e, other), {}, other});

  ExplainedStep step{.id = "changes", .title = "What options would change"};
  step.sentences = {fmt::format(
      "Smoothing e: t becomes (1 - e)*t + e*S/{}. Too sure is punished: the gradient is 0 where p is the new t/S, "
      "not where p is 1. Temperature T divides the logits: above 1 less sure, below 1 more; the gradient is "
      "divided by T once more.",
      l.classes())};
  if (other >= 0)
    step.sentences.push_back(fmt::format(
        "Without {}, it cannot happen (it is masked): its probability goes to the others.", class_called(e, other)));
  else
    step.sentences.push_back(
        "A class can be masked only if its label is 0; here each class has a label, and the loss "
        "would be infinite.");
  NamedNumbers table{
      .meaning = fmt::format("p and g = dloss/dx of {}", class_called(e, static_cast<std::int64_t>(top))),
      .columns = {"loss", "p", "g"}};
  for (Variant& v : variants) {
    v.options.reduction = Reduction::sum;
    std::vector<double> x = e.logits;
    if (v.masked >= 0) x[static_cast<std::size_t>(v.masked)] = nowhere;
    const Tensor moved = from_span(x, l.x.shape()).to(l.work);
    const ValueAndGradient own =
        value_and_grad([&](const Tensor& of) { return cross_entropy(of, l.t, v.options); }, moved);
    const std::vector<double> g = own.gradient.to_vector();
    const Exact exact = exact_of(l, v);
    table.rows.push_back(v.called);
    for (const double value : {own.value.item(), static_cast<double>(exact.p[top]), g[top]})
      table.values.push_back(value);
    if (v.called == "as it is") continue;
    Wides g_exact, g_size;
    Wide size = exact.loss;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Wide far = exact.x[i] == nowhere ? 0 : std::fabs(exact.shifted[i]);
      g_exact.push_back(exact.gradient[i] / v.options.temperature);
      g_size.push_back((exact.mass * exact.p[i] * (1 + far) + exact.t[i]) / v.options.temperature);
      if (exact.t[i] != 0) size += exact.t[i] * (std::fabs(exact.x[i]) + std::fabs(exact.maximum));
    }
    step.comparisons.push_back(compared(l, v.called + ": the loss", "with more digits", own.value.item(), exact.loss,
                                        size, {6, "the option and the loss are rounded"}));
    step.comparisons.push_back(compared(l, v.called + ": the gradient", "with more digits", g, g_exact, g_size,
                                        {8, "the option and p are rounded"}));
  }
  step.numbers = {std::move(table)};
  e.steps.push_back(std::move(step));
}

namespace {

struct Format {
  DType dtype;
  int digits;  // of the significand, in bits
  int lowest;  // the exponent of the smallest number above 0
  double largest;
  const char* about;
};
constexpr Format formats[] = {{DType::f64, 53, -1074, 0x1.fffffffffffffp1023, "f64"},
                              {DType::f32, 24, -149, 0x1.fffffep127, "f32"},
                              {DType::bf16, 8, -133, 0x1.fep127, "bf16"},
                              {DType::f16, 11, -24, 65504, "f16"}};

// The distance from a number of this size to the next one of the format.
Wide unit(const Format& f, Wide at) {
  const int exponent = at == 0 ? f.lowest : std::max(std::ilogb(std::fabs(at)) + 1 - f.digits, f.lowest);
  return std::ldexp(Wide(1), exponent);
}

}  // namespace

void tell_precisions(Lesson& l) {
  Explanation& e = l.e;
  ExplainedStep step{.id = "precisions", .title = "The same in other dtypes"};
  step.sentences = {
      "A dtype is how a number is kept: f64 has about 16 digits, f32 7, f16 3, bf16 2 or 3 but a wide range. An ULP is "
      "the step from a number to the next one that the dtype has.",
      "First the numbers themselves are rounded, then the loss is computed. The columns of ULP have the error of the "
      "computing alone, in such steps: the distance to the exact loss and gradient of the rounded numbers."};
  NamedNumbers table{.columns = {"loss", "ULP", "gradient ULP", "from f64"}};
  double in_f64 = 0;
  for (const Format& f : formats) {
    const auto in = [&](const std::vector<double>& row) { return from_span(row, l.x.shape()).to(f.dtype); };
    const Tensor x = in(e.logits), t = in(e.labels);
    const std::vector<double> xs = x.to_vector(), ts = t.to_vector();
    const bool too_large = std::any_of(xs.begin(), xs.end(), [](double v) { return v > 0 && std::isinf(v); });
    bool lost = std::all_of(ts.begin(), ts.end(), [](double v) { return v == 0; });
    for (std::size_t i = 0; i < xs.size(); ++i) lost = lost || (std::isinf(xs[i]) && !l.masked[i]);
    table.rows.push_back(f.about);
    const Exact exact = lost || too_large ? Exact{} : lesson::exact_of(widened(xs), widened(ts));
    if (too_large || lost || exact.loss > f.largest) {
      step.sentences.push_back(fmt::format("{} cannot keep all of it: {}.", f.about,
                                           too_large ? "a logit would be infinite"
                                           : lost    ? "they would be infinite or 0"
                                                     : "the loss would be infinite"));
      for (int i = 0; i < 4; ++i) table.values.push_back(NAN);
      continue;
    }
    const ValueAndGradients own = value_and_grad(row_loss, {x, t});
    const std::vector<double> g = own.gradients[0].to_vector();
    const double loss = own.value.item();
    const Wide loss_ulp = std::fabs(loss - exact.loss) / unit(f, exact.loss);
    Wide worst = 0;
    for (std::size_t i = 0; i < g.size(); ++i)  // S*p and t cancel: an ULP is one of the larger
      worst =
          std::max(worst, std::fabs(g[i] - exact.gradient[i]) / unit(f, std::max(exact.mass * exact.p[i], exact.t[i])));
    if (f.dtype == DType::f64) in_f64 = loss;
    for (const Wide v : {Wide(loss), loss_ulp, worst, std::fabs(Wide(loss) - in_f64)})
      table.values.push_back(static_cast<double>(v));
    const bool stored = f.dtype == DType::f16 || f.dtype == DType::bf16;
    Comparison c{.claim = fmt::format("{}: loss and gradient, in ULP", f.about),
                 .second_way = "the formulas with more digits",
                 .difference = static_cast<double>(std::max(loss_ulp, worst)),
                 .allowed = stored ? 1.0 : 5.0,
                 .reason = stored ? "computed in f32, rounded once" : "the library promises 4 ULP"};
    c.verdict = c.difference <= c.allowed ? Verdict::pass : Verdict::fail;
    step.comparisons.push_back(std::move(c));
  }
  step.numbers = {std::move(table)};
  e.steps.push_back(std::move(step));
}

}  // namespace logitape::inline v0::lesson
