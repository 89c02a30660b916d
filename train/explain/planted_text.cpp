// A planted mistake, and what the checker says to it, as lines and as JSON.
#include <fmt/format.h>

#include "logitape/autograd/check/detail/json.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/explain/detail/page.h"
#include "logitape/train/explain/planted.h"

namespace logitape::inline v0 {

std::string planted_text(const PlantedMistake& p, const Terminal& terminal) {
  lesson::Page page(terminal);
  page.title("", fmt::format("A mistake is planted: {}", name(p.mistake)));
  page.formulas("right  " + p.right_rule + "\nwrong  " + p.wrong_rule);
  for (const std::string& sentence : p.sentences) page.sentence(sentence);
  page.table(p.numbers);
  page.blank();
  page.title("", "What check_gradients says");
  page.sentence(
      "It moves each logit and each label a little, sees how far the loss goes, and compares that with the "
      "rule. It does not know the formula. analytic: the rule's number; numeric: what it measured.");
  page.blank();
  page.lines(p.report.str());
  page.blank();
  page.sentence(p.found()                             ? fmt::format("Found, and named: {}.", name(p.report.hint))
                : p.report.verdict() == Verdict::fail ? "Found; but it could not name it."
                                                      : "NOT FOUND.");
  return std::move(page).str();
}

std::string planted_json(const PlantedMistake& p) {
  namespace json = detail::json;
  json::Value report = nullptr;
  report.text = p.report.json();
  const NamedNumbers& n = p.numbers;
  return json::object({{"mistake", name(p.mistake)},
                       {"right_rule", p.right_rule},
                       {"wrong_rule", p.wrong_rule},
                       {"sentences", p.sentences},
                       {"logits", p.logits.to_vector()},
                       {"labels", p.labels.to_vector()},
                       {"numbers", json::object({{"rows", n.rows}, {"columns", n.columns}, {"values", n.values}})},
                       {"found", p.found()},
                       {"report", report}})
             .text +
         "\n";
}

}  // namespace logitape::inline v0
