// Lesson 6: labels that learn. The loss has a gradient into the labels, and a step against it mends wrong ones.
#include <logitape/tape.h>

#include <cstdio>
#include <exception>
#include <vector>

namespace lt = logitape;

// Change these, and run again.
const std::vector<double> teacher = {4, 2, 1};  // its logits
const int points = 150, wrong_of_ten = 1;       // point i belongs to class i % 3; so many of ten labels are wrong
const double rate = 0.5, label_rate = 0.1;      // how far one step goes against the gradient
const int steps = 300, labels_stay = 100;       // for so many steps the labels stay as they were given

void print(const char* name, const lt::Tensor& row) {
  std::printf("%-13s", name);
  for (const double number : row.to_vector()) std::printf("%8.4f", number);
  std::printf("\n");
}

// Distillation: a student learns from the probabilities of a teacher, who learns from the student too, or does not.
void distil(bool teacher_learns) {
  lt::Tensor u = lt::from_span(teacher, {std::ssize(teacher)}), x = lt::zeros_like(u);  // logits of teacher and student
  for (int step = 0; step < 500; ++step) {
    x = lt::variable(x), u = lt::variable(u);
    const lt::Tensors into = lt::grad(lt::cross_entropy(x, lt::softmax(u)), {x, u});
    x = x - rate * into[0];
    if (teacher_learns) u = u - rate * into[1];
  }
  std::printf("%s\n", teacher_learns ? "the teacher learns too" : "the teacher stays");
  print("  teacher's p", lt::softmax(u));
  print("  student's p", lt::softmax(x));
  print("  loss", lt::cross_entropy(x, lt::softmax(u)));
}

// Of the chosen points: how much the given label surprises the classifier, and how much of that label is left.
void report(int step, const lt::Tensor& chosen, const lt::Tensor& surprise, const lt::Tensor& left, const char* which) {
  const int count = lt::count(chosen).item<int>(), changed = lt::count(chosen & (left < 0.5)).item<int>();
  if (count == 0) return;
  std::printf("step %3d  %3d %s labels: surprise %.2f, left %.2f, changed %d\n", step, count, which,
              lt::mean(surprise[chosen]).item(), lt::mean(left[chosen]).item(), changed);
}

void mend_labels() {
  std::vector<std::int64_t> true_class, given_class;
  for (int i = 0; i < points; ++i) {
    true_class.push_back(i % 3);
    given_class.push_back(i % 10 < wrong_of_ten ? (i + 1) % 3 : i % 3);
  }
  lt::Generator rng{7};
  const lt::Tensor truth = lt::from_span(true_class, {points}), given = lt::from_span(given_class, {points});
  const lt::Tensor centres = lt::tensor({{0.0, 1.0}, {-0.9, -0.5}, {0.9, -0.5}});
  const lt::Tensor at = lt::gather(centres, truth) + 0.4 * lt::randn({points, 2}, rng, lt::DType::f64);
  const lt::Tensor one_hot = lt::one_hot(given, 3, lt::DType::f64), is_wrong = lt::not_equal(truth, given);
  // What learns: weights, bias, and the logits of the labels: softmax makes 0.91 for the given class of 3, 0 and 0.
  lt::Tensors w = {lt::zeros({2, 3}, lt::DType::f64), lt::zeros({3}, lt::DType::f64), 3 * one_hot};
  for (int step = 0; step <= steps; ++step) {
    for (lt::Tensor& values : w) values = lt::variable(values);
    const lt::Tensor x = lt::matmul(at, w[0]) + w[1], t = lt::softmax(w[2]);
    if (step % 100 == 0) {
      const lt::Tensor surprise = lt::cross_entropy(x, given, {.reduction = lt::Reduction::none});
      const lt::Tensor left = lt::sum(t * one_hot, 1);
      report(step, is_wrong, surprise, left, "wrong");
      report(step, !is_wrong, surprise, left, "right");
    }
    const lt::Tensors into = lt::grad(lt::cross_entropy(x, t), w);
    w[0] = w[0] - rate * into[0];
    w[1] = w[1] - rate * into[1];
    if (step >= labels_stay) w[2] = w[2] - label_rate * points * into[2];  // the loss is a mean over the points
  }
}

int main() try {
  for (const bool teacher_learns : {false, true}) distil(teacher_learns);
  mend_labels();
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
