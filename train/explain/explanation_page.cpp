// The page, from the top: the result in a few numbers, the contents, each step with its figure, the tape.
#include "logitape/train/explain/explanation_page.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/detail/page_parts.h"
#include "logitape/train/explain/figures.h"
#include "logitape/train/see/detail/html.h"
#include "logitape/train/see/detail/svg.h"
#include "logitape/train/see/figure.h"

namespace logitape::inline v0 {
namespace {

using lesson::drawing;
using train::escaped;

std::string forces_figure(const Explanation& e) {
  Forces f{.title = "What pushes each logit",
           .classes = e.classes,
           .labels = e.labels,
           .gradient = e.logits_gradient,
           .probability_name = e.mass == 1 ? "p" : "S*p",
           .push_name = e.mass == 1 ? "push t - p" : "push t - S*p"};
  for (const double p : e.probabilities) f.probabilities.push_back(e.mass * p);
  return drawing(svg(f), f.title,
                 "Descent pushes a logit up where its label is above its probability, and down where it is below. The "
                 "push is minus the gradient. All pushes add up to 0.");
}

std::string simplex_figure(const Explanation& e) {
  if (e.classes.size() != 3) return "";
  const Tensor t = from_span(e.labels, {3}), x = from_span(e.logits, {3});
  const double temperature = e.options.temperature;
  SimplexOptions options;
  // x is the given logit over the temperature, and so is its gradient
  options.step = e.options.learning_rate * e.factor / (temperature * temperature);
  if (!(options.step > 0 && std::isfinite(options.step))) return "";
  Simplex s = descend_on_simplex([&](const Tensor& z) { return lesson::row_loss({z, t}); }, x, options);
  s.title = "Descent, seen in probabilities";
  for (std::size_t c = 0; c < 3; ++c) {
    s.classes[c] = lesson::row_name(e, static_cast<std::int64_t>(c));
    s.label[c] = e.labels[c] / e.mass;
  }
  return drawing(svg(s), s.title,
                 "Each point shares 1 among three classes: a corner is one class for sure, the middle is a third each. "
                 "The arrows show where descent moves p from there; longer is faster, as a square root. The line is "
                 "the path from where p is now.");
}

std::string map_figure(const Explanation& e, const std::string& title, const char* rows, const char* columns,
                       const std::vector<double>& values, const char* caption) {
  SignedMap map{.title = title, .rows_label = rows, .columns_label = columns, .values = values};
  for (const std::int64_t c : e.shown) map.rows.push_back(e.classes[static_cast<std::size_t>(c)]);
  map.columns = map.rows;
  return drawing(svg(map), title, caption);
}

std::string curve_figure(const Explanation& e) {
  if (e.curve.step.empty()) return "";
  LineChart chart{.title = "Error against the step", .x = {.label = "step h", .log = true}, .width = 470};
  chart.panel({.label = "error", .log = true}, {{.name = "central", .x = e.curve.step, .y = e.curve.central},
                                                {.name = "one-sided", .x = e.curve.step, .y = e.curve.forward}});
  return drawing(svg(chart), chart.title,
                 fmt::format("Of d loss / d x of {}. Both axes go by powers of ten. From right to left: first the bend "
                             "of the loss makes the error, then rounding does. In between is the best step.",
                             lesson::class_called(e, e.curve.at)));
}

std::string figures_of(const Explanation& e, const std::string& step) {
  if (step == "chain") return forces_figure(e);
  if (step == "jacobian")
    return map_figure(e, "The Jacobian J", "p", "moves with x", e.jacobian,
                      "On the diagonal each p rises with its own logit; elsewhere it falls as another logit rises.");
  if (step == "curvature")
    return train::figures({map_figure(e, "The Hessian H", "d loss / d x", "moves with x", e.hessian,
                                      "The same above the diagonal as below it."),
                           map_figure(e, "The mixed block M", "d loss / d t", "moves with x", e.mixed,
                                      "How the labels' gradient moves with the logits.")});
  if (step == "differences") return curve_figure(e);
  if (step == "descent") return simplex_figure(e);
  return "";
}

std::string step_section(const Explanation& e, const ExplainedStep& step, std::size_t number) {
  std::string text = fmt::format("<section aria-labelledby=\"step-{0}\">\n<h2 id=\"step-{0}\">{1}. {2}</h2>\n",
                                 escaped(step.id), number, escaped(step.title));
  if (!step.formula.empty()) text += lesson::formulas(step.formula);
  for (const std::string& sentence : step.sentences) text += lesson::paragraph(sentence);
  for (const NamedNumbers& numbers : step.numbers) text += lesson::number_table(numbers);
  return text + figures_of(e, step.id) + lesson::comparison_list(step.comparisons) + "</section>\n";
}

std::string headline_of(const Explanation& e) {
  std::size_t all = 0, agree = 0;
  for (const ExplainedStep& step : e.steps)
    for (const Comparison& c : step.comparisons) ++all, agree += c.verdict == Verdict::pass ? 1 : 0;
  std::string text = "<dl class=\"tiles\">\n";
  const auto tile = [&](std::string_view name, const std::string& value) {
    text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escaped(value));
  };
  tile("loss", lesson::number(e.loss));
  tile("classes", std::to_string(e.classes.size()));
  tile("label mass S", lesson::number(e.mass));
  tile("numbers kept as", std::string(name(e.options.dtype)));
  tile("comparisons that agree", fmt::format("{} of {}", agree, all));
  return text + "</dl>\n";
}

std::string contents_of(const Explanation& e) {
  std::string text = "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n";
  for (const ExplainedStep& step : e.steps)
    text += fmt::format("<li><a href=\"#step-{}\">{}</a></li>\n", escaped(step.id), escaped(step.title));
  return text + "<li><a href=\"#step-tape\">The tape: how the gradients are found</a></li>\n</ol>\n</nav>\n";
}

}  // namespace

std::string explanation_page(const Explanation& e) {
  std::string page = train::page_begin("A loss and its gradients, step by step", lesson::page_rules, lesson::skip_link);
  page += lesson::paragraph(fmt::format(
      "Softmax cross-entropy of {}, with your numbers. Each number was computed by the library and compared "
      "with a second way to it: \"agrees\" says that both are as near as rounding allows.",
      lesson::counted(static_cast<std::int64_t>(e.classes.size()), "class")));
  page += headline_of(e) + contents_of(e);
  for (std::size_t i = 0; i < e.steps.size(); ++i) page += step_section(e, e.steps[i], i + 1);
  page += fmt::format(
      "<section aria-labelledby=\"step-tape\">\n<h2 id=\"step-tape\">{}. The tape: how the gradients are "
      "found</h2>\n{}</section>\n",
      e.steps.size() + 1, lesson::tapes(e));
  page += lesson::page_script;
  return page + train::page_end();
}

}  // namespace logitape::inline v0
