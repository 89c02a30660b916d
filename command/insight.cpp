// Each answer costs some trainings or predictions more.
#include "insight.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace command {
namespace {

// By the most probable class, whatever the threshold: each training would have another.
lt::LearningPoint point_of(const Trained& t) {
  return {t.train.size(), lt::evaluate(t.classifier, t.train).accuracy, lt::evaluate(t.classifier, t.test).accuracy};
}

void print_point(const lt::LearningPoint& p) {
  std::printf("%16lld%11s%11s\n", static_cast<long long>(p.rows), percent(p.training).c_str(),
              percent(p.held_out).c_str());
  std::fflush(stdout);
}

}  // namespace

std::vector<lt::ColumnImportance> importance_of(const Judged& judged, const lt::Classifier& classifier) {
  constexpr std::int64_t most_columns = 200, most_rows = 2000;
  const auto& prepare = classifier.preprocessing;
  const bool columns = classifier.task() == lt::Task::classes && prepare && prepare->image.empty() &&
                       !prepare->tokenizer && judged.rows.inputs.rank() == 2 &&
                       judged.rows.inputs.shape()[1] <= most_columns;
  if (!columns || judged.rows.size() < 2) return {};
  if (judged.rows.size() <= most_rows) return lt::permutation_importance(classifier, judged.rows);
  std::vector<std::int64_t> some(most_rows);
  for (std::int64_t i = 0; i < most_rows; ++i) some[static_cast<std::size_t>(i)] = i * judged.rows.size() / most_rows;
  return lt::permutation_importance(classifier, lt::take(judged.rows, some));
}

std::vector<lt::LearningPoint> learning_curve(const TrainFlags& f, const Parts& parts, const Trained& whole,
                                              lt::Generator& rng) {
  std::printf("%16s%11s%11s\n", "rows learnt from", "training", "held out");
  std::vector<lt::LearningPoint> curve;
  const auto classes = static_cast<std::int64_t>(whole.classifier.classes().size());
  for (const double share : {0.1, 0.2, 0.4, 0.7}) {
    const lt::SplitRows rows = lt::split_rows(parts.train.labels, {.test = 1 - share}, rng);
    if (static_cast<std::int64_t>(rows.train.size()) < 2 * classes) continue;  // too few for a class to be known by
    Parts some{lt::take(parts.train, rows.train), parts.validation, parts.test, parts.test_rows};
    lt::Generator own = rng.split();
    curve.push_back(point_of(train_on(f, some, own, false)));
    print_point(curve.back());
  }
  curve.push_back(point_of(whole));
  print_point(curve.back());
  if (curve.size() >= 2) {
    const lt::LearningPoint &last = curve.back(), &before = curve[curve.size() - 2];
    const double rows = static_cast<double>(whole.test.size()), p = last.held_out;
    const double chance = std::sqrt(std::max(p * (1 - p), 1 / rows) / rows);  // the standard error of an accuracy
    std::printf("from %lld rows to %lld: %+.1f points held out, where %.1f are chance\n\n",
                static_cast<long long>(before.rows), static_cast<long long>(last.rows),
                100 * (last.held_out - before.held_out), 100 * chance);
  }
  return curve;
}

}  // namespace command
