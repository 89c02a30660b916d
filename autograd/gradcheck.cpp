// Perturb, compare, then the gradient's gradient.
#include "logitape/autograd/gradcheck.h"

#include <array>
#include <cmath>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/random.h"
#include "logitape/core/require.h"

namespace logitape::inline v0 {
namespace {

using Values = std::vector<double>;

// sum(seed * f(inputs)) in double: the scalar whose derivative is looked at.
double projected(const TensorFunction& f, std::span<const Tensor> inputs, const Values& seed) {
  const Tensor result = f(inputs);
  require(result.defined(), "check_gradients", "f returned an empty tensor");
  const Values y = result.to_vector<double>();
  double total = 0;
  for (std::size_t i = 0; i < y.size(); ++i) total += seed[i] * y[i];
  return total;
}

Tensor from_values(const Values& values, const Shape& shape, DType dtype) {
  if (dtype == DType::f64) return from_span(values, shape);
  return from_span(std::vector<float>(values.begin(), values.end()), shape);
}

struct Estimate {
  double value = 0, error = 0;
};

// Central differences at steps h, h/1.4, h/1.4^2, ..., extrapolated to 0 (Ridders 1982). Truncation falls and rounding
// grows with every row; the entry that agrees best with its neighbours wins, and the disagreement is its error bar.
template <class F>
Estimate ridders(F difference, double h) {
  constexpr int rows = 8;
  constexpr double shrink = 1.4;
  std::array<std::array<double, rows>, rows> a{};
  Estimate best{0, std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i < rows; ++i, h /= shrink) {
    a[i][0] = difference(h);
    if (i == 0) best.value = a[0][0];
    double factor = shrink * shrink;
    for (std::size_t j = 1; j <= i; ++j, factor *= shrink * shrink) {
      a[i][j] = (a[i][j - 1] * factor - a[i - 1][j - 1]) / (factor - 1);
      const double error = std::max(std::fabs(a[i][j] - a[i][j - 1]), std::fabs(a[i][j] - a[i - 1][j - 1]));
      if (error <= best.error) best = {a[i][j], error};
    }
    if (i > 0 && std::fabs(a[i][i] - a[i - 1][i - 1]) >= 2 * best.error) break;  // rounding has taken over
  }
  return best;
}

// d projected / d inputs[which][element].
Estimate numeric(const TensorFunction& f, std::vector<Tensor> inputs, std::size_t which, std::size_t element, const Values& seed) {
  const Tensor original = inputs[which];
  const DType dtype = original.dtype();
  Values values = original.to_vector<double>();
  const double x = values[element], h = (dtype == DType::f64 ? 1e-2 : 5e-2) * std::max(0.1, std::fabs(x));
  const auto at = [&](double moved, double& reached) {
    values[element] = moved;
    inputs[which] = from_values(values, original.shape(), dtype);
    reached = dtype == DType::f64 ? moved : static_cast<double>(static_cast<float>(moved));  // the step that was really taken
    return projected(f, inputs, seed);
  };
  return ridders(
      [&](double step) {
        double up = 0, down = 0;
        const double high = at(x + step, up), low = at(x - step, down);
        return (high - low) / (up - down);
      },
      h);
}

// The rules' answer, zeros where there is no path.
std::vector<Tensor> analytic(const TensorFunction& f, std::span<const Tensor> inputs, Values& seed, Generator& rng, bool& path) {
  std::vector<Tensor> leaves;
  for (const Tensor& x : inputs) leaves.push_back(variable(x.without_node()));
  const Tensor y = f(leaves);
  require(y.defined(), "check_gradients", "f returned an empty tensor");
  path = y.requires_grad();
  seed.resize(static_cast<std::size_t>(y.size()));
  for (double& s : seed) s = 0.5 + rng.next_uniform();  // away from 0, so that no output hides
  for (double& s : seed) s = rng.next_u64() & 1 ? s : -s;
  const Tensor cotangent = from_values(seed, y.shape(), y.dtype());
  seed = cotangent.to_vector<double>();
  if (path) return grad(y, leaves, {.seed = cotangent, .unreached = Unreached::zero});
  std::vector<Tensor> zeros;
  for (const Tensor& x : inputs) zeros.push_back(from_values(Values(static_cast<std::size_t>(x.size())), x.shape(), x.dtype()));
  return zeros;
}

std::vector<std::int64_t> multi_index(std::int64_t flat, const Shape& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  for (int r = shape.rank() - 1; r >= 0; --r) {
    index[static_cast<std::size_t>(r)] = flat % shape[r];
    flat /= shape[r];
  }
  return index;
}

// f32 functions are differenced in f64, unless they refuse it (they captured f32 tensors).
std::vector<Tensor> widened(const TensorFunction& f, std::span<const Tensor> inputs) {
  std::vector<Tensor> wide, own;
  for (const Tensor& x : inputs) {
    own.push_back(x.without_node());
    wide.push_back(from_span(x.to_vector<double>(), x.shape()));
  }
  try {
    f(wide);
    return wide;
  } catch (const Error&) {
    return own;
  }
}

struct Check {
  const GradcheckOptions& options;
  Generator rng;
  GradientReport report;
  double worst_ratio = -1;

