// Lesson 5: a classifier from nothing. Two models learn which points lie inside a circle.
#include <logitape/tape.h>

#include <cstdio>
#include <exception>

namespace lt = logitape;

// Change these, and run again.
const double rate = 0.5;  // how far one step goes against the gradient
const int steps = 1000;
const int hidden_units = 16;

struct Points {
  lt::Tensor at, classes;  // [points, 2]; [points], each 0 or 1
};

Points points_of(const lt::Tensor& at) {
  const lt::Tensor inside = lt::sum(at * at, 1) < 0.6;  // class 1: less than sqrt(0.6) from the middle
  return {at, inside.to(lt::DType::i64)};
}

// Both models make two logits of each point, one a class. w: their weights and biases.
lt::Tensor linear(lt::TensorList w, const lt::Tensor& at) { return lt::matmul(at, w[0]) + w[1]; }
lt::Tensor network(lt::TensorList w, const lt::Tensor& at) {
  const lt::Tensor hidden = lt::relu(lt::matmul(at, w[0]) + w[1]);  // [points, hidden_units]
  return lt::matmul(hidden, w[2]) + w[3];
}
using Model = lt::Tensor (*)(lt::TensorList w, const lt::Tensor& at);

double accuracy(Model model, lt::TensorList w, const Points& points) {
  const lt::Tensor right = lt::equal(lt::argmax(model(w, points.at), 1), points.classes);
  return 100 * lt::mean(right).item();
}

// The loop: the loss, its gradient, a step against the gradient. Values of tensors never change: each step makes new
// weights.
lt::Tensors learn(Model model, lt::Tensors w, const Points& points) {
  for (int step = 0; step <= steps; ++step) {
    for (lt::Tensor& weights : w) weights = lt::variable(weights);
    const lt::Tensor loss = lt::cross_entropy(model(w, points.at), points.classes);
    if (step % 250 == 0)
      std::printf("step %4d  loss %.3f  accuracy %5.1f%%\n", step, loss.item(), accuracy(model, w, points));
    const lt::Tensors gradients = lt::grad(loss, w);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = w[i] - rate * gradients[i];
  }
  return w;
}

int main() try {
  lt::Generator rng{7};
  const auto random = [&rng](lt::Shape shape) { return lt::randn(shape, rng, lt::DType::f64); };
  const auto zeros = [](lt::Shape shape) { return lt::zeros(shape, lt::DType::f64); };
  const auto square = [&rng] { return 2 * lt::uniform({200, 2}, rng, lt::DType::f64) - 1; };
  const Points known = points_of(square()), fresh = points_of(square());

  std::printf("linear\n");
  const lt::Tensors lines = learn(linear, {zeros({2, 2}), zeros({2})}, known);
  std::printf("one hidden layer\n");
  const lt::Tensors layers =
      learn(network, {random({2, hidden_units}), zeros({hidden_units}), zeros({hidden_units, 2}), zeros({2})}, known);
  std::printf("200 new points: linear %.1f%%, one hidden layer %.1f%%\n", accuracy(linear, lines, fresh),
              accuracy(network, layers, fresh));

  for (int row = 5; row >= -5; --row) {  // what the network makes of the square: # is inside
    for (int column = -10; column <= 10; ++column) {
      const lt::Tensor at = lt::tensor({{column / 10.0, row / 5.0}});
      std::printf("%c", lt::argmax(network(layers, at), 1).item() == 1 ? '#' : '.');
    }
    std::printf("\n");
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
