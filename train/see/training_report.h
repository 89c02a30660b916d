// A training and its result as one page: figures, tables, and the rows that the model found hardest.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/classify/importance.h"
#include "logitape/train/data/task.h"
#include "logitape/train/see/report.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// A training with some of the rows.
struct LearningPoint {
  std::int64_t rows = 0;
  double training = 0, held_out = 0;  // accuracies
};

// Plain data; the page leaves out whatever is empty.
struct TrainingReport {
  struct Fact {  // "learning rate", "0.002"
    std::string name = {}, value = {};
  };

  std::string title = "training";
  std::vector<Epoch> history = {};

  // The rows held out, and the model's probabilities for them.
  Tensor probabilities = {};              // [rows, classes]
  Tensor labels = {};                     // class indices [rows]
  std::vector<std::string> classes = {};  // their names; empty: 0, 1, 2, ...
  // multilabel: labels are 0 and 1 [rows, labels], probabilities and `decided` of that shape. regression: labels are
  // numbers [rows], and `values` those that were predicted; there are no probabilities.
  Task task = Task::classes;
  Tensor decided = {}, values = {};
  Tensor weights = {};  // of the rows [rows], for the scores of multilabel and regression; empty: one each
  Tensor inputs = {};   // [rows, ...]: [height, width], with or without 1 or 3 channels behind, is a picture
  std::vector<std::string> features = {};  // names of the columns, where inputs are [rows, features]
  std::vector<std::int64_t> numbers = {};  // the rows' numbers, for example in their file; empty: 0, 1, 2, ...
  std::vector<std::string> names = {};     // the rows' names, such as their files; empty: they have none
  std::size_t hardest = 12;                // how many of them are shown

  std::vector<std::int64_t> predicted = {};  // the class each row is named, where a threshold decides; empty: the
                                             // most probable one

  std::vector<std::int64_t> training_counts = {};  // rows of each class in training
  std::vector<ColumnImportance> importance = {};   // what the columns are worth (permutation_importance)
  std::vector<LearningPoint> learning_curve = {};  // trainings with fewer rows, and at last with all
  std::vector<Fact> data = {}, settings = {}, timings = {};
};

// One page of HTML that needs nothing else: no scripts, figures as SVG and pictures as data within it; light or dark as
// its reader likes; for screens from 360 pixels on and for paper. Text is escaped. It shows loss and accuracy by epoch;
// each class's precision, recall, F1 and area under the curve; the confusion matrix; the reliability diagram with its
// error; the curves of each class against the rest, and of precision against recall; what each column is worth, and
// more rows would be; the rows whose true class got the least probability; data, settings, times. Errors: those of
// roc_curves and reliability_diagram, of multilabel_scores, of regression_scores; names, of classes and rows, features,
// numbers, counts or predicted classes that are not as many as what they name; inputs with another number of rows than
// labels, or not f32, f64 or integers; probabilities without labels, or labels without probabilities.
std::string html(const TrainingReport& report);

// The same figures as text, at most 80 columns wide. Errors: as for html.
std::string report_text(const TrainingReport& report, const Terminal& terminal);

}  // namespace logitape::inline v0
