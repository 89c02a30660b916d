// A classifier as it is kept and used: a model that the library can name, what its classes are called, and how sure it
// is.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/data/dataset.h"
#include "logitape/train/data/preprocessing.h"
#include "logitape/train/metrics/temperature.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// What a classifier says of some rows.
struct Prediction {
  Tensor probabilities;               // [rows, classes]
  std::vector<std::int64_t> classes;  // of each row the most likely
  std::vector<std::string> labels;    // and its name
};

// Itself a module: Trainer{classifier, AdamW{}}.fit(...) trains it.
class Classifier {
 public:
  // architecture: as build_model takes it (train/classify/architecture.h); classes: their names, as many as the model
  // puts out; rng draws the first weights. Errors: those of build_model; fewer than two classes, two of one name.
  Classifier(std::string architecture, std::vector<std::string> classes, Generator& rng);
  // With the classes and the raw rows of what was fitted.
  Classifier(Preprocessing prepare, std::string architecture, Generator& rng);

  // Raw rows, which go through `preprocessing` where there is one -> probabilities softmax(logits / temperature), and
  // the names of the largest; in evaluation, off the tape. Threads may predict with one classifier at once. Errors:
  // what preprocessing and the model refuse; outputs that are not [rows, classes], or hold a NaN, named with its row.
  Prediction predict(const Tensor& rows) const;
  Prediction predict(const Examples& rows) const;
  Prediction predict(const Table& rows) const;

  // Sets the temperature by rows that it has not learnt from, prepared as those that it trained on; how much that
  // helped. It is 1 where the rows do not tell another (train/metrics/temperature.h): `kept` says why.
  Calibration calibrate(const Dataset& held_out);

  // One safetensors file: weights by their names, the rest in the metadata; whole or not at all (train/files/file.h).
  // Errors of load: those of load_safetensors; a file that is no classifier, or of another format; weights that are not
  // those of its architecture.
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
  const std::vector<std::string>& classes() const { return classes_; }
  double temperature() const { return temperature_; }

  // What is done to raw rows before the model sees them; kept in the file. Empty: rows come as the model takes them.
  std::optional<Preprocessing> preprocessing = {};

 private:
  Prediction predict_prepared(const Tensor& rows) const;

  std::string architecture_;
  std::vector<std::string> classes_;
  Sequential model_;
  double temperature_ = 1;
};

}  // namespace logitape::inline v0
