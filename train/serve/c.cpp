// The C functions: each checks what it is given, calls Classifier, and turns what that throws into a sentence. Nothing
// here is shared between calls but the model, which no call changes; the sentence is the thread's own.
#include "logitape/train/serve/c.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <new>

#include "logitape/core/detail/require.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/export/detail/placed.h"

namespace lt = logitape;

struct logitape_model {
  explicit logitape_model(lt::Classifier loaded);
  lt::Prediction said_of(std::span<const double> rows) const;

  lt::Classifier classifier;
  lt::Shape row;  // without a preprocessing: of a row
  std::vector<std::string> names;
  std::vector<const char*> class_names, input_names;
  std::vector<std::size_t> counts;
  std::vector<std::vector<const char*>> texts;
  std::vector<const char* const*> categories;
};

namespace {

// As many bytes as the header promises. No allocation: "no memory is left" has to fit too.
constinit thread_local char sentence[1024] = "";

void say(const char* text) noexcept {
  std::size_t length = std::min(std::strlen(text), sizeof sentence - 1);
  // a letter of several bytes stays whole
  while (length < std::strlen(text) && length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
    --length;
  std::memmove(sentence, text, length);
  sentence[length] = '\0';
}

// Runs f; what it throws becomes the sentence, and the result is `failed`.
template <class T, class F>
T guarded(T failed, F f) noexcept {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    say("no memory is left");
  } catch (const std::exception& e) {
    say(e.what());
  } catch (...) {
    say("an unknown exception");
  }
  return failed;
}

constexpr int fault = 1;

}  // namespace

logitape_model::logitape_model(lt::Classifier loaded) : classifier(std::move(loaded)) {
  const char* const op = "logitape_load";
  for (const std::string& name : classifier.classes()) class_names.push_back(name.c_str());
  if (const auto& p = classifier.preprocessing) {
    lt::require(!p->tokenizer, lt::ErrorCode::unsupported, op,
                "the classifier reads free text, column '{}', and rows of numbers cannot hold it", p->columns[0].name);
    const bool by_column = p->numbers_of_a_row() == std::ssize(p->columns);
    for (std::int64_t i = 0; i < p->numbers_of_a_row(); ++i) {
      const lt::PreparedColumn* column = by_column ? &p->columns[static_cast<std::size_t>(i)] : nullptr;
      names.push_back(p->from_table && column ? column->name : "input " + std::to_string(i + 1));
      std::vector<const char*>& of_column = texts.emplace_back();
      if (column)
        for (const std::string& text : column->categories) of_column.push_back(text.c_str());
    }
  } else {
    lt::require(!classifier.architecture().starts_with("text:"), lt::ErrorCode::unsupported, op,
                "the classifier {} reads ids of words, and rows of numbers cannot hold them",
                classifier.architecture());
    std::vector<lt::train::Placed> layers = lt::train::placed_layers(classifier.model());
    row = lt::train::first_shape({op, "a model", "Preprocessing"}, layers);
    for (std::int64_t i = 0; i < row.size(); ++i) names.push_back("input " + std::to_string(i + 1));
    texts.resize(names.size());
  }
  for (const std::string& name : names) input_names.push_back(name.c_str());
  for (const std::vector<const char*>& of_column : texts) {
    counts.push_back(of_column.size());
    categories.push_back(of_column.empty() ? nullptr : of_column.data());
  }
}

lt::Prediction logitape_model::said_of(std::span<const double> rows) const {
  if (classifier.preprocessing) return classifier.predict_numbers(rows);
  const std::int64_t count = std::ssize(rows) / row.size();
  return classifier.predict(lt::from_span(rows, {count, row.size()}).to(lt::DType::f32));
}

extern "C" {

logitape_model* logitape_load(const char* path) {
  return guarded<logitape_model*>(nullptr, [&] {
    lt::require(path != nullptr, "logitape_load", "the path is NULL");
    lt::Classifier classifier = lt::Classifier::load(path);
    lt::require(classifier.task() == lt::Task::classes, lt::ErrorCode::unsupported, "logitape_load",
                "\"{}\" is of the task {}, and these functions tell one class of several", path,
                lt::name(classifier.task()));
    return std::make_unique<logitape_model>(std::move(classifier)).release();
  });
}

int logitape_describe(const logitape_model* model, logitape_shape* shape) {
  return guarded(fault, [&] {
    const char* const op = "logitape_describe";
    lt::require(model != nullptr, op, "the model is NULL");
    lt::require(shape != nullptr, op, "the shape is NULL");
    lt::require(shape->size >= offsetof(logitape_shape, class_names) && shape->size <= 4096, op,
                "the shape's size is {}; sizeof(logitape_shape) is needed, {} here", shape->size,
                sizeof(logitape_shape));
    const logitape_shape ours = {shape->size,
                                 model->names.size(),
                                 model->class_names.size(),
                                 model->class_names.data(),
                                 model->input_names.data(),
                                 model->counts.data(),
                                 model->categories.data()};
    const std::size_t known = std::min(sizeof ours, shape->size);
    std::memset(reinterpret_cast<char*>(shape) + known, 0, shape->size - known);  // members that came later
    std::memcpy(shape, &ours, known);
    return 0;
  });
}

int logitape_predict(const logitape_model* model, const double* rows, std::size_t row_count, std::size_t inputs,
                     float* probabilities, std::size_t classes, int* best) {
  return guarded(fault, [&] {
    const char* const op = "logitape_predict";
    lt::require(model != nullptr, op, "the model is NULL");
    lt::require(inputs == model->names.size(), op, "rows of {} numbers are given; the model takes {}", inputs,
                model->names.size());
    lt::require(!probabilities || classes == model->class_names.size(), op,
                "there is room for {} probabilities a row; the model gives {}", classes, model->class_names.size());
    if (row_count == 0) return 0;
    lt::require(rows != nullptr, op, "{} rows are given, and their address is NULL", row_count);
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(double);
    lt::require(row_count <= most / inputs, op, "{} rows of {} numbers are given, more than memory can hold", row_count,
                inputs);
    const lt::Prediction said = model->said_of({rows, row_count * inputs});
    if (probabilities)
      std::memcpy(probabilities, said.probabilities.data(), row_count * model->class_names.size() * sizeof(float));
    if (best)
      std::transform(said.classes.begin(), said.classes.end(), best, [](auto c) { return static_cast<int>(c); });
    return 0;
  });
}

const char* logitape_error(void) { return sentence; }

void logitape_free(logitape_model* model) { delete model; }
}
