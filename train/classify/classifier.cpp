// The file: "logitape.classifier" is the format's number; architecture, classes and temperature are beside it as JSON.
#include "logitape/train/classify/classifier.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/backends/detail/share.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/classify/architecture.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/files/detail/json.h"
#include "logitape/train/files/safetensors.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {
namespace {

using nlohmann::json;

constexpr const char* format_name = "logitape.classifier";
constexpr const char* format = "1";
constexpr const char* format_with_threshold = "2";  // who does not know thresholds would name other classes

void check(const std::vector<std::string>& classes) {
  require(classes.size() >= 2, "Classifier", "{} classes are named; at least 2 are needed", classes.size());
  std::vector<std::string> sorted = classes;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  require(twice == sorted.end(), "Classifier", "two classes are named \"{}\"", twice == sorted.end() ? "" : *twice);
}

// Puts the file's weights in the model; each is found by name.
void put_weights(const std::string& path, Classifier& classifier, const std::vector<NamedTensor>& tensors) {
  const char* const op = "Classifier::load";
  const Parameters boxes = weights_of(classifier);
  for (Parameter* box : boxes) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == box->name; });
    require(found != tensors.end(), op, "\"{}\" has no \"{}\", which its model {} has", path, box->name,
            classifier.architecture());
    require(found->tensor.shape() == box->value.shape() && found->tensor.dtype() == box->value.dtype(), op,
            "\"{}\" has \"{}\" as {}, its model {} as {}", path, box->name, found->tensor, classifier.architecture(),
            box->value);
    box->value = box->value.requires_grad() ? variable(found->tensor) : found->tensor;
  }
  require(boxes.size() == tensors.size(), op, "\"{}\" has {} weights, its model {} has {}", path, tensors.size(),
          classifier.architecture(), boxes.size());
}

// Threads share the rows in parts of this size: enough for a product to be worth its call.
constexpr std::int64_t rows_of_a_part = 256;

// The logits of all rows. A row's numbers do not depend on the rows beside it, so parts give the bits of the whole.
Tensor logits_of(const Classifier& classifier, const Tensor& rows) {
  const std::int64_t count = rows.defined() && rows.rank() > 0 ? rows.shape()[0] : 0;
  const auto on_host_too = [&] {
    return train::device_of(parameters_of(const_cast<Classifier&>(classifier))) == Device::cpu();
  };
  if (count <= rows_of_a_part || rows.device() != Device::cpu() || !on_host_too()) return outputs_of(classifier, rows);
  Tensors parts(static_cast<std::size_t>((count + rows_of_a_part - 1) / rows_of_a_part));
  backends::share(std::ssize(parts), [&](std::int64_t part) {
    const NoGrad guard;  // each thread has a tape of its own
    const std::int64_t first = part * rows_of_a_part;
    parts[static_cast<std::size_t>(part)] =
        outputs_of(classifier, train::rows_of(rows, first, std::min(rows_of_a_part, count - first)));
  });
  return concat(parts);
}

// The largest of each row, the first of equal ones. Error: a NaN.
std::vector<std::int64_t> largest(const Tensor& logits) {
  const Tensor here = on_host(logits);
  const std::int64_t rows = here.shape()[0], width = here.shape()[1];
  std::vector<std::int64_t> best(static_cast<std::size_t>(rows));
  bool nan = false;
  visit_any(here.dtype(), [&]<class T>() {
    const auto* row = static_cast<const T*>(here.data());
    for (std::int64_t& b : best) {
      for (std::int64_t c = 0; c < width; ++c) {
        const auto x = convert_element<double>(row[c]);
        nan |= x != x;
        if (x > convert_element<double>(row[b])) b = c;
      }
      row += width;
    }
  });
  if (nan) train::require_no_nan("Classifier::predict", "logit", logits);
  return best;
}

// Names the second class from the threshold on.
void apply_threshold(const Classifier& classifier, Prediction& p) {
  if (!classifier.threshold) return;
  const double threshold = *classifier.threshold;
  require(classifier.classes().size() == 2 && !std::isnan(threshold), "Classifier::predict",
          "the threshold is {}, of {} classes; a number is needed, and 2 classes", threshold,
          classifier.classes().size());
  const std::vector<double> all = p.probabilities.to_vector<double>();
  for (std::size_t row = 0; row < p.classes.size(); ++row) p.classes[row] = all[2 * row + 1] >= threshold ? 1 : 0;
}

}  // namespace

Classifier::Classifier(std::string architecture, std::vector<std::string> classes, Generator& rng)
    : architecture_(std::move(architecture)), classes_(std::move(classes)), model_(build_model(architecture_)) {
  check(classes_);
  model_.initialise(rng);
}

Classifier::Classifier(Preprocessing prepare, std::string architecture, Generator& rng)
    : preprocessing(std::move(prepare)), architecture_(std::move(architecture)), classes_(preprocessing->classes),
      model_(build_model(architecture_)) {
  check(classes_);
  model_.initialise(rng);
}

Prediction Classifier::predict(const Tensor& rows) const {
  return predict_prepared(preprocessing ? preprocessing->inputs(rows) : rows);
}

Prediction Classifier::predict(const Examples& rows) const {
  require(preprocessing.has_value(), "Classifier::predict",
          "raw examples are given, inputs {}, and the classifier has no preprocessing", rows.inputs);
  return predict_prepared(preprocessing->inputs(rows));
}