  void compare(const GradientElement& e) {
    const double off = std::fabs(e.analytic - e.numeric);
    const bool agrees = off <= e.allowed || (std::isnan(e.analytic) && std::isnan(e.numeric));
    const bool known = std::isfinite(e.error_bar) && e.error_bar <= e.allowed;
    ++report.checked;
    if (!agrees) ++(known || off > 10 * e.error_bar || !std::isfinite(e.analytic) ? report.failed : report.inconclusive);
    else if (!known) ++report.inconclusive;
    const double ratio = std::isfinite(off) ? off / e.allowed + (known ? 0 : 1e-3) : agrees ? 0 : std::numeric_limits<double>::infinity();
    if (ratio > worst_ratio) {
      worst_ratio = ratio;
      report.worst = e;
    }
  }

  void first_order(const TensorFunction& f, const std::string& name, std::span<const Tensor> inputs, int order) {
    Values seed;
    bool path = false, moved = false;
    const std::vector<Tensor> gradients = analytic(f, inputs, seed, rng, path);
    const std::vector<Tensor> points = widened(f, inputs);
    const bool exact = inputs[0].dtype() == DType::f64;
    const double relative = options.relative > 0 ? options.relative : exact ? 1e-7 : 1e-4;
    const double absolute = options.absolute > 0 ? options.absolute : relative / 100;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Values found = gradients[i].to_vector<double>();
      double largest = 1;
      for (const double v : found) largest = std::fabs(v) > largest ? std::fabs(v) : largest;
      for (std::size_t e = 0; e < found.size(); ++e) {
        const Estimate n = numeric(f, points, i, e, seed);
        moved = moved || n.value != 0;
        const double allowed = relative * std::max(std::fabs(found[e]), std::fabs(n.value)) + absolute * largest;
        compare({order, name, static_cast<int>(i), multi_index(static_cast<std::int64_t>(e), inputs[i].shape()), found[e], n.value, n.error,
                 allowed});
      }
    }
    if (order == 1 && !path && !moved) report.constant = true;
  }

  // Order n + 1 of f is order n of each gradient of f, as a function of f's inputs and of the seed.
  void all_orders(const TensorFunction& f, const std::string& name, std::vector<Tensor> inputs, int order) {
    first_order(f, name, inputs, order);
    if (order == options.order) return;
    const Tensor y = f(inputs);
    Values seed(static_cast<std::size_t>(y.size()));
    for (double& s : seed) s = 0.5 + rng.next_uniform();
    const std::size_t count = inputs.size();
    inputs.push_back(from_values(seed, y.shape(), y.dtype()));
    for (std::size_t i = 0; i < count; ++i) {
      const auto gradient = [&f, i, count](std::span<const Tensor> at) {
        const detail::WithGrad recording;
        std::vector<Tensor> xs(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(count));
        if (!xs[i].requires_grad()) xs[i] = variable(xs[i]);
        const Tensor out = f(xs);
        if (!out.requires_grad()) return from_values(Values(static_cast<std::size_t>(xs[i].size())), xs[i].shape(), xs[i].dtype());
        return grad(out, {xs[i]}, {.seed = at[count], .create_graph = true, .unreached = Unreached::zero})[0];
      };
      all_orders(gradient, order == 1 ? fmt::format("df/dx{}", i) : fmt::format("d({})/dx{}", name, i), inputs, order + 1);
    }
  }
};

}  // namespace

GradientReport check_gradients(const TensorFunction& f, std::span<const Tensor> inputs, const GradcheckOptions& options) {
  require(!inputs.empty(), "check_gradients", "no inputs are given");
  require(options.order >= 1, "check_gradients", "order {} is asked for; at least 1 is needed", options.order);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    require(inputs[i].defined() && is_arithmetic(inputs[i].dtype()) && inputs[i].dtype() == inputs[0].dtype(), "check_gradients",
            "input {} is {}, input 0 {}: all have to be f32, or all f64", i, inputs[i], inputs[0]);
  Check check{options, Generator(options.rng_seed), {}};
  std::vector<Tensor> points;
  for (const Tensor& x : inputs) points.push_back(x.without_node());
  check.all_orders(f, "f", points, 1);
  return check.report;
}

GradientReport check_gradients(const TensorFunction& f, std::initializer_list<Tensor> inputs, const GradcheckOptions& options) {
  return check_gradients(f, std::span<const Tensor>(inputs.begin(), inputs.size()), options);
}

}  // namespace logitape::inline v0
