// A column is shuffled, the rows are predicted again, and the rows that are told right are counted.
#include "logitape/train/classify/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/shuffle.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* importance_op = "permutation_importance";

std::int64_t right(const Classifier& classifier, const Examples& rows, const std::vector<std::int64_t>& labels) {
  const Prediction said = classifier.predict(rows);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) count += said.classes[i] == labels[i];
  return count;
}

// The places of the columns that the classifier reads, and what they are called.
std::vector<std::pair<std::size_t, std::string>> columns_read(const Classifier& classifier, const Examples& examples) {
  std::vector<std::pair<std::size_t, std::string>> columns;
  for (std::size_t c = 0; c < classifier.preprocessing->columns.size(); ++c) {
    const std::string& name = classifier.preprocessing->columns[c].name;
    if (!classifier.preprocessing->from_table) {
      columns.push_back({c, name.empty() ? fmt::format("input {}", c + 1) : name});
      continue;
    }
    const auto feature = std::ranges::find(examples.features, name, &Feature::name);
    if (feature != examples.features.end())
      columns.push_back({static_cast<std::size_t>(feature - examples.features.begin()), name});
  }
  return columns;
}

}  // namespace

std::vector<ColumnImportance> permutation_importance(const Classifier& classifier, const Examples& examples,
                                                     const ImportanceOptions& options) {
  const char* const op = importance_op;
  require(classifier.preprocessing.has_value(), op, "the classifier has no preprocessing: it knows no columns");
  const Preprocessing& prepare = *classifier.preprocessing;
  require(prepare.task == Task::classes, ErrorCode::unsupported, op, "the task is {}, and an accuracy is of classes",
          name(prepare.task));
  require(prepare.image.empty() && !prepare.tokenizer && examples.inputs.defined() && examples.inputs.rank() == 2, op,
          "the rows {} are {}, whose columns mean nothing by themselves", examples.inputs,
          prepare.tokenizer ? "free text" : "images or arrays");
  require(options.repeats >= 1, op, "{} repeats are asked for; at least 1 is needed", options.repeats);
  require(examples.labels.defined() && examples.size() >= 2, op,
          "{} rows {} labels are given; 2 rows with labels are needed", examples.size(),
          examples.labels.defined() ? "with" : "without");
  const std::vector<std::int64_t> labels = prepare(examples).labels.to_vector<std::int64_t>();
  const auto rows = static_cast<std::size_t>(examples.size()),
             width = static_cast<std::size_t>(examples.inputs.shape()[1]);
  const std::vector<double> cells = examples.inputs.to(DType::f64).to_vector<double>();
  const std::int64_t before = right(classifier, examples, labels);
  Generator rng(options.seed);
  std::vector<ColumnImportance> all;
  for (const auto& [column, name] : columns_read(classifier, examples)) {
    std::vector<double> lost;
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
      std::vector<std::int64_t> order(rows);
      std::iota(order.begin(), order.end(), std::int64_t{0});
      train::shuffle(order, rng);
      std::vector<double> shuffled = cells;
      for (std::size_t r = 0; r < rows; ++r)
        shuffled[r * width + column] = cells[static_cast<std::size_t>(order[r]) * width + column];
      Examples moved = examples;
      moved.inputs = from_span(shuffled, examples.inputs.shape()).to(examples.inputs.dtype());
      lost.push_back(static_cast<double>(before - right(classifier, moved, labels)) / static_cast<double>(rows));
    }
    const double n = options.repeats, mean = std::accumulate(lost.begin(), lost.end(), 0.0) / n;
    double squares = 0;
    for (const double x : lost) squares += (x - mean) * (x - mean);
    all.push_back({name, mean, std::sqrt(squares / n)});
  }
  return all;
}

}  // namespace logitape::inline v0
