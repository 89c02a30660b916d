// The results of a classifier on rows that it has not learnt from, and the files with them.
#pragma once
#include <logitape.h>

#include <string>
#include <vector>

#include "words.h"

namespace command {

// A file's rows with the predictions of a classifier.
struct Judged {
  lt::Examples rows;                  // raw
  std::vector<std::int64_t> numbers;  // their places in the file, from 1
  lt::Prediction prediction;
  lt::Tensor labels;  // places among the classifier's classes
};

// The share of the rows whose class was named.
double accuracy_of(const Judged& j);
// The part of the page about rows; the trainer adds history and settings.
lt::TrainingReport report_of(const Judged& j, const lt::Classifier& classifier, const std::string& title);
// Row or file, true class, predicted class and probabilities.
lt::Table judged_table(const Judged& j, const lt::Classifier& classifier);
// Writes each figure to a file of its own; returns the paths.
std::vector<std::string> write_figures(const std::string& folder, const std::vector<lt::Epoch>& history,
                                       const Judged& j, const lt::Classifier& classifier);
// The confusion matrix, and the scores of the classes; of many classes the worst.
void print_result(const Judged& j, const lt::Classifier& classifier, const lt::Terminal& terminal);

}  // namespace command
