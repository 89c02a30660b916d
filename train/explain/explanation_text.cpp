// An explanation as lines for a terminal or a log.
#include <fmt/format.h>

#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/detail/page.h"

namespace logitape::inline v0 {

namespace {

void add_step(lesson::Page& page, int number, const ExplainedStep& step) {
  page.title(std::to_string(number), step.title);
  page.formulas(step.formula);
  for (const std::string& sentence : step.sentences) page.sentence(sentence);
  for (const NamedNumbers& numbers : step.numbers) page.table(numbers);
  if (!step.comparisons.empty()) page.blank();
  for (const Comparison& c : step.comparisons) page.comparison(c);
}

}  // namespace

std::string explanation_text(const Explanation& e, const Terminal& terminal) {
  lesson::Page page(terminal);
  page.title("", fmt::format("Softmax cross-entropy of {}, step by step",
                             lesson::counted(static_cast<std::int64_t>(e.classes.size()), "class")));
  page.sentence(
      fmt::format("{} marks a claim that holds; after the colon: how it was checked. \"off by A of B\": the "
                  "two ways differ by A, and up to B is allowed, for rounding.",
                  terminal.unicode ? "✓" : "ok"));
  page.blank();
  int number = 0;
  for (const ExplainedStep& step : e.steps) {
    if (number > 0) page.blank();
    add_step(page, ++number, step);
  }
  return std::move(page).str();
}

std::string explanation_inputs_text(const Explanation& e, const Terminal& terminal) {
  lesson::Page page(terminal);
  for (const ExplainedStep& step : e.steps) {
    if (step.id != "inputs" && step.id != "options") break;
    page.title("", step.title);
    for (const std::string& sentence : step.sentences) page.sentence(sentence);
    for (const NamedNumbers& numbers : step.numbers) page.table(numbers);
    page.blank();
  }
  return std::move(page).str();
}

std::string wrapped_text(const std::string& text, const Terminal& terminal) {
  lesson::Page page(terminal);
  page.words(text, "");
  return std::move(page).str();
}

}  // namespace logitape::inline v0
