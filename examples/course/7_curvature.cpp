// Lesson 7: curvature. Newton's step with the Hessian-vector product, beside gradient descent.
#include <logitape/tape.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

namespace lt = logitape;

// Change these, and run again: any number of classes, and as many labels.
const std::vector<double> logits = {4, 2, 1};
const std::vector<double> labels = {0.7, 0.2, 0.1};
const double rate = 1;  // of gradient descent
const int steps = 4;

lt::Tensor tensor(const std::vector<double>& row) { return lt::from_span(row, {std::ssize(row)}); }

lt::Tensor loss(const lt::Tensor& x) { return lt::cross_entropy(x, tensor(labels)); }

lt::Tensor gradient(const lt::Tensor& at) {
  const lt::Tensor x = lt::variable(at);
  return lt::grad(loss(x), x);
}

// H*v: how the gradient changes where x moves along v. It is the gradient of a gradient; H itself is not needed.
lt::Tensor hessian_times(const lt::Tensor& at, const lt::Tensor& v) {
  const lt::Tensor x = lt::variable(at);
  const lt::Tensor g = lt::grad(loss(x), x, {.create_graph = true});  // on the tape, to be differentiated again
  return lt::grad(lt::sum(g * v), x);
}

// Newton's step d, for which H*d = g, by conjugate gradients: a search along one direction after the other, each of
// them a sum of g and of products H*v. Their elements all sum to 0, so (1 1 1), where H is 0, never comes in.
lt::Tensor newton_step(const lt::Tensor& x) {
  lt::Tensor rest = gradient(x), direction = rest, d = lt::zeros_like(rest);
  for (int i = 1; i < rest.size() && lt::norm(rest).item() > 1e-12; ++i) {
    const lt::Tensor curved = hessian_times(x, direction);
    const lt::Tensor length = lt::dot(rest, rest) / lt::dot(direction, curved);
    const lt::Tensor still = rest - length * curved;  // g - H*d
    d = d + length * direction;
    direction = still + lt::dot(still, still) / lt::dot(rest, rest) * direction;
    rest = still;
  }
  return d;
}

void print(const char* name, const lt::Tensor& row) {
  std::printf("%-16s", name);
  for (const double number : row.to_vector()) std::printf("%9.4f", std::round(number * 1e4) / 1e4 + 0.0);  // no -0.0000
  std::printf("\n");
}

int main() try {
  lt::Tensor descent = tensor(logits), newton = descent;
  const std::int64_t n = descent.size();
  lt::Tensors rows;
  for (int i = 0; i < n; ++i) rows.push_back(hessian_times(newton, lt::eye(n, lt::DType::f64)[i]));
  const lt::Tensor hessian = lt::stack(rows, 0);
  print("gradient g", gradient(newton));
  for (const lt::Tensor& row : rows) print("row of H", row);
  print("sums of rows", lt::sum(hessian, 1));
  print("step by H*v", newton_step(newton));
  print("step by H + 1/n", lt::solve(hessian + 1.0 / static_cast<double>(n), gradient(newton)));

  const double least = loss(lt::log(tensor(labels))).item();  // where softmax(x) = t/S
  for (int step = 0; step <= steps; ++step) {
    const auto above = [&](const lt::Tensor& x) { return std::max(loss(x).item() - least, 0.0); };
    std::printf("step %d  above the least loss: descent %.0e, Newton %.0e\n", step, above(descent), above(newton));
    descent = descent - rate * gradient(descent);
    lt::Tensor d = newton_step(newton);
    while (loss(newton - d).item() > loss(newton).item() && lt::norm(d).item() > 1e-9) d = d / 2;  // it can be too long
    newton = newton - d;
  }
  print("Newton's x", newton);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
