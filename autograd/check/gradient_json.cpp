// What a gradient check has to say to machines.
#include "logitape/autograd/check/detail/json.h"
#include "logitape/autograd/check/gradient_report.h"

namespace logitape::inline v0 {
namespace {

namespace json = detail::json;

json::Value json_of(const GradientElement& e) {
  return json::object({{"verdict", name(e.verdict)},
                       {"at_kink", e.at_kink},
                       {"order", e.order},
                       {"function", e.function},
                       {"result", e.result},
                       {"input", e.input},
                       {"input_name", e.input_name},
                       {"index", e.index},
                       {"analytic", e.analytic},
                       {"numeric", e.numeric},
                       {"error_bar", e.error_bar},
                       {"step", e.step},
                       {"allowed", e.allowed},
                       {"absolute", e.absolute},
                       {"relative", e.relative},
                       {"ulp", e.ulp},
                       {"reason", e.reason}});
}

json::Value json_of(const GradientBlock& b) {
  return json::object({{"order", b.order},
                       {"function", b.function},
                       {"input", b.input_name},
                       {"size", b.size},
                       {"checked", b.checked},
                       {"failed", b.failed},
                       {"inconclusive", b.inconclusive},
                       {"kinks", b.kinks},
                       {"largest_ratio", b.largest_ratio}});
}

json::Value json_of(const GradientTest& t) {
  return json::object({{"what", t.what},
                       {"function", t.function},
                       {"order", t.order},
                       {"verdict", name(t.verdict)},
                       {"found", t.found},
                       {"expected", t.expected},
                       {"allowed", t.allowed},
                       {"text", t.text}});
}

template <class T>
json::Value list_of(const std::vector<T>& all) {
  std::vector<json::Value> values;
  values.reserve(all.size());
  for (const T& one : all) values.push_back(json_of(one));
  return values;
}

}  // namespace

std::string GradientReport::json() const {
  return json::object({{"verdict", name(verdict())},
                       {"function", function},
                       {"order", order},
                       {"checked", checked},
                       {"failed", failed},
                       {"inconclusive", inconclusive},
                       {"kinks", kinks},
                       {"doubled", doubled},
                       {"constant", constant},
                       {"hint", name(hint)},
                       {"hint_text", hint_text},
                       {"precision", precision},
                       {"relative", relative},
                       {"resolution", resolution},
                       {"seen_median", seen_median},
                       {"seen_worst", seen_worst},
                       {"worst", worst.order > 0 ? json_of(worst) : nullptr},
                       {"kink", kinks > 0 ? json_of(kink) : nullptr},
                       {"blocks", list_of(blocks)},
                       {"tests", list_of(tests)},
                       {"notes", notes}})
      .text;
}

}  // namespace logitape::inline v0
