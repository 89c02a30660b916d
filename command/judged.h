// The results of a classifier on rows that it has not learnt from, and the files with them. What they are called and
// made of is another thing for each task: judged_classes.cpp, judged_labels.cpp, judged_numbers.cpp.
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
  lt::Tensor labels;  // as the classifier's preprocessing makes them: places among its classes
};

// What a task is judged by. Rows count by their weights in the measure, its score and the baselines.
struct Judge {
  const char* measure;                     // "accuracy"
  double (*score)(const Judged& j);        // of the rows
  std::string (*written)(double score);    // "97.5%"
  std::string (*others)(const Judged& j);  // more numbers, behind the first; ""
  Fact (*constant)(const lt::Classifier& c, const lt::Dataset& train, const lt::Dataset& test);
  std::string (*neighbours)(const lt::Classifier& c, const lt::Dataset& known, const lt::Dataset& asked, int k);
  std::string (*tables)(const Judged& j, const lt::Classifier& c, const lt::Terminal& terminal);
  void (*report)(const Judged& j, const lt::Classifier& c, lt::TrainingReport& r);
  // A column of the truth for held_out.csv, and the figures by their file's name.
  lt::Column (*truth)(const Judged& j, const lt::Classifier& c);
  std::vector<std::pair<const char*, std::string>> (*figures)(const Judged& j, const lt::Classifier& c);
};
extern const Judge of_classes, of_labels, of_numbers;
const Judge& judge_of(lt::Task task);

// "accuracy    97.5% of 36 rows held out", as a line.
void print_score(const Judged& j, const lt::Classifier& classifier, const std::string& rows);
// Baselines to compare with: always the same, and the five nearest rows.
std::vector<Fact> baselines(const lt::Classifier& classifier, const lt::Dataset& train, const lt::Dataset& test);
// The part of the page about rows; the trainer adds history and settings.
lt::TrainingReport report_of(const Judged& j, const lt::Classifier& classifier, const std::string& title);
// Row or file, what is true, what was predicted, and probabilities.
lt::Table judged_table(const Judged& j, const lt::Classifier& classifier);
// Writes each figure to a file of its own; returns the paths.
std::vector<std::string> write_figures(const std::string& folder, const std::vector<lt::Epoch>& history,
                                       const Judged& j, const lt::Classifier& classifier);
// The confusion matrix, and the scores of the classes; of many classes the worst. Of other tasks what they have.
void print_result(const Judged& j, const lt::Classifier& classifier, const lt::Terminal& terminal);

}  // namespace command
