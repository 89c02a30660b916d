// The file: "logitape.classifier" is the format's number; architecture, classes and temperature are beside it as JSON.
#include "logitape/train/classify/classifier.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/record.h"
#include "logitape/backends/detail/share.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/classify/architecture.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/files/detail/json.h"
#include "logitape/train/files/detail/number.h"
#include "logitape/train/files/safetensors.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {
namespace {

using nlohmann::json;

constexpr const char* format_name = "logitape.classifier";
constexpr const char* format = "1";
constexpr const char* format_with_threshold = "2";  // who does not know thresholds would name other classes
constexpr const char* format_with_task = "3";       // nor who does not know tasks

void check(const std::vector<std::string>& classes, Task task = Task::classes) {
  const std::size_t count = classes.size();
  require(task != Task::classes || count >= 2, "Classifier", "{} classes are named; at least 2 are needed", count);
  require(task != Task::multilabel || count >= 1, "Classifier", "no label is named, and the task is multilabel");
  require(task != Task::regression || count == 0, "Classifier", "{} classes are named, and the task is regression",
          count);
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

// What a file says of classes and of how they are decided on.
struct Decisions {
  std::vector<std::string> classes = {};
  double temperature = 0;
  std::optional<double> threshold = {};
  std::vector<double> thresholds = {};
};
Decisions decisions_in(const std::string& path, Metadata& metadata, bool has_threshold, bool has_task) {
  const char* const op = "Classifier::load";
  Decisions d;
  try {
    d.classes = data::parse_json(metadata["classes"]).get<std::vector<std::string>>();
    d.temperature = data::parse_json(metadata["temperature"]).get<double>();
    if (has_threshold) d.threshold = data::parse_json(metadata["threshold"]).get<double>();
    if (has_task) d.thresholds = data::parse_json(metadata["thresholds"]).get<std::vector<double>>();
  } catch (const json::exception&) {
    fail(ErrorCode::io, op, "\"{}\" is a classifier whose classes, temperature or threshold cannot be read", path);
  }
  require(std::isfinite(d.temperature) && d.temperature > 0, ErrorCode::io, op,
          "\"{}\" has the temperature {}; a number above 0 is needed", path, d.temperature);
  require(!d.threshold || (std::isfinite(*d.threshold) && d.classes.size() == 2), ErrorCode::io, op,
          "\"{}\" has a threshold for {} classes; there are 2 where there is one", path, d.classes.size());
  require(d.thresholds.empty() || d.thresholds.size() == d.classes.size(), ErrorCode::io, op,
          "\"{}\" has {} thresholds for {} labels", path, d.thresholds.size(), d.classes.size());
  return d;
}

// sigmoid(logits), and the labels that reach their threshold.
Prediction several_labels(const Classifier& classifier, const Tensor& logits) {
  const std::vector<std::string>& names = classifier.classes();
  require(classifier.thresholds.empty() || classifier.thresholds.size() == names.size(), "Classifier::predict",
          "{} thresholds are given for {} labels", classifier.thresholds.size(), names.size());
  Prediction p{.probabilities = sigmoid(logits), .classes = {}, .labels = {}};
  const std::vector<double> all = p.probabilities.to_vector<double>();
  std::vector<std::uint8_t> decided;
  for (std::size_t row = 0; row < all.size() / names.size(); ++row) {
    std::vector<std::string> said;
    for (std::size_t label = 0; label < names.size(); ++label) {
      const double threshold = classifier.thresholds.empty() ? 0.5 : classifier.thresholds[label];
      require(!std::isnan(threshold), "Classifier::predict", "the threshold of \"{}\" is no number", names[label]);
      decided.push_back(all[row * names.size() + label] >= threshold);
      if (decided.back() != 0) said.push_back(names[label]);
    }
    p.labels.push_back(cell_of(said));
  }
  p.decided = from_span(decided, logits.shape()).to(DType::boolean);
  return p;
}

// The outputs in the target's units.
Prediction numbers(const PreparedColumn& target, const Tensor& outputs) {
  Prediction p;
  std::vector<double> values = outputs.to_vector<double>();
  for (double& value : values) {
    value = value * target.scale + target.offset;
    p.labels.push_back(data::number_text(value));
  }
  p.values = from_span(values, {outputs.shape()[0]});
  return p;
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
  check(classes_, preprocessing->task);
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
  const std::size_t outputs = task() == Task::regression ? 1 : classes_.size();
  require(logits.rank() == 2 && logits.shape()[1] == static_cast<std::int64_t>(outputs), "Classifier::predict",
          "the model puts out {}; [rows, {}] is needed{}", logits, outputs,
          task() == Task::classes ? ", one for each class" : "");
  if (task() != Task::classes) {
    train::require_no_nan("Classifier::predict", "logit", logits);
    return task() == Task::multilabel ? several_labels(*this, logits) : numbers(preprocessing->target, logits);
  }
  std::vector<std::int64_t> classes = largest(logits);
  Prediction p{softmax(temperature_ == 1 ? logits : logits / temperature_), std::move(classes), {}};
  apply_threshold(*this, p);
  p.labels.reserve(p.classes.size());
  for (const std::int64_t c : p.classes) p.labels.push_back(classes_[static_cast<std::size_t>(c)]);
  return p;
}

Calibration Classifier::calibrate(const Dataset& held_out) {
  require(task() == Task::classes, "Classifier::calibrate", "the task is {}, and a temperature is of classes",
          name(task()));
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
    const bool has_task = task() != Task::classes;
    Metadata metadata = {{format_name, has_task    ? format_with_task
                                       : threshold ? format_with_threshold
                                                   : format},
                         {"architecture", architecture_},
                         {"classes", data::json_text(classes_)},
                         {"temperature", data::json_text(temperature_)},
                         {"preprocessing", preprocessing ? preprocessing->json() : ""}};
    if (threshold && !has_task) metadata["threshold"] = data::json_text(*threshold);
    if (has_task) metadata["thresholds"] = data::json_text(thresholds);
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
  const bool decides = found->second == format_with_threshold, has_task = found->second == format_with_task;
  require(decides || has_task || found->second == format, ErrorCode::unsupported, op,
          "\"{}\" is a classifier of format {}; this version reads formats {}, {} and {}", path, found->second, format,
          format_with_threshold, format_with_task);
  require(!has_task || file.metadata.contains("thresholds"), ErrorCode::io, op,
          "\"{}\" is a classifier without \"thresholds\"", path);
  require(!decides || file.metadata.contains("threshold"), ErrorCode::io, op,
          "\"{}\" is a classifier without \"threshold\"", path);
  for (const char* const name : {"architecture", "classes", "temperature", "preprocessing"})
    require(file.metadata.contains(name), ErrorCode::io, op, "\"{}\" is a classifier without \"{}\"", path, name);
  auto [classes, temperature, threshold, thresholds] = decisions_in(path, file.metadata, decides, has_task);
  std::optional<Preprocessing> prepare;
  if (const std::string& text = file.metadata["preprocessing"]; !text.empty()) prepare = Preprocessing::from_json(text);
  const Task task = prepare ? prepare->task : Task::classes;
  require((task != Task::classes) == has_task, ErrorCode::io, op,
          "\"{}\" is a classifier of format {}, and the task of its preprocessing is {}", path, found->second,
          name(task));
  require(!prepare || (task == Task::classes && prepare->classes.empty()) || prepare->classes == classes, ErrorCode::io,
          op, "\"{}\" has {} classes, its preprocessing {} others", path, classes.size(),
          prepare ? prepare->classes.size() : 0);
  const std::string& architecture = file.metadata["architecture"];
  double numbers = 0;
  for (const NamedTensor& t : file.tensors) numbers += static_cast<double>(t.tensor.size());
  // checked before the model is built: a line of text may ask for more memory than there is
  const double least = least_weights(architecture);
  require(least <= numbers, ErrorCode::io, op, "\"{}\" names the model {} of {} weights or more, and holds {}", path,
          architecture, least, numbers);
  Generator rng;
  if (has_task) check(classes, task);
  Classifier classifier =
      has_task ? Classifier(*prepare, architecture, rng) : Classifier(architecture, std::move(classes), rng);
  put_weights(path, classifier, file.tensors);
  classifier.temperature_ = temperature;
  classifier.threshold = threshold;
  classifier.thresholds = std::move(thresholds);
  classifier.preprocessing = std::move(prepare);
  return classifier;
}

}  // namespace logitape::inline v0
