// Each class is shuffled by itself, and its rows are shared out by largest remainder; a fold takes every k-th row.
#include "logitape/train/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/shuffle.h"
#include "logitape/train/data/detail/training_labels.h"

namespace logitape::inline v0 {
namespace {

using Rows = std::vector<std::int64_t>;

// The rows of each class, by label; if not stratified, one list of all rows.
std::map<std::int64_t, Rows> by_class(const char* op, const Tensor& labels, bool stratified) {
  require(labels.defined() && labels.rank() == 1 && labels.dtype() == DType::i64, op,
          "the labels are {}; i64 [n] is needed", labels);
  const auto* label = static_cast<const std::int64_t*>(labels.data());
  std::map<std::int64_t, Rows> classes;
  for (std::int64_t row = 0; row < labels.size(); ++row) classes[stratified ? label[row] : 0].push_back(row);
  return classes;
}

// Rows of a class to take: `count` of them, from the end.
struct Dealt {
  Rows& rows;
  std::size_t count;
  double remainder;  // of its exact share
  bool has_more() const { return count + 1 < rows.size(); }
};

// Takes `wanted` rows from the ends of the classes: from each class its share, rounded down, then one more from those
// with the largest remainders. The last row of a class stays.
Rows take_share(std::map<std::int64_t, Rows>& classes, double share, std::int64_t wanted) {
  std::vector<Dealt> dealt;
  std::int64_t left = wanted;
  for (auto& [label, rows] : classes) {
    const double exact = share * static_cast<double>(rows.size());
    Dealt& d = dealt.emplace_back(Dealt{.rows = rows, .count = 0, .remainder = 0});
    for (; static_cast<double>(d.count + 1) <= exact && d.has_more() && left > 0; --left) ++d.count;
    d.remainder = exact - static_cast<double>(d.count);
  }
  std::vector<Dealt*> by_remainder;
  by_remainder.reserve(dealt.size());
  for (Dealt& d : dealt) by_remainder.push_back(&d);
  std::stable_sort(by_remainder.begin(), by_remainder.end(),
                   [](const Dealt* a, const Dealt* b) { return a->remainder > b->remainder; });
  for (bool moved = true; left > 0 && moved;) {
    moved = false;
    for (Dealt* d : by_remainder) {
      if (left == 0 || !d->has_more()) continue;
      ++d->count;
      --left;
      moved = true;
    }
  }
  Rows taken;
  for (const Dealt& d : dealt) {
    const auto cut = d.rows.end() - static_cast<std::ptrdiff_t>(d.count);
    taken.insert(taken.end(), cut, d.rows.end());
    d.rows.erase(cut, d.rows.end());
  }
  return taken;
}

}  // namespace

SplitRows split_rows(const Tensor& labels, const SplitOptions& options, Generator& rng) {
  const double validation = options.validation, test = options.test;
  require(validation >= 0 && test >= 0 && validation + test < 1, ErrorCode::out_of_range, "split",
          "validation {} and test {} are not shares that leave some for training", validation, test);
  std::map<std::int64_t, Rows> classes = by_class("split", labels, options.stratified);
  const auto size = static_cast<double>(labels.size());
  const auto tested = static_cast<std::int64_t>(std::round(test * size)),
             validated = static_cast<std::int64_t>(std::round(validation * size));
  const std::int64_t trained = labels.size() - tested - validated;
  require(trained > 0 && (test == 0 || tested > 0) && (validation == 0 || validated > 0), "split",
          "of {} rows the shares leave {} for training, {} for validation and {} for the test", labels.size(), trained,
          validated, tested);
  Generator stream = rng;
  for (auto& [label, rows] : classes) train::shuffle(rows, stream);
  SplitRows parts;
  parts.test = take_share(classes, test, tested);
  parts.validation = take_share(classes, validation / (1 - test), validated);
  require(static_cast<std::int64_t>(parts.test.size()) == tested &&
              static_cast<std::int64_t>(parts.validation.size()) == validated,
          "split",
          "{} rows of {} classes cannot give {} to validation and {} to the test and a row of each class to training",
          labels.size(), classes.size(), validated, tested);
  for (const auto& [label, rows] : classes) parts.train.insert(parts.train.end(), rows.begin(), rows.end());
  for (Rows* rows : {&parts.train, &parts.validation, &parts.test}) train::shuffle(*rows, stream);
  rng = stream;
  return parts;
}

Tensor strata(const Examples& examples) {
  require(examples.labels.defined(), "strata", "the examples have no labels");
  if (examples.task == Task::classes) return examples.labels;
  std::vector<std::int64_t> of_row(static_cast<std::size_t>(examples.size()));
  if (examples.task == Task::multilabel) {
    const std::vector<std::int64_t> sizes = class_sizes(examples);
    const std::vector<float> ones = examples.labels.to_vector<float>();
    for (std::size_t i = 0; i < ones.size(); ++i) {  // 0: a row without labels
      std::int64_t& rarest = of_row[i / sizes.size()];
      const std::size_t label = i % sizes.size();
      if (ones[i] != 0 && (rarest == 0 || sizes[label] < sizes[static_cast<std::size_t>(rarest - 1)]))
        rarest = static_cast<std::int64_t>(label) + 1;
    }
  }
  return from_span(of_row, {examples.size()});
}

SplitExamples split(const Examples& examples, const SplitOptions& options, Generator& rng) {
  if (examples.labels.defined()) data::require_learnable("split", examples);
  const SplitRows rows = split_rows(strata(examples), options, rng);
  return {take(examples, rows.train), take(examples, rows.validation), take(examples, rows.test)};
}

std::vector<Fold> folds(const Tensor& labels, std::int64_t k, Generator& rng, bool stratified) {
  std::map<std::int64_t, Rows> classes = by_class("folds", labels, stratified);
  require(k >= 2 && k <= labels.size(), ErrorCode::out_of_range, "folds",
          "{} folds of {} rows are asked for; 2 to {} are possible", k, labels.size(), labels.size());
  Generator stream = rng;
  std::vector<Fold> all(static_cast<std::size_t>(k));
  std::size_t turn = 0;
  for (auto& [label, rows] : classes) {
    require(!stratified || rows.size() != 1, "folds",
            "class {} has one row: in the round that tests it, training would not see it", label);
    train::shuffle(rows, stream);
    for (const std::int64_t row : rows) {
      const std::size_t mine = turn++ % all.size();
      for (std::size_t f = 0; f < all.size(); ++f) (f == mine ? all[f].test : all[f].train).push_back(row);
    }
  }
  for (Fold& fold : all) {
    train::shuffle(fold.train, stream);
    train::shuffle(fold.test, stream);
  }
  rng = stream;
  return all;
}

std::vector<double> cross_validate(const Examples& examples, std::int64_t k, Generator& rng,
                                   const std::function<double(const Examples& train, const Examples& test)>& score) {
  const std::vector<std::int64_t> sizes = class_sizes(examples);
  const bool stratified = examples.task == Task::classes;
  for (std::size_t c = 0; c < sizes.size(); ++c)
    require(!stratified || sizes[c] != 1, "cross_validate",
            "{} class '{}' has one row: in the round that tests it, training would not see it; leave the row out, or "
            "do without folds",
            examples.path.empty() ? "the" : examples.path + ": the", examples.classes[c]);
  std::vector<double> scores;
  for (const Fold& fold : folds(strata(examples), k, rng, stratified))
    scores.push_back(score(take(examples, fold.train), take(examples, fold.test)));
  return scores;
}

}  // namespace logitape::inline v0
