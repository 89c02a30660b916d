// Every element of a gradient against its numeric derivative.
#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/autograd/gradcheck_engine.h"
#include "logitape/autograd/gradcheck_judge.h"
#include "logitape/core/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::int64_t> multi_index(std::size_t flat, const Shape& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  auto rest = static_cast<std::int64_t>(flat);
  for (int r = shape.rank() - 1; r >= 0; --r) {
    index[static_cast<std::size_t>(r)] = rest % shape[r];
    rest /= shape[r];
  }
  return index;
}

GradientElement element_of(const Subject& s, std::size_t i, std::size_t e, double a, const Slope& n, const Judge& judge) {
  GradientElement found;
  found.verdict = judge(a, n);
  found.order = s.order;
  found.function = s.name;
  found.input = s.inputs[i].number;
  found.input_name = s.inputs[i].name;
  found.index = multi_index(e, s.inputs[i].shape);
  found.analytic = a;
  found.numeric = n.value;
  found.error_bar = n.error_bar;
  found.step = n.step;
  found.allowed = judge.allowed(a, n);
  found.absolute = std::fabs(a - n.value);
  const double larger = judge.larger(a, n);
  found.relative = found.absolute == 0 ? 0 : found.absolute / larger;
  found.ulp = larger > 0 && std::isfinite(larger) ? found.absolute / (judge.epsilon * std::exp2(std::floor(std::log2(larger)))) : 0;
  return found;
}

double ratio_of(const GradientElement& e) {
  if (e.absolute == 0 || std::isnan(e.absolute)) return e.verdict == Verdict::pass ? 0 : infinity;
  return e.absolute / e.allowed;
}

// Wrong before unknown before right; the lowest order first, for the others may follow from it; then by
// what is allowed, and of equals the largest.
bool worse(const GradientElement& a, const GradientElement& b) {
  const auto rank = [](Verdict v) { return v == Verdict::fail ? 2 : v == Verdict::inconclusive ? 1 : 0; };
  if (rank(a.verdict) != rank(b.verdict)) return rank(a.verdict) > rank(b.verdict);
  if (a.verdict != Verdict::pass && a.order != b.order) return a.order < b.order;
  const double u = ratio_of(a), v = ratio_of(b);
  return u > 1 && u < 2 * v && v < 2 * u ? a.absolute > b.absolute : u > v;
}

// Whether it is the worst so far.
bool count(Run& run, GradientBlock& block, const GradientElement& e) {
  GradientReport& r = run.report;
  ++r.checked, ++block.checked;
  if (e.at_kink) {
    ++r.kinks, ++block.kinks;
    if (r.kinks == 1) r.kink = e;
  }
  if (e.verdict == Verdict::fail) ++r.failed, ++block.failed;
  if (e.verdict == Verdict::inconclusive) ++r.inconclusive, ++block.inconclusive;
  if (e.at_kink && e.verdict == Verdict::pass) return false;  // set aside
  // what is too small to be told from 0 passes, however far off
  block.largest_ratio = std::max(block.largest_ratio, e.verdict == Verdict::pass ? std::min(1.0, ratio_of(e)) : ratio_of(e));
  if (r.worst.order != 0 && !worse(e, r.worst)) return false;
  r.worst = e;
  return true;
}

// The worst element is of all of f's results at once, each times its seed: which of them is it? The same derivative, result by
// result, with cotangents that are 1 at one place. A large f is left as it is.
void name_the_result(Run& run, const Subject& s, const Analytic& analytic, std::size_t i, std::size_t e, double typical) {
  const std::size_t results = analytic.y0.size();
  if (results < 2 || results > 64) return;
  Line line = line_through(s, analytic, i, e, typical);
  const Judge judge = judge_of(s, analytic, i, e, run.options);
  GradientElement worst;
  for (std::size_t k = 0; k < results; ++k) {
    line.seed.assign(results, 0);
    line.seed[k] = 1;
    const double a = s.gradient(s.at, line.seed).values[i][e];
    const Slope n = differentiate(line, 0.05 * judge.tolerances.relative * std::fabs(a));
    GradientElement one = element_of(s, i, e, a, n, judge);
    if (one.verdict != Verdict::fail || one.absolute <= worst.absolute) continue;
    worst = one;
    worst.result = multi_index(k, s.result);
  }
  if (worst.verdict == Verdict::fail) run.report.worst = worst;  // else it is the cotangent that the rule gets wrong
}

std::vector<std::size_t> choose(Generator& rng, std::size_t size, std::size_t most) {
  std::vector<std::size_t> all(size);
  for (std::size_t e = 0; e < size; ++e) all[e] = e;
  if (size <= most) return all;
  for (std::size_t n = 0; n < most; ++n) std::swap(all[n], all[n + rng.below(size - n)]);
  all.resize(most);
  std::sort(all.begin(), all.end());
  return all;
}

// One element under examination.
struct Look {
  const Subject& subject;
  const Analytic& analytic;
  const Judge& judge;
  std::size_t input, element;
  double a;
  double wanted;  // an error bar that leaves no question

  GradientElement of(const Slope& n) const { return element_of(subject, input, element, a, n, judge); }
};

