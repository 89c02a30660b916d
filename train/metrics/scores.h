// Precision, recall and F1: how good a classifier is at each class, and on average.
#pragma once
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// How the scores of the classes become one number.
enum class Average {
  macro,     // the mean over the classes that occur, as members or by name
  weighted,  // the mean over the rows: each class counts by its members
};

// Of a confusion matrix, i64 [classes, classes], rows the true class: precision(confusion_matrix(logits, labels)). One
// number a class, from its counts (train/metrics/metrics.h):
//   precision = right / named                 of the rows taken for the class, the fraction that belongs to it
//   recall    = right / members               of the rows of the class, the fraction that is found; its sensitivity
//   f1        = 2 * right / (named + members) their harmonic mean
// A class that does not occur, neither as members nor by name, is NaN, and counts in no mean. If a class occurs and its
// quotient is zero by zero, it is 0: a class that is never named has precision 0.
// Error: another dtype or shape. scikit-learn's names: precision_score, recall_score, f1_score with average=None, and
// its defaults for labels and zero_division.
std::vector<double> precision(const Tensor& confusion);
std::vector<double> recall(const Tensor& confusion);
std::vector<double> f1(const Tensor& confusion);

// Their mean: recall(confusion, Average::macro). NaN if no class occurs. The weighted recall is the accuracy. Error: as
// above. scikit-learn's names: average="macro" and average="weighted". balanced_accuracy_score is the macro recall,
// except that it leaves out classes that occur only by name.
double precision(const Tensor& confusion, Average average);
double recall(const Tensor& confusion, Average average);
double f1(const Tensor& confusion, Average average);

// The scores of one class, or their means.
struct ClassScore {
  double precision = 0, recall = 0, f1 = 0;  // 0 if the class does not occur
  double members = 0, named = 0;             // rows of the class, rows taken for it; in an average, of all classes
  bool occurs() const { return members + named > 0; }
};
struct ClassScores {
  std::vector<ClassScore> classes;
  ClassScore macro, weighted;  // as Average says; 0 if no class occurs
  double accuracy = 0;         // the fraction of the rows that is right; 0 without rows
};

// All scores at once. Error: as above. scikit-learn's name: precision_recall_fscore_support, with zero_division=0.
ClassScores class_scores(const Tensor& confusion);

}  // namespace logitape::inline v0
