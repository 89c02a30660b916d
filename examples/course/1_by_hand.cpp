// Lesson 1: from logits to the gradient, by hand. Nothing but C++: g++ -std=c++20 1_by_hand.cpp && ./a.out
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

using Numbers = std::vector<double>;

// Change these, and run again: any number of classes, and as many labels in each row.
const Numbers logits = {4, 2, 1};
const std::vector<Numbers> rows_of_labels = {{1, 0, 0}, {0.7, 0.2, 0.1}, {1, 1, 0}};

// lse = log(exp(x0) + exp(x1) + ...). The largest logit is taken off first: exp(710) is too large for a double.
double log_sum_exp(const Numbers& x) {
  const double largest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (const double logit : x) sum += std::exp(logit - largest);
  return largest + std::log(sum);
}

// p, the probability of each class: exp(x) / (exp(x0) + exp(x1) + ...), which is exp(x - lse).
Numbers softmax(const Numbers& x) {
  Numbers p;
  for (const double logit : x) p.push_back(std::exp(logit - log_sum_exp(x)));
  return p;
}

// The loss: t0 * surprise0 + t1 * surprise1 + ..., where the surprise of a class is -log(p), which is lse - x.
double loss(const Numbers& x, const Numbers& t) {
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += t[i] * (log_sum_exp(x) - x[i]);
  return total;
}

// S: the mass of the labels, which is their sum.
double mass(const Numbers& t) { return std::accumulate(t.begin(), t.end(), 0.0); }

// The gradient, how fast the loss grows with each logit, by the formula: S*p - t.
Numbers by_formula(const Numbers& x, const Numbers& t) {
  Numbers g = softmax(x);
  for (std::size_t i = 0; i < x.size(); ++i) g[i] = mass(t) * g[i] - t[i];
  return g;
}

// The same without the formula: move one logit a little up and a little down, and see what the loss does.
Numbers by_differences(const Numbers& x, const Numbers& t, double h = 1e-4) {
  Numbers g;
  for (std::size_t i = 0; i < x.size(); ++i) {
    Numbers up = x, down = x;
    up[i] += h;
    down[i] -= h;
    g.push_back((loss(up, t) - loss(down, t)) / (2 * h));
  }
  return g;
}

void print(const char* name, const Numbers& numbers) {
  std::printf("%-15s", name);
  for (const double number : numbers) std::printf("%9.4f", number);
  std::printf("\n");
}

int main() {
  for (const Numbers& labels : rows_of_labels) {
    if (labels.size() == logits.size() && !labels.empty()) continue;
    std::fprintf(stderr, "%zu labels for %zu logits: each logit needs one label\n", labels.size(), logits.size());
    return 2;
  }
  print("logits x", logits);
  print("softmax p", softmax(logits));
  for (const Numbers& labels : rows_of_labels) {
    std::printf("\n");
    print("labels t", labels);
    print("mass S", {mass(labels)});
    print("loss", {loss(logits, labels)});
    print("S*p - t", by_formula(logits, labels));
    print("by differences", by_differences(logits, labels));
  }
}
