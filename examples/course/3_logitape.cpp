// Lesson 3: the same gradients with logitape. A line of its tape holds a whole row of numbers, or many rows.
#include <logitape/tape.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

namespace lt = logitape;

// Change these, and run again: any number of classes, and as many labels in each row.
const std::vector<double> logits = {4, 2, 1};
const std::vector<std::vector<double>> rows_of_labels = {{1, 0, 0}, {0.7, 0.2, 0.1}, {1, 1, 0}};

// A row of numbers at the beginning of the tape: gradients flow back to it.
lt::Tensor variable(const std::vector<double>& row) { return lt::variable(lt::from_span(row, {std::ssize(row)})); }

void print(const char* name, const lt::Tensor& row) {
  std::printf("%-15s", name);
  for (const double number : row.to_vector()) std::printf("%9.4f", number);
  std::printf("\n");
}

int main() try {
  if (rows_of_labels.empty()) throw std::invalid_argument("rows_of_labels is empty: it needs a row of labels");
  const lt::Tensor x = variable(logits);
  const lt::Tensor t = variable(rows_of_labels.front());
  const lt::Tensor by_ops = lt::sum(t * (lt::logsumexp(x) - x));  // the formula of lessons 1 and 2
  const lt::Tensor at_once = lt::cross_entropy(x, t);             // the library's name for it
  std::printf("by ops:\n%sat once:\n%s", lt::tape(by_ops).c_str(), lt::tape(at_once).c_str());

  std::vector<lt::Tensor> rows;
  for (const auto& row : rows_of_labels) {
    const lt::Tensor labels = variable(row);
    const lt::Tensor loss = lt::cross_entropy(x, labels);
    const lt::Tensors gradients = lt::grad(loss, {x, labels});
    std::printf("\n");
    print("labels t", labels);
    print("loss", loss);
    print("into the logits", gradients[0]);
    print("into the labels", gradients[1]);
    rows.push_back(labels);
  }

  // All rows in one call, as a classifier does it. A batch has the shape [rows, classes]; its loss is the mean.
  const lt::Tensor labels = lt::stack(rows, 0);
  const lt::Tensor batch = lt::variable(lt::broadcast_to(x, labels.shape()));
  const lt::Tensor loss = lt::cross_entropy(batch, labels);
  const lt::Tensor into_batch = lt::grad(loss, batch);
  std::printf("\n");
  print("mean loss", loss);
  for (int row = 0; row < std::ssize(rows); ++row) print("into a row", into_batch[row]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
