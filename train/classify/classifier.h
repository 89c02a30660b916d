// A classifier as it is kept and used: a model with a name, the names of its classes, and its temperature.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "logitape/train/data/dataset.h"
#include "logitape/train/data/preprocessing.h"
#include "logitape/train/metrics/temperature.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// A classifier's answer for some rows.
struct Prediction {
  Tensor probabilities;               // [rows, classes]; of each label by itself; none of regression
  std::vector<std::int64_t> classes;  // the most likely class of each row, or as the threshold has it
  std::vector<std::string> labels;    // its name; of several labels "a;b" (cell_of), of regression the number
  Tensor decided = {};                // multilabel: boolean [rows, labels], where the probability reaches the threshold
  Tensor values = {};                 // regression: f64 [rows], in the target's units
};

// It is itself a module: Trainer{classifier, AdamW{}}.fit(...) trains it, and after move_to(classifier, Device::cuda())
// it is trained, calibrated and predicts there, of rows on any device.
class Classifier {
 public:
  // architecture: as for build_model (train/classify/architecture.h). classes: their names, as many as the model's
  // outputs. rng draws the first weights. Errors: those of build_model; fewer than two classes, two with one name.
  Classifier(std::string architecture, std::vector<std::string> classes, Generator& rng);
  // Takes the classes, the kind of raw rows and the task from what was fitted. Errors: multilabel without a label,
  // regression with classes.
  Classifier(Preprocessing prepare, std::string architecture, Generator& rng);

  // Raw rows -> probabilities softmax(logits / temperature), and the names of the largest; in evaluation, off the tape.
  // multilabel: sigmoid(logits); regression: outputs * scale + offset, as the targets were (Prediction).
  // The rows go through `preprocessing` if there is one. Several threads may predict with one classifier; the rows of
  // one call, if there are many, are shared among the pool's threads, with the same bits. Errors: what
  // preprocessing and the model refuse; outputs that are not [rows, classes], or hold a NaN, named with its row; a
  // threshold of a classifier that has not two classes, or that is no number.
  Prediction predict(const Tensor& rows) const;
  Prediction predict(const Examples& rows) const;
  Prediction predict(const Table& rows) const;
  // Raw rows as plain numbers, one behind the other (Preprocessing::inputs_of_numbers): nothing is looked up by name, a
  // row takes microseconds. Error: the classifier has no preprocessing; those above.
  Prediction predict_numbers(std::span<const double> rows) const;

  // Sets the temperature from rows that the model has not learnt from, prepared like the training rows. Returns how
  // much that helped. It stays 1 if the rows do not tell another (train/metrics/temperature.h): `kept` says why. Error:
  // a task without classes.
  Calibration calibrate(const Dataset& held_out);

  // One safetensors file: weights by their names, the rest in the metadata; written whole or not at all
  // (train/files/file.h). Errors of load: those of load_safetensors; a file that is no classifier, or of another
  // format; weights that do not fit its architecture. What is loaded is on the cpu, wherever it was saved.
  void save(const std::string& path) const;
  static Classifier load(const std::string& path);

  // clang-format off
  void fit(...) const = delete;            // write Trainer{classifier, AdamW{}}.fit(prepare(train))
  void predict_proba(...) const = delete;  // write predict(rows).probabilities
  void score(...) const = delete;          // write accuracy(predict(rows).probabilities, labels)
  // clang-format on

  // As a module: prepared inputs to logits, without the temperature. In classifier(x) Dropout drops.
  Tensor operator()(const Tensor& x) { return model_(x); }
  Tensor operator()(const Tensor& x, InEvaluation) const { return model_(x, evaluation); }
  void visit(const ParameterVisitor& show) { model_.visit(show); }
  void visit_buffers(const ParameterVisitor& show) { model_.visit_buffers(show); }
  void initialise(Generator& rng) { model_.initialise(rng); }
  std::string str() const { return architecture_; }

  const std::string& architecture() const { return architecture_; }
  const Sequential& model() const { return model_; }
  const std::vector<std::string>& classes() const { return classes_; }  // or labels; of regression there are none
  Task task() const { return preprocessing ? preprocessing->task : Task::classes; }
  double temperature() const { return temperature_; }

  // For two classes: the second is named where its probability is at least this, else the first (tune_threshold,
  // train/metrics/threshold.h). Kept in the file. Empty: the larger probability names the class.
  std::optional<double> threshold = {};
  // multilabel: a label is said where its probability is at least its threshold, in the order of classes(); kept in the
  // file. Empty: 0.5 each.
  std::vector<double> thresholds = {};

  // What is done to raw rows before the model sees them; kept in the file. Empty: the model takes rows as they are.
  std::optional<Preprocessing> preprocessing = {};

 private:
  Prediction predict_prepared(const Tensor& rows) const;

  std::string architecture_;
  std::vector<std::string> classes_;
  Sequential model_;
  double temperature_ = 1;
};

}  // namespace logitape::inline v0