Prediction Classifier::predict(const Table& rows) const {
  require(preprocessing.has_value(), "Classifier::predict",
          "a table of {} columns is given, and the classifier has no preprocessing", rows.columns.size());
  return predict_prepared(preprocessing->inputs(rows));
}

Prediction Classifier::predict_numbers(std::span<const double> rows) const {
  require(preprocessing.has_value(), "Classifier::predict_numbers",
          "{} numbers are given, and the classifier has no preprocessing that says how many a row has", rows.size());
  return predict_prepared(preprocessing->inputs_of_numbers(rows));
}

Prediction Classifier::predict_prepared(const Tensor& rows) const {
  const NoGrad guard;
  const Tensor logits = logits_of(*this, rows);
  require(logits.rank() == 2 && logits.shape()[1] == static_cast<std::int64_t>(classes_.size()), "Classifier::predict",
          "the model puts out {}; [rows, {}] is needed, one for each class", logits, classes_.size());
  std::vector<std::int64_t> classes = largest(logits);
  Prediction p{softmax(temperature_ == 1 ? logits : logits / temperature_), std::move(classes), {}};
  apply_threshold(*this, p);
  p.labels.reserve(p.classes.size());
  for (const std::int64_t c : p.classes) p.labels.push_back(classes_[static_cast<std::size_t>(c)]);
  return p;
}

Calibration Classifier::calibrate(const Dataset& held_out) {
  const Calibration c = logitape::calibrate(outputs_of(*this, held_out.inputs), held_out.labels);
  temperature_ = c.temperature;
  return c;
}

void Classifier::save(const std::string& path) const {
  std::vector<NamedTensor> tensors;
  // a visit shows boxes that may be written to; here they are only read
  for (const Parameter* box : weights_of(const_cast<Classifier&>(*this)))
    tensors.push_back({box->name, initialised("Classifier::save", *box)});
  try {
    Metadata metadata = {{format_name, threshold ? format_with_threshold : format},
                         {"architecture", architecture_},
                         {"classes", data::json_text(classes_)},
                         {"temperature", data::json_text(temperature_)},
                         {"preprocessing", preprocessing ? preprocessing->json() : ""}};
    if (threshold) metadata["threshold"] = data::json_text(*threshold);
    save_safetensors(path, tensors, metadata);
  } catch (const json::type_error&) {
    fail(ErrorCode::invalid_argument, "Classifier::save", "the name of a class is not UTF-8");
  }
}

Classifier Classifier::load(const std::string& path) {
  const char* const op = "Classifier::load";
  Safetensors file = load_safetensors(path);
  const auto found = file.metadata.find(format_name);
  require(found != file.metadata.end(), ErrorCode::io, op,
          "\"{}\" is a safetensors file, but no classifier: its metadata has no \"{}\"", path, format_name);
  const bool decides = found->second == format_with_threshold;
  require(decides || found->second == format, ErrorCode::unsupported, op,
          "\"{}\" is a classifier of format {}; this version reads formats {} and {}", path, found->second, format,
          format_with_threshold);
  require(!decides || file.metadata.contains("threshold"), ErrorCode::io, op,
          "\"{}\" is a classifier without \"threshold\"", path);
  for (const char* const name : {"architecture", "classes", "temperature", "preprocessing"})
    require(file.metadata.contains(name), ErrorCode::io, op, "\"{}\" is a classifier without \"{}\"", path, name);
  std::vector<std::string> classes;
  double temperature = 0;
  std::optional<double> threshold;
  try {
    classes = data::parse_json(file.metadata["classes"]).get<std::vector<std::string>>();
    temperature = data::parse_json(file.metadata["temperature"]).get<double>();
    if (decides) threshold = data::parse_json(file.metadata["threshold"]).get<double>();
  } catch (const json::exception&) {
    fail(ErrorCode::io, op, "\"{}\" is a classifier whose classes, temperature or threshold cannot be read", path);
  }
  require(std::isfinite(temperature) && temperature > 0, ErrorCode::io, op,
          "\"{}\" has the temperature {}; a number above 0 is needed", path, temperature);
  require(!threshold || (std::isfinite(*threshold) && classes.size() == 2), ErrorCode::io, op,
          "\"{}\" has a threshold for {} classes; there are 2 where there is one", path, classes.size());
  const std::string& architecture = file.metadata["architecture"];
  double numbers = 0;
  for (const NamedTensor& t : file.tensors) numbers += static_cast<double>(t.tensor.size());
  // checked before the model is built: a line of text may ask for more memory than there is
  const double least = least_weights(architecture);
  require(least <= numbers, ErrorCode::io, op, "\"{}\" names the model {} of {} weights or more, and holds {}", path,
          architecture, least, numbers);
  Generator rng;
  Classifier classifier(architecture, std::move(classes), rng);
  put_weights(path, classifier, file.tensors);
  classifier.temperature_ = temperature;
  classifier.threshold = threshold;
  if (const std::string& text = file.metadata["preprocessing"]; !text.empty()) {
    classifier.preprocessing = Preprocessing::from_json(text);
    require(classifier.preprocessing->classes.empty() || classifier.preprocessing->classes == classifier.classes_,
            ErrorCode::io, op, "\"{}\" has {} classes, its preprocessing {} others", path, classifier.classes_.size(),
            classifier.preprocessing->classes.size());
  }
  return classifier;
}

}  // namespace logitape::inline v0
