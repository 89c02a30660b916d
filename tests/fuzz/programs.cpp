// Random programs of ops, and shapes that strangers ask for. The gradient of a program by the tape is what forward mode
// says along a direction, and what differences of the program itself say.
#include <logitape.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/fuzz/targets.h"

namespace logitape::fuzz {
namespace {

Tensor numbers_of(Source& source, const Shape& shape) {
  std::vector<double> x(static_cast<std::size_t>(shape.size()));
  for (double& value : x) value = source.number();
  return from_span(x, shape);
}

Shape small_shape(Source& source) {
  Ints extents;
  for (std::size_t rank = source.below(4); rank > 0; --rank)
    extents.push(1 + static_cast<std::int64_t>(source.below(3)));
  return extents;
}

using Unary = Tensor (*)(const Tensor&);
constexpr std::array<Unary, 14> unary = {
    [](const Tensor& x) { return exp(x); },
    [](const Tensor& x) { return tanh(x); },
    [](const Tensor& x) { return sigmoid(x); },
    [](const Tensor& x) { return log1p(exp(x)); },
    [](const Tensor& x) { return sin(x); },
    [](const Tensor& x) { return erf(x); },
    [](const Tensor& x) { return x * x; },
    [](const Tensor& x) { return log(x * x + 0.5); },
    [](const Tensor& x) { return sqrt(x * x + 0.25); },
    [](const Tensor& x) { return gelu(x); },
    [](const Tensor& x) { return silu(x); },
    [](const Tensor& x) { return -x; },
    [](const Tensor& x) { return x / (x * x + 1.0); },
    [](const Tensor& x) { return x * 0.5 + 1.0; },
};

Tensor along_last(const Tensor& x, std::size_t which) {
  if (x.rank() == 0) return x;
  switch (which) {
    case 0: return softmax(x);
    case 1: return log_softmax(x);
    case 2: return sum(x, -1);
    case 3: return mean(x, 0);
    case 4: return logsumexp(x, -1);
    case 5: return cross_entropy(x, softmax(sin(x)), {.reduction = Reduction::none});
    default: return x[range(0, 1)];
  }
}

// What the bytes say to do with these inputs: the same each time it is called with the same bytes.
Tensor run_program(Source source, TensorList inputs) {
  std::vector<Tensor> made;
  for (const Tensor& x : inputs) made.push_back(x);
  for (int step = 0; step < 12 && !source.empty(); ++step) {
    const Tensor x = made[source.below(made.size())], y = made[source.below(made.size())];
    const std::size_t op = source.below(8), which = source.below(64);
    Tensor result;
    try {
      switch (op) {
        case 0:
        case 1: result = unary[which % unary.size()](x); break;
        case 2: result = which % 3 == 0 ? x + y : which % 3 == 1 ? x - y : x * y; break;
        case 3: result = matmul(x, y, {.transpose_a = (which & 1) != 0, .transpose_b = (which & 2) != 0}); break;
        case 4: result = along_last(x, which % 7); break;
        case 5: result = reshape(x, {x.size()}); break;
        case 6: result = x.rank() == 2 ? transpose(x) : x; break;
        default: result = concat({x, y}, 0);
      }
    } catch (const Error&) {
      continue;  // shapes that do not meet
    }
    if (result.size() == 0 || result.size() > 256) continue;
    made.push_back(result);
  }
  Tensor total = sum(made.back());
  for (const Tensor& x : made) total = total + mean(x);
  return total;
}

void program(Bytes bytes) {
  Source source(bytes);
  Tensors inputs, directions;
  for (std::size_t i = 0; i < 2; ++i) {
    const Shape shape = small_shape(source);
    inputs.push_back(numbers_of(source, shape));
    directions.push_back(numbers_of(source, shape));
  }
  const auto f = [&](TensorList x) { return run_program(source, x); };
  const double value = f(inputs).item<double>();
  if (!std::isfinite(value) || std::abs(value) > 1e6) return;
  Tensors marked;
  for (const Tensor& x : inputs) marked.push_back(variable(x));
  const Tensor y = f(marked);
  if (std::memcmp(&value, y.to_vector<double>().data(), sizeof value) != 0) {
    std::fprintf(stderr, "recorded and unrecorded differ: %.17g, %.17g\n", y.item<double>(), value);
    std::abort();
  }
  const Tensors gradients = grad(y, marked);
  double by_tape = 0, size = 1e-300;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<double> g = gradients[i].to_vector<double>(), v = directions[i].to_vector<double>();
    for (std::size_t k = 0; k < g.size(); ++k) {
      by_tape += g[k] * v[k];
      size += std::abs(g[k] * v[k]);
    }
  }
  if (!std::isfinite(size) || size > 1e6) return;
  const double forward = jvp(f, inputs, directions).tangent.item<double>();
  if (!(std::abs(forward - by_tape) <= 1e-9 * (size + std::abs(value)))) {
    std::fprintf(stderr, "the tape says %.17g, forward mode %.17g\n", by_tape, forward);
    std::abort();
  }
  const GradientReport report = check_gradients(f, inputs, {.order = 1, .reruns = false});
  if (report.verdict() == Verdict::fail) {
    std::fprintf(stderr, "%s\n", report.str().c_str());
    std::abort();
  }
}

// Extents, axes and indices of any size: refused, or small enough to be made.
void shapes(Bytes bytes) {
  Source source(bytes);
  const auto extent = [&]() -> std::int64_t {
    static constexpr std::int64_t hard[] = {
        0,         1,         -1, 2, 3, 1 << 16, std::int64_t{1} << 31, std::int64_t{1} << 32, std::int64_t{1} << 62,
        INT64_MAX, INT64_MIN, 7};
    return hard[source.below(std::size(hard))];
  };
  const Tensor x = arange(24);
  while (!source.empty()) {
    try {
      Ints extents;
      for (std::size_t rank = source.below(5); rank > 0; --rank) extents.push(extent());
      switch (source.below(8)) {
        case 0: (void)reshape(x, extents); break;
        case 1: {
          const Shape shape(extents);
          if (shape.size() <= 1000) (void)zeros(shape);
          break;
        }
        case 2:
          if (Shape(extents).size() <= 1000) (void)broadcast_to(x[{0}], extents);
          break;
        case 3: (void)sum(reshape(x, {2, 3, 4}), extent()); break;
        case 4: (void)x[range(extent(), extent())]; break;
        case 5: (void)softmax(reshape(x, {4, 6}), extent()); break;
        case 6: (void)one_hot(tensor({0, 1}), extent() & 0xffff); break;
        default: (void)concat({x, x}, extent());
      }
    } catch (const Error&) {
    }
  }
}

}  // namespace

extern const std::vector<Target> of_programs = {{"program", program}, {"shapes", shapes}};

}  // namespace logitape::fuzz
