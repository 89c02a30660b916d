// An explanation for machines: its members under their own names.
#include "logitape/autograd/check/detail/json.h"
#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0 {
namespace {

namespace json = detail::json;

template <class T, class F>
json::Value list_of(const std::vector<T>& values, F one) {
  std::vector<json::Value> all;
  for (const T& value : values) all.push_back(one(value));
  return all;
}

json::Value json_of(const NamedNumbers& n) {
  return json::object(
      {{"symbol", n.symbol}, {"meaning", n.meaning}, {"rows", n.rows}, {"columns", n.columns}, {"values", n.values}});
}

json::Value json_of(const Comparison& c) {
  return json::object({{"claim", c.claim},
                       {"second_way", c.second_way},
                       {"difference", c.difference},
                       {"allowed", c.allowed},
                       {"reason", c.reason},
                       {"verdict", name(c.verdict)}});
}

json::Value json_of(const ExplainedStep& s) {
  return json::object({{"id", s.id},
                       {"title", s.title},
                       {"formula", s.formula},
                       {"sentences", s.sentences},
                       {"numbers", list_of(s.numbers, [](const auto& n) { return json_of(n); })},
                       {"comparisons", list_of(s.comparisons, [](const auto& c) { return json_of(c); })}});
}

json::Value json_of(const MeasuredElement& m) {
  return json::object({{"at", m.at},
                       {"analytic", m.analytic},
                       {"numeric", m.numeric},
                       {"error_bar", m.error_bar},
                       {"verdict", name(m.verdict)}});
}

json::Value json_of(const DifferenceCurve& c) {
  return json::object(
      {{"at", c.at}, {"derivative", c.derivative}, {"step", c.step}, {"central", c.central}, {"forward", c.forward}});
}

json::Value json_of(const DescentStep& d) {
  return json::object({{"learning_rate", d.learning_rate},
                       {"logits_after", d.logits_after},
                       {"probabilities_after", d.probabilities_after},
                       {"loss_after", d.loss_after},
                       {"total_before", d.total_before},
                       {"total_after", d.total_after},
                       {"first_order", d.first_order},
                       {"second_order", d.second_order}});
}

json::Value json_of(const ExplainOptions& o) {
  constexpr const char* reductions[] = {"none", "mean", "sum"};
  constexpr const char* denominators[] = {"count", "weights", "batch"};
  return json::object({{"dtype", name(o.dtype)},
                       {"axis", o.axis},
                       {"row", o.row},
                       {"reduction", reductions[static_cast<int>(o.reduction)]},
                       {"denominator", denominators[static_cast<int>(o.denominator)]},
                       {"label_smoothing", o.label_smoothing},
                       {"temperature", o.temperature},
                       {"class_weights", o.class_weights},
                       {"masked_classes", o.masked_classes},
                       {"learning_rate", o.learning_rate}});
}

}  // namespace

std::string explanation_json(const Explanation& e) {
  const auto measured = [](const MeasuredElement& m) { return json_of(m); };
  return json::object({{"options", json_of(e.options)},
                       {"ok", e.ok()},
                       {"classes", e.classes},
                       {"shown", e.shown},
                       {"rows", e.rows},
                       {"index_labels", e.index_labels},
                       {"given_logits", e.given_logits},
                       {"given_labels", e.given_labels},
                       {"logits", e.logits},
                       {"labels", e.labels},
                       {"mass", e.mass},
                       {"maximum", e.maximum},
                       {"log_sum_exp", e.log_sum_exp},
                       {"probabilities", e.probabilities},
                       {"log_probabilities", e.log_probabilities},
                       {"terms", e.terms},
                       {"loss", e.loss},
                       {"logits_gradient", e.logits_gradient},
                       {"labels_gradient", e.labels_gradient},
                       {"total", e.total},
                       {"factor", e.factor},
                       {"given_logits_gradient", e.given_logits_gradient},
                       {"given_labels_gradient", e.given_labels_gradient},
                       {"jacobian", e.jacobian},
                       {"hessian", e.hessian},
                       {"mixed", e.mixed},
                       {"logits_differences", list_of(e.logits_differences, measured)},
                       {"labels_differences", list_of(e.labels_differences, measured)},
                       {"curve", json_of(e.curve)},
                       {"descent", json_of(e.descent)},
                       {"steps", list_of(e.steps, [](const auto& s) { return json_of(s); })}})
             .text +
         "\n";
}

}  // namespace logitape::inline v0
