// A row of the Jacobian is the gradient of one residual: each is checked as a function of its own. All rows ask f for
// the same points, and f answers each of them once.
#include "logitape/autograd/check/jacobian.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/elements.h"
#include "logitape/autograd/check/detail/hints.h"
#include "logitape/autograd/check/detail/judge.h"
#include "logitape/autograd/check/detail/reruns.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

using namespace gradcheck;

constexpr const char* jacobian_op = "check_jacobian";

// The problem, as a function of one vector of steps for each block. A block without `plus` has its numbers themselves
// as coordinates, so that steps follow their size. Others have 1 + delta: then nothing is 0, and parts of a coordinate
// are parts of a step of natural size.
class Problem {
 public:
  Problem(const PlainResiduals& f, const PlainJacobian& jacobian, std::span<const double> x, std::int64_t outputs,
          const JacobianOptions& options)
      : f_(f), jacobian_(jacobian), x_(x.begin(), x.end()), outputs_(static_cast<std::size_t>(outputs)),
        blocks_(options.blocks) {
    if (blocks_.empty()) blocks_.push_back({.name = "x", .size = static_cast<std::int64_t>(x.size())});
    for (const ParameterBlock& b : blocks_) columns_ += columns_of(b);
  }

  std::size_t outputs() const { return outputs_; }
  std::size_t columns() const { return columns_; }
  const std::vector<ParameterBlock>& blocks() const { return blocks_; }
  static std::size_t columns_of(const ParameterBlock& b) {
    return static_cast<std::size_t>(b.plus ? b.tangent : b.size);
  }

  Points start() const {
    Points points;
    std::size_t at = 0;
    for (const ParameterBlock& b : blocks_) {
      const auto own = x_.begin() + static_cast<std::ptrdiff_t>(at);
      points.push_back(b.plus ? Values(columns_of(b), 1) : Values(own, own + b.size));
      at += static_cast<std::size_t>(b.size);
    }
    return points;
  }
  Values x_at(const Points& points) const {
    Values x;
    std::size_t at = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const ParameterBlock& b = blocks_[i];
      const auto size = static_cast<std::size_t>(b.size);
      if (b.plus) {
        Values delta = points[i], moved(size, std::numeric_limits<double>::quiet_NaN());
        for (double& d : delta) d -= 1;
        b.plus(std::span(x_).subspan(at, size), delta, moved);
        x.insert(x.end(), moved.begin(), moved.end());
      } else {
        x.insert(x.end(), points[i].begin(), points[i].end());
      }
      at += size;
    }
    return x;
  }
  Values residuals(const Points& points) const {
    Values y(outputs_, std::numeric_limits<double>::quiet_NaN());  // what f does not write is no number
    f_(x_at(points), y);
    return y;
  }
  Values jacobian(const Points& points) const {
    Values j(outputs_ * columns_);
    jacobian_(x_at(points), j);
    return j;
  }
  // What was asked for before is not computed again.
  const Values& residuals_once(const Points& points) { return once(seen_, points, &Problem::residuals); }
  const Values& jacobian_once(const Points& points) { return once(seen_jacobians_, points, &Problem::jacobian); }

 private:
  const Values& once(std::map<Points, Values>& seen, const Points& points,
                     Values (Problem::*compute)(const Points&) const) {
    constexpr std::size_t most = 4 << 20;  // numbers
    if (const auto found = seen.find(points); found != seen.end()) return found->second;
    Values computed = (this->*compute)(points);
    if (seen.size() * (x_.size() + computed.size()) > most) seen.clear();
    return seen.emplace(points, std::move(computed)).first->second;
  }

  const PlainResiduals& f_;
  const PlainJacobian& jacobian_;
  Values x_;
  std::size_t outputs_, columns_ = 0;
  std::vector<ParameterBlock> blocks_;
  std::map<Points, Values> seen_, seen_jacobians_;
};

// sum_i seed[i] * J[i, ...], block by block.
Gradients rows_of(const Problem& p, const Values& jacobian, const Values& seed) {
  Gradients sum;
  std::size_t first = 0;
  for (const ParameterBlock& b : p.blocks()) {
    Values& own = sum.values.emplace_back(Problem::columns_of(b));
    for (std::size_t i = 0; i < seed.size(); ++i)
      for (std::size_t j = 0; j < own.size(); ++j)
        if (seed[i] != 0) own[j] += seed[i] * jacobian[i * p.columns() + first + j];
    first += own.size();
  }
  return sum;
}

Subject subject_of(const std::shared_ptr<Problem>& p, const JacobianOptions& options) {
  Subject s;
  s.called = s.name = options.name;
  for (const ParameterBlock& b : p->blocks())
    s.inputs.push_back({static_cast<int>(s.inputs.size()), b.name,
                        Shape{static_cast<std::int64_t>(Problem::columns_of(b))}, DType::f64});
  s.at = p->start();
  s.result = Shape{static_cast<std::int64_t>(p->outputs())};
  s.epsilon = s.reference_epsilon = epsilon_of(DType::f64);
  s.value = [p](const Points& points) { return p->residuals(points); };
  s.gradient = [p](const Points& points, const Values& seed) {
    return rows_of(*p, p->jacobian(points), seed.empty() ? Values{1} : seed);
  };
  s.reference_gradient = s.gradient;
  s.rounded = s.held = [](std::size_t, double v) { return v; };
  return s;
}

