// Every element of a gradient against its numeric derivative.
#include "logitape/autograd/check/detail/elements.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/autograd/check/detail/judge.h"
#include "logitape/autograd/check/detail/look.h"

namespace logitape::inline v0::gradcheck {
namespace {

double ratio_of(const GradientElement& e) {
  if (e.absolute == 0 || std::isnan(e.absolute)) return e.verdict == Verdict::pass ? 0 : infinity;
  return e.absolute / e.allowed;
}

// Wrong is worse than unknown, unknown than right; then the lowest order, since the others may follow from it; then the
// error in parts of what is allowed; where these are about equal, the largest error.
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
  // an element too small to be told from 0 passes, however far off it is
  block.largest_ratio =
      std::max(block.largest_ratio, e.verdict == Verdict::pass ? std::min(1.0, ratio_of(e)) : ratio_of(e));
  if (r.worst.order != 0 && !worse(e, r.worst)) return false;
  r.worst = e;
  return true;
}

// The worst element comes from all of f's results at once, each times its seed. Which result is wrong? The same
// derivative is taken result by result, with cotangents that are 1 at one place. An f of many results is left as it is.
void name_the_result(Run& run, const Subject& s, const Analytic& analytic, std::size_t i, std::size_t e,
                     double typical) {
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

}  // namespace

std::vector<Compared> check_elements(Run& run, const Subject& s, Analytic& analytic, std::size_t most) {
  std::vector<Compared> all;
  for (std::size_t i = 0; i < s.inputs.size(); ++i) {
    const Values& found = analytic.gradient[i];
    const double typical = typical_size(s.at[i]);
    std::size_t worst = found.size();
    Compared c{&s.inputs[i], i, choose(run.rng, found.size(), most), {}, {}, {}};
    GradientBlock block{s.order, s.name, s.inputs[i].name, static_cast<std::int64_t>(found.size())};
    for (const std::size_t e : c.chosen) {
      const Examined x = examine(run, s, analytic, i, e, typical);
      const GradientElement& element = x.element;
      if (count(run, block, element) && element.verdict == Verdict::fail) worst = e;
      c.numeric.push_back(element.numeric);
      c.bar.push_back(element.verdict == Verdict::fail ? element.allowed : element.error_bar);
      c.wrong.push_back(element.verdict == Verdict::fail);
      c.wrong_at_kinks += element.at_kink && element.verdict == Verdict::fail;
      c.any_narrow = c.any_narrow || x.narrow;
      c.any_cotangent_ignored = c.any_cotangent_ignored || x.cotangent_ignored;
      if (!element.at_kink && (x.seen > 0 || element.verdict == Verdict::inconclusive))
        run.seen.push_back(x.seen > 0 && x.seen < 1 ? x.seen : infinity);
    }
    if (worst < found.size()) name_the_result(run, s, analytic, i, worst, typical);
    run.report.blocks.push_back(block);
    all.push_back(std::move(c));
  }
  return all;
}

}  // namespace logitape::inline v0::gradcheck
