// Softmax cross-entropy of one's own numbers, step by step: values, gradients into logits and labels, second
// derivatives. The explanation is plain data; a terminal, JSON and a page show the same.
//   const Explanation e = explain(tensor({4.0, 2.0, 1.0}), tensor({1.0, 0.0, 0.0}));
//   std::cout << explanation_text(e, terminal_of(stdout));
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/autograd/check/gradient_report.h"
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// What is done with the numbers before and after the loss; by default nothing.
struct ExplainOptions {
  NamedOnly named_only = NamedOnly();
  DType dtype = DType::f64;  // the numbers are rounded to it, and the library computes in it
  std::int64_t axis = -1;    // of the classes
  std::int64_t row = 0;      // of several rows, the one that is shown step by step
  Reduction reduction = Reduction::mean;
  Denominator denominator = Denominator::count;
  double label_smoothing = 0;                     // e in [0, 1]: labels become (1 - e)*t + e/classes
  double temperature = 1;                         // logits are divided by it
  std::vector<double> class_weights = {};         // labels are multiplied by them, a number a class
  std::vector<std::int64_t> masked_classes = {};  // their logits become -inf: they cannot happen
  double learning_rate = 1;                       // of the one step of descent
  std::vector<std::string> classes = {};          // their names; empty: 0, 1, 2, ...
};

// A table of numbers, whose columns are what a step computes: x, x - m, exp(x - m).
struct NamedNumbers {
  std::string symbol = {};                           // of the whole, where it has one: "J"
  std::string meaning = {};                          // in words: "how each probability moves with each logit"
  std::vector<std::string> rows = {}, columns = {};  // their names
  std::vector<double> values = {};                   // [rows, columns], row-major; NaN: nothing stands there
};

// A claim, and a second way to the same numbers. Not a proof: a mistake in one of both ways would be seen.
struct Comparison {
  std::string claim = {};           // "p sums to 1"
  std::string second_way = {};      // "exp(x) / sum(exp(x)) in 64 bits of precision"
  double difference = 0;            // the largest between both
  double allowed = 0;               // what rounding explains,
  std::string reason = {};          // and why
  Verdict verdict = Verdict::pass;  // inconclusive: the second way cannot tell here, and the reason says why
};

// One step of the way from logits to second derivatives: what is said, what is computed, and what was compared.
struct ExplainedStep {
  std::string id = {};       // "inputs", "shift", ...: the same for all numbers
  std::string title = {};    // "Logits become probabilities"
  std::string formula = {};  // in plain ASCII, one a line; may be empty
  std::vector<std::string> sentences = {};
  std::vector<NamedNumbers> numbers = {};
  std::vector<Comparison> comparisons = {};
};

// A gradient's element beside a numeric derivative, as check_gradients measures it.
struct MeasuredElement {
  std::int64_t at = 0;  // the class
  double analytic = 0, numeric = 0, error_bar = 0;
  Verdict verdict = Verdict::pass;
};

// The error of differences against their step h, for one element: it falls with h^2, then rises as rounding is divided
// by h.
struct DifferenceCurve {
  std::int64_t at = 0;                                        // the class of the logit
  double derivative = 0;                                      // the rule's
  std::vector<double> step = {}, central = {}, forward = {};  // errors of (f(x+h) - f(x-h))/2h and (f(x+h) - f(x))/h
};

// One step of descent of the reduced loss by the logits. Values are of the row that is shown, a number a class.
struct DescentStep {
  double learning_rate = 1;
  std::vector<double> logits_after = {}, probabilities_after = {};
  double loss_after = 0;                     // of the row
  double total_before = 0, total_after = 0;  // of all rows, reduced
  double first_order = 0, second_order = 0;  // the total as the gradient alone, and with the Hessian, predicted it
};

// All that is known about one row of numbers. Arrays have a number a class unless they say otherwise.
struct Explanation {
  ExplainOptions options;
  std::vector<std::string> classes = {};  // all names
  std::vector<std::int64_t> shown = {};   // the classes in tables and matrices: all if they are few, else those that
                                          // matter most
  std::int64_t rows = 1;                  // of the whole input
  bool index_labels = false;              // labels were given as class indices

  std::vector<double> given_logits = {}, given_labels = {};  // of the row, as they were given, in the dtype
  std::vector<double> logits = {};  // x, as the loss sees them: divided by the temperature, masked ones -inf
  std::vector<double> labels = {};  // t, as the loss sees them: smoothed, weighted
  double mass = 0;                  // S, the sum of t
  double maximum = 0, log_sum_exp = 0;
  std::vector<double> probabilities = {}, log_probabilities = {};
  std::vector<double> terms = {};            // t*(-log p): the loss is their sum
  double loss = 0;                           // of the row
  std::vector<double> logits_gradient = {};  // S*p - t: d loss / d logits
  std::vector<double> labels_gradient = {};  // -log p: d loss / d labels; +inf for a masked class

  double total = 0;                                                            // the loss of all rows, reduced
  double factor = 1;                                                           // d total / d loss
  std::vector<double> given_logits_gradient = {}, given_labels_gradient = {};  // d total / d what was given

  // Of the shown classes, [shown, shown], row-major.
  std::vector<double> jacobian = {};  // d p[i] / d x[j] = p[i]*([i = j] - p[j])
  std::vector<double> hessian = {};   // d2 loss / d x[i] d x[j] = S * jacobian
  std::vector<double> mixed = {};     // d2 loss / d t[i] d x[j] = p[j] - [i = j]

  std::vector<MeasuredElement> logits_differences = {}, labels_differences = {};  // of the shown classes
  DifferenceCurve curve = {};
  DescentStep descent = {};

  std::vector<ExplainedStep> steps = {};

  bool ok() const;  // no comparison failed
};

// logits x of [classes] or any shape with an axis of classes; labels of that shape, or class indices without that axis.
// Errors: invalid_argument with a sentence that says what to write instead, for one class, shapes that do not fit,
// logits that are NaN or +inf, labels that are negative, have mass 0 or name no class, a label on a masked class, an
// option out of its range.
Explanation explain(const Tensor& logits, const Tensor& labels, const ExplainOptions& options = {});

// The steps as lines, never wider than the terminal's columns if they are 40 or more.
std::string explanation_text(const Explanation& explanation, const Terminal& terminal);

// The first steps alone: what came in, before anything is computed. For who is asked to predict the rest.
std::string explanation_inputs_text(const Explanation& explanation, const Terminal& terminal);

// Sentences, wrapped to the terminal's columns.
std::string wrapped_text(const std::string& text, const Terminal& terminal);

// The whole as one JSON object; members are called as here. Infinities and NaN are the strings "inf", "-inf", "nan".
std::string explanation_json(const Explanation& explanation);

}  // namespace logitape::inline v0
