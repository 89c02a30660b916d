// The results of a classifier on rows that it has not learnt from, and the files with them.
#pragma once
#include <logitape.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "train_classifier_data.h"

inline std::string percent(double fraction) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%", 100 * fraction);
  return text;
}

// A file's rows with the predictions of a classifier.
struct Judged {
  logitape::Examples rows;            // raw
  std::vector<std::int64_t> numbers;  // their places in the file, from 1
  logitape::Prediction prediction;
  logitape::Tensor labels;  // places among the classifier's classes
};

inline logitape::Tensor confusion_of(const Judged& j) {
  return logitape::confusion_matrix(j.prediction.probabilities, j.labels);
}

// The part of the page about rows; the trainer adds history and settings.
inline logitape::TrainingReport report_of(const Judged& j, const logitape::Classifier& classifier,
                                          const std::string& title) {
  logitape::TrainingReport r{
      .title = title, .probabilities = j.prediction.probabilities, .labels = j.labels, .classes = classifier.classes()};
  r.numbers = j.numbers;
  const bool image = j.rows.image.rank() > 0;
  if (image) {
    std::vector<std::int64_t> extents{j.rows.size()};
    extents.insert(extents.end(), j.rows.image.begin(), j.rows.image.end());
    r.inputs = logitape::reshape(j.rows.inputs, logitape::Shape(extents));
  } else if (std::all_of(j.rows.features.begin(), j.rows.features.end(),
                         [](const auto& f) { return f.categories.empty(); })) {
    r.inputs = j.rows.inputs;  // text would appear as places among its categories
    for (const logitape::Feature& f : j.rows.features) r.features.push_back(f.name);
  }
  return r;
}

// Row, true class, predicted class and probabilities.
inline logitape::Table judged_table(const Judged& j, const logitape::Classifier& classifier) {
  logitape::Table table = logitape::prediction_table(j.prediction, classifier.classes());
  logitape::Column row{.name = "row", .values = {}, .categories = {}};
  std::vector<std::string> truth;
  for (const std::int64_t label : j.labels.to_vector<std::int64_t>()) {
    row.values.push_back(static_cast<double>(j.numbers[truth.size()]));
    truth.push_back(classifier.classes()[static_cast<std::size_t>(label)]);
  }
  table.columns.insert(table.columns.begin(), {row, logitape::text_column("class", truth)});
  return table;
}

// Writes each figure to a file of its own; returns the paths.
inline std::vector<std::string> write_figures(const std::string& folder, const std::vector<logitape::Epoch>& history,
                                              const Judged& j, const logitape::Classifier& classifier) {
  std::vector<std::string> paths;
  const auto put = [&](const char* name, const std::string& text) {
    paths.push_back(folder + "/" + name);
    logitape::write_file(paths.back(), text);
  };
  if (!history.empty()) {
    put("loss.svg", svg(logitape::loss_chart(history, "loss")));
    put("accuracy.svg", svg(logitape::accuracy_chart(history, "accuracy")));
  }
  put("confusion.svg",
      svg(logitape::confusion_map(confusion_of(j), "which are taken for which", classifier.classes())));
  logitape::ReliabilityDiagram diagram = logitape::reliability_diagram(j.prediction.probabilities, j.labels);
  diagram.title = "right against sure";
  put("reliability.svg", svg(diagram));
  put("roc.svg", svg(logitape::roc_chart(logitape::roc_curves(j.prediction.probabilities, j.labels),
                                         "each class against the rest", classifier.classes())));
  return paths;
}

// The confusion matrix, and the scores of the classes; of many classes the worst.
inline void print_result(const Judged& j, const logitape::Classifier& classifier, const logitape::Terminal& terminal) {
  const logitape::Tensor confusion = confusion_of(j);
  const std::string text =
      logitape::confusion_text(confusion, terminal, classifier.classes()) + "\n" +
      logitape::scores_text(logitape::class_scores(confusion),
                            logitape::roc_curves(j.prediction.probabilities, j.labels), classifier.classes(), 20);
  std::fputs(text.c_str(), stdout);
}

inline void print_written(const std::vector<std::string>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i)
    std::printf("%s%s\n", i == 0 ? "\nwritten: " : "         ", paths[i].c_str());
}
