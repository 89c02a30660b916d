// A derivative rule is broken on purpose, and the gradient checker finds it.
#include <cmath>
#include <stdexcept>

#include "answers.h"
#include "loss.h"

namespace lt = logitape;

namespace {

// Rows of logits and labels; the loss is the mean of the rows' losses.
struct Rows {
  lt::Tensor logits, labels;  // f64 [rows, classes]
  bool one_row = false;       // given as a list: it is answered as one
};

lt::Tensor rows_of(const Request& r, const char* name) {
  const Json& given = r.member(name);
  if (!given.is_array() || given.empty())
    throw std::invalid_argument(std::string(name) + " needs a list of numbers, or a list of such rows");
  const Json rows = given[0].is_array() ? given : Json::array({given});
  std::vector<double> values;
  for (const Json& row : rows) {
    if (!row.is_array() || row.empty() || row.size() != rows[0].size())
      throw std::invalid_argument("the rows of " + std::string(name) + " need a number for each class; the first has " +
                                  std::to_string(rows[0].size()) + ", another is " + shown(row));
    for (const Json& value : row) {
      values.push_back(number_of(value, name));
      if (!std::isfinite(values.back()))
        throw std::invalid_argument(std::string(name) + " holds " + shown(value) +
                                    ": differences need finite numbers on both sides");
    }
  }
  return lt::from_span(values, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size())});
}

Rows rows_of(const Request& r) {
  Rows rows{rows_of(r, "logits"), rows_of(r, "labels"), !r.member("logits")[0].is_array()};
  if (rows.logits.shape() != rows.labels.shape())
    throw std::invalid_argument("logits are " + lt::to_string(rows.logits.shape()) + " and labels " +
                                lt::to_string(rows.labels.shape()) + ": each class of each row needs one of both");
  if (rows.logits.size() > 400)
    throw std::invalid_argument("the page checks up to 400 numbers one by one, not " +
                                std::to_string(rows.logits.size()));
  return rows;
}

// What can be broken, said in words and as a formula.
struct Break {
  const char *name, *what, *formula, *right_formula;
  const char* shows_if;  // what to change where the break changes nothing
};
constexpr Break breaks[] = {
    {"none", "nothing is broken: this is the library's own rule", "(S*p - t)/N", "(S*p - t)/N", ""},
    {"sign", "the sign of the gradient into the logits is turned", "(t - S*p)/N", "(S*p - t)/N",
     "choose labels that the probabilities do not reach"},
    {"missing-mass", "S, the sum of a row's labels, is left out", "(p - t)/N", "(S*p - t)/N",
     "choose labels that do not sum to 1"},
    {"missing-lse", "the log-sum-exp is left out of the gradient into the labels", "-x/N", "(lse(x) - x)/N",
     "choose logits whose log-sum-exp is not 0"},
    {"factor-n", "the mean's division by N, the number of rows, is left out", "S*p - t", "(S*p - t)/N",
     "give two rows or more"},
    {"transposed", "rows and columns of the gradient are exchanged", "transpose of (S*p - t)/N", "(S*p - t)/N",
     "give two different rows or more"}};

const Break& break_named(const std::string& name) {
  for (const Break& b : breaks)
    if (name == b.name) return b;
  throw std::invalid_argument("there is no break \"" + name + "\"");
}

bool differ(const lt::Tensor& a, const lt::Tensor& b) {
  return lt::max(lt::abs(a - b)).item<double>() > 1e-9 * (1 + lt::max(lt::abs(b)).item<double>());
}

Json pair_of(const lt::Tensors& gradients) {
  return {{"logits", json_of(gradients[0])}, {"labels", json_of(gradients[1])}};
}

Json in_rows(const Json& list, std::int64_t classes) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i % static_cast<std::size_t>(classes) == 0) rows.push_back(Json::array());
    rows.back().push_back(list[i]);
  }
  return rows;
}

Json worst_of(const lt::GradientElement& e, const lt::GradientReport& report) {
  if (report.ok()) return nullptr;
  return {{"input", e.input_name},
          {"index", e.index},
          {"analytic", json_of(e.analytic)},
          {"numeric", json_of(e.numeric)},
          {"error_bar", json_of(e.error_bar)},
          {"allowed", json_of(e.allowed)}};
}

}  // namespace

Json answer_check(const Json& asked) {
  const Request r(asked, {"break", "logits", "labels", "order"});
  const std::string broken =
      r.choice("break", {"none", "sign", "missing-mass", "missing-lse", "factor-n", "transposed"});
  const Break& b = break_named(broken);
  const Rows rows = rows_of(r);
  const auto mean_loss = [](lt::TensorList in) { return lt::cross_entropy(in[0], in[1]); };
  const auto op =
      lt::custom_op("cross_entropy", mean_loss,
                    [mistake = lt::mistake_named(broken)](lt::TensorList in, lt::TensorList, lt::TensorList g) {
                      const lt::Tensors gradients = lt::gradients_with(mistake, in[0], in[1], lt::Reduction::mean);
                      return lt::Tensors{gradients[0] * g[0], gradients[1] * g[0]};
                    });
  const lt::Tensors inputs = {rows.logits, rows.labels};
  const lt::Tensors right = lt::value_and_grad(mean_loss, inputs).gradients,
                    wrong = lt::value_and_grad(op, inputs).gradients;
  if (broken != "none" && !differ(wrong[0], right[0]) && !differ(wrong[1], right[1]))
    throw std::invalid_argument("with these numbers this break changes nothing: " + std::string(b.shows_if));
  const lt::GradientReport report = lt::check_gradients(
      op, inputs, {.order = static_cast<int>(r.whole("order", 1, 1, 2)), .names = {"logits", "labels"}});
  const std::int64_t classes = rows.logits.shape()[1];
  return {{"break", broken},
          {"what", b.what},
          {"formula", b.formula},
          {"right_formula", b.right_formula},
          {"right", pair_of(right)},
          {"wrong", pair_of(wrong)},
          {"numeric",
           {{"logits", in_rows(numeric_derivatives(mean_loss, inputs, 0), classes)},
            {"labels", in_rows(numeric_derivatives(mean_loss, inputs, 1), classes)}}},
          {"verdict", lt::name(report.verdict())},
          {"hint", lt::name(report.hint)},
          {"hint_text", report.hint_text},
          {"report", report.str()},
          {"worst", worst_of(report.worst, report)}};
}