// The gradient of residual i.
Subject row_of(const std::shared_ptr<Problem>& p, Subject all, std::size_t i) {
  all.name = fmt::format("{}[{}]", all.called, i);
  all.result = Shape{};
  all.value = [p, i](const Points& points) { return Values{p->residuals_once(points)[i]}; };
  all.gradient = [p, i](const Points& points, const Values& seed) {
    Values one(p->outputs());
    one[i] = seed.empty() ? 1 : seed[0];
    return rows_of(*p, p->jacobian_once(points), one);
  };
  all.reference_gradient = all.gradient;
  return all;
}

void check_problem(std::span<const double> x, std::int64_t outputs, const JacobianOptions& options) {
  require(!x.empty(), jacobian_op, "x has 0 elements; at least 1 is needed");
  require(outputs >= 1, jacobian_op, "{} outputs are named; at least 1 is needed", outputs);
  std::int64_t covered = 0;
  for (const ParameterBlock& b : options.blocks) {
    require(b.size >= 1, jacobian_op, "block \"{}\" has the size {}; at least 1 is needed", b.name, b.size);
    require(b.plus ? b.tangent >= 1 && b.tangent <= b.size : b.tangent == 0 || b.tangent == b.size, jacobian_op,
            "block \"{}\" of {} numbers has a tangent of {} {} plus; {}", b.name, b.size, b.tangent,
            b.plus ? "with" : "without", b.plus ? "1 to its size is needed" : "a plus tells how they move it");
    covered += b.size;
  }
  require(options.blocks.empty() || covered == static_cast<std::int64_t>(x.size()), jacobian_op,
          "the blocks have {} numbers, x has {}", covered, x.size());
}

// Most zeros of a Jacobian are there by construction: nothing cancels in them that would tell how large an error could
// be. Such a 0 is measured by the other elements of its row and block, else by those of its column.
void measure_zeros(Analytic& row, const Values& jacobian, std::size_t columns) {
  std::size_t first = 0;
  for (std::size_t block = 0; block < row.gradient.size(); first += row.gradient[block++].size()) {
    const Values& own = row.gradient[block];
    for (std::size_t e = 0; e < own.size(); ++e) {
      if (own[e] != 0) continue;
      double scale = largest(own);
      if (scale == 0)
        for (std::size_t at = first + e; at < jacobian.size(); at += columns)
          scale = std::max(scale, std::fabs(jacobian[at]));
      if (std::isfinite(scale)) row.reach[block][e] = std::max(row.reach[block][e], scale);
    }
  }
}

// A step of 0 has to lead nowhere.
void check_plus(Run& run, const Problem& p, std::span<const double> x) {
  const Values still = p.x_at(p.start());
  for (std::size_t e = 0; e < x.size(); ++e)
    if (!(std::fabs(still[e] - x[e]) <= 0x1p-40 * std::max(1.0, std::fabs(x[e])))) {
      threw(run, fmt::format("plus(x, 0) is not x: it makes {:g} of x[{}], which is {:g}", still[e], e, x[e]));
      return;
    }
}

// Whether J holds the right numbers column by column, as Eigen's matrices do unless they are told otherwise.
void look_for_columns(Run& run, const Values& jacobian, const Values& numeric, std::size_t rows, std::size_t columns) {
  if (run.report.failed == 0 || rows < 2 || columns < 2) return;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      const double wanted = numeric[i * columns + j], found = jacobian[j * rows + i];
      if (!(std::fabs(wanted - found) <= 1e-5 * std::max(std::fabs(wanted), 1e-5 * largest(numeric)))) return;
    }
  run.report.hint = Hint::transposed;
  run.report.hint_text =
      "the numbers are right and lie column by column: d y[i] / d x[j] is wanted at J[i*columns + j], row by row";
}

}  // namespace

GradientReport check_jacobian(const PlainResiduals& f, const PlainJacobian& jacobian, std::span<const double> x,
                              std::int64_t outputs, const JacobianOptions& options) {
  check_problem(x, outputs, options);
  const GradcheckOptions common{
      .order = 1, .relative = options.relative, .resolution = options.resolution, .rng_seed = options.rng_seed};
  check_arguments(x.size(), common);
  Run run{common, Generator(options.rng_seed), {}};
  run.report.precision = "f64";
  run.report.function = options.name;
  const auto problem = std::make_shared<Problem>(f, jacobian, x, outputs, options);
  const Values y = problem->residuals(problem->start());
  for (std::size_t i = 0; i < y.size(); ++i)
    require(std::isfinite(y[i]), jacobian_op, "{}[{}] is {} at x{}", options.name, i, y[i],
            std::isnan(y[i]) ? ", or is not written" : "");
  check_plus(run, *problem, x);

  Subject all = subject_of(problem, options);
  const auto [relative, resolution] = tolerances_of(all, common);
  run.report.relative = relative, run.report.resolution = resolution;
  Analytic whole = analytic_gradients(run, all);
  check_reruns(run, all, whole);
  const Values given = problem->jacobian(problem->start());
  Values numeric;
  for (std::size_t i = 0; i < problem->outputs(); ++i) {
    Subject row = row_of(problem, all, i);
    Analytic analytic = analytic_gradients(run, row);
    measure_zeros(analytic, given, problem->columns());
    const std::vector<Compared> compared = check_elements(run, row, analytic, std::numeric_limits<std::size_t>::max());
    for (const Compared& c : compared) numeric.insert(numeric.end(), c.numeric.begin(), c.numeric.end());
    find_hint(run, row, analytic, compared);
  }
  look_for_columns(run, given, numeric, problem->outputs(), problem->columns());
  return finished(run);
}

}  // namespace logitape::inline v0