// A second look before anything is called wrong: other steps have to say the same, and there must be no kink.
GradientElement looked_at_again(const Look& look, const Line& line, Slope& n) {
  GradientElement first = look.of(n);
  if (first.verdict == Verdict::fail) {
    const Slope again = differentiate(line, look.wanted, 0.6);
    const double apart = std::fabs(again.value - n.value);
    const double bar = n.error_bar;
    if (again.error_bar < n.error_bar) n = again;
    if (apart > 2 * (again.error_bar + bar)) n.error_bar = std::max(n.error_bar, apart);
    n.bent = n.bent || again.bent;
    // sin(1e9*x) looks flat, or anything, from steps of many turns
    const Slope close = nearby(line);
    if (const double off = std::fabs(close.value - n.value); off > close.error_bar + 4 * n.error_bar)
      n = differentiate(line, look.wanted, 0x1p-22);
    first = look.of(n);
  }
  if (!n.bent && ((first.verdict == Verdict::pass && n.converged) || (first.verdict == Verdict::fail && n.error_bar <= look.wanted)))
    return first;
  const Kink kink = n.converged ? look_for_kink(line, n.step) : look_for_kink(line);
  const bool between = look.a >= kink.low && look.a <= kink.high;
  if (!kink.found && n.bent && first.verdict == Verdict::fail) first.verdict = Verdict::inconclusive;  // it bends nearby, and fast
  if (!kink.found || (first.verdict == Verdict::pass && !between)) return first;
  first.at_kink = true;
  first.verdict = between ? Verdict::pass : Verdict::fail;
  return first;
}

// The rule is right in f64, ten times as near at least: what is off is the arithmetic of its own dtype.
bool lost_digits(const Look& look, const GradientElement& found, Slope n) {
  const Subject& s = look.subject;
  if (s.epsilon <= s.reference_epsilon) return false;
  n.value = found.numeric;
  n.error_bar = found.error_bar;
  const double exact = look.analytic.reference[look.input][look.element];
  Judge judge = look.judge;
  judge.tolerances = {1e-9, 1e-6};
  judge.epsilon = s.reference_epsilon;
  judge.roughness = 0;
  return std::fabs(exact - n.value) <= judge.allowed(exact, n) && judge.allowed(exact, n) <= 0.1 * found.absolute;
}

}  // namespace

Tolerances tolerances_of(const Subject& s, const GradcheckOptions& options) {
  const bool f64 = s.epsilon <= 0x1p-52, half = s.epsilon > 0x1p-20;
  Tolerances t;
  t.relative = f64 ? 1e-9 : std::max(half ? 4.0 : 32.0, 8 * s.forward_error) * s.epsilon;
  if (s.reference_epsilon > 0x1p-52) t.relative = std::max(t.relative, std::sqrt(s.reference_epsilon));  // narrow differences
  t.resolution = f64 ? 1e-6 : std::max(1e-3, 16 * t.relative);
  if (s.reference_epsilon > 0x1p-52) t.resolution = std::max(t.resolution, 100 * t.relative);
  t.resolution = std::min(t.resolution, 0.5);  // where rounding does more, nothing is known
  if (options.relative > 0) t.relative = options.relative;
  if (options.resolution > 0) t.resolution = options.resolution;
  if (options.relative > 0) t.resolution = std::max(t.resolution, 2 * t.relative);
  return t;
}

std::vector<Compared> check_elements(Run& run, const Subject& s, const Analytic& analytic, std::size_t most) {
  const Tolerances tolerances = tolerances_of(s, run.options);
  std::vector<Compared> all;
  for (std::size_t i = 0; i < s.inputs.size(); ++i) {
    const Values& found = analytic.gradient[i];
    const double typical = typical_size(s.at[i]);
    std::size_t worst = found.size();
    Compared c{&s.inputs[i], i, choose(run.rng, found.size(), most), {}, {}, {}};
    GradientBlock block{s.order, s.name, s.inputs[i].name, static_cast<std::int64_t>(found.size())};
    for (const std::size_t e : c.chosen) {
      const Line line = line_through(s, analytic, i, e, typical);
      const Judge judge = judge_of(s, analytic, i, e, run.options);
      Look look{s, analytic, judge, i, e, found[e], 0.05 * tolerances.relative * std::fabs(found[e])};
      Slope n = differentiate(line, look.wanted);
      if (!analytic.other_cotangent.empty() && judge(look.a, n) == Verdict::pass &&
          judge(analytic.other_cotangent[i][e], n) == Verdict::fail) {
        look.a = analytic.other_cotangent[i][e];
        c.any_cotangent_ignored = true;
      }
      GradientElement element = looked_at_again(look, line, n);
      if (element.verdict == Verdict::fail && lost_digits(look, element, n)) {
        // of terms as large as the largest element, or as f's results, only rounding may be left
        const double terms = std::max(largest(found), largest(analytic.seed) * std::max(1.0, largest(analytic.y0)));
        if (element.absolute <= 16 * tolerances.relative * terms) element.verdict = Verdict::inconclusive, element.reason = "narrow";
        c.any_narrow = true;
      }
      if (element.verdict == Verdict::inconclusive && !element.reason.empty())
        element.reason = fmt::format("the same rule is right in f64: its {} arithmetic loses the digits. A form in which fewer cancel keeps them",
                                     name(s.inputs[i].dtype));
      else if (element.verdict == Verdict::inconclusive)
        element.reason = judge.reason(look.a, n, std::string(name(s.inputs[i].dtype)).c_str(), !line.still.low.empty());
      if (count(run, block, element) && element.verdict == Verdict::fail) worst = e;
      c.numeric.push_back(element.numeric);
      c.bar.push_back(element.error_bar);
      c.wrong.push_back(element.verdict == Verdict::fail);
      c.any_kink = c.any_kink || (element.at_kink && element.verdict == Verdict::fail);
      if (const double scale = judge.scale(look.a, n); scale > judge.tiny && !element.at_kink)
        run.seen.push_back(element.allowed < scale ? element.allowed / scale : infinity);
    }
    if (worst < found.size()) name_the_result(run, s, analytic, i, worst, typical);
    run.report.blocks.push_back(block);
    all.push_back(std::move(c));
  }
  return all;
}

}  // namespace logitape::inline v0::gradcheck
