// Lesson 4: is the gradient right? Differences with error bars, and a mistake that they find.
#include <logitape/tape.h>

#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace lt = logitape;

// Change these, and run again: any number of classes, and as many labels in each row.
const std::vector<double> logits = {4, 2, 1};
const std::vector<std::vector<double>> rows_of_labels = {{1, 0, 0}, {0.7, 0.2, 0.1}, {1, 1, 0}};

lt::Tensor tensor(const std::vector<double>& row) { return lt::from_span(row, {std::ssize(row)}); }

lt::Tensor loss(const lt::Tensor& x, const lt::Tensor& t) { return lt::cross_entropy(x, t); }

// The same loss with a rule of our own, and a mistake in it: the gradient into the logits is S*p - t, not p - t.
const auto mistaken_loss = lt::custom_op(
    "mistaken_loss", [](lt::TensorList in) { return loss(in[0], in[1]); },
    [](lt::TensorList in, lt::TensorList, lt::TensorList g) {
      const lt::Tensor &x = in[0], &t = in[1];
      return lt::Tensors{g[0] * (lt::softmax(x) - t), g[0] * (lt::logsumexp(x) - x)};
    });

// How fast the loss grows with logit 0: from its values a step h above and below.
double difference(const lt::Tensor& x, const lt::Tensor& t, double h) {
  std::vector<double> up(static_cast<std::size_t>(x.size()), 0.0);
  up[0] = h;
  return (loss(x + tensor(up), t).item() - loss(x - tensor(up), t).item()) / (2 * h);
}

// The error bar has two parts. Halve the step: how far the answer moves tells what is wrong with a large step. And
// the last digits of the loss and of the logit are rounded: divided by a small step, that is a large error.
void print_difference(const lt::Tensor& x, const lt::Tensor& t, double h, double by_tape) {
  const double answer = difference(x, t, h / 2), moved = std::abs(difference(x, t, h) - answer);
  const double rounded = 4e-16 * (std::abs(loss(x, t).item()) + std::abs(x[0].item())) / h;
  const bool inside = std::abs(answer - by_tape) <= moved + rounded;
  std::printf("step %-6g  %8.5f +- %-7.0e %s\n", h, answer, moved + rounded, inside ? "agrees" : "DISAGREES");
}

int main() try {
  if (rows_of_labels.empty()) throw std::invalid_argument("rows_of_labels is empty: it needs a row of labels");
  const lt::Tensor x = lt::variable(tensor(logits));
  const double by_tape = lt::grad(loss(x, tensor(rows_of_labels[0])), x)[0].item();
  std::printf("the tape     %8.5f into logit 0\n", by_tape);
  for (const double h : {1.0, 0.1, 0.01, 1e-6, 1e-17}) print_difference(x, tensor(rows_of_labels[0]), h, by_tape);

  for (const auto& row : rows_of_labels) {
    const lt::Tensor t = tensor(row);
    std::printf("\nlabels");
    for (const double label : row) std::printf(" %g", label);
    std::printf("\n");
    for (const int order : {1, 2}) {
      const lt::GradcheckOptions options = {.order = order, .names = {"logits", "labels"}};
      const lt::GradientReport right = lt::check_gradients(loss, {x, t}, options);
      const lt::GradientReport wrong = lt::check_gradients(mistaken_loss, {x, t}, options);
      std::printf("order %d  S*p - t: %s  p - t: %s\n", order, name(right.verdict()).data(),
                  name(wrong.verdict()).data());
      if (!wrong.ok()) std::printf("  hint: %s\n", name(wrong.hint).data());
      if (wrong.ok() || order == 2) continue;
      const lt::GradientElement& worst = wrong.worst;
      std::printf("  into %s[%d]: by the rule %.4f, by differences %.4f\n  %s\n", worst.input_name.c_str(),
                  static_cast<int>(worst.index[0]), worst.analytic, worst.numeric, wrong.hint_text.c_str());
    }
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
