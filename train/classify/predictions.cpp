// Probabilities and the largest of them, a row of the table for each row of the logits.
#include "logitape/train/classify/predictions.h"

#include "logitape/core/detail/require.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/files/detail/json.h"
#include "logitape/train/files/detail/number.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {
namespace {

Table table_of(const Tensor& probabilities, const std::vector<std::int64_t>& best,
               std::span<const std::string> classes) {
  const std::int64_t rows = probabilities.shape()[0], count = probabilities.shape()[1];
  const std::vector<double> p = probabilities.to_vector<double>();
  std::vector<std::string> predicted;
  predicted.reserve(best.size());
  for (const std::int64_t c : best) predicted.push_back(classes[static_cast<std::size_t>(c)]);
  Table table;
  table.columns.push_back(text_column("predicted", predicted));
  for (std::int64_t c = 0; c < count; ++c) {
    Column& column = table.columns.emplace_back(
        Column{.name = fmt::format("p({})", classes[static_cast<std::size_t>(c)]), .values = {}, .categories = {}});
    for (std::int64_t row = 0; row < rows; ++row) column.values.push_back(p[static_cast<std::size_t>(row * count + c)]);
  }
  return table;
}

constexpr const char* table_op = "prediction_table";

void check(const Prediction& prediction, std::span<const std::string> classes) {
  const Tensor& p = prediction.probabilities;
  require(p.defined() && p.rank() == 2 && p.shape()[1] == static_cast<std::int64_t>(classes.size()), table_op,
          "the probabilities are {}, and {} classes have names", p, classes.size());
}

}  // namespace

Table prediction_table(const Prediction& prediction, std::span<const std::string> classes) {
  check(prediction, classes);
  return table_of(prediction.probabilities, prediction.classes, classes);
}

std::string prediction_lines(const Prediction& prediction, std::span<const std::string> classes,
                             std::span<const std::string> files) {
  check(prediction, classes);
  require(files.empty() || files.size() == prediction.classes.size(), "prediction_lines",
          "{} files are named for {} rows", files.size(), prediction.classes.size());
  std::vector<std::string> names;
  try {
    for (const std::string& name : classes) names.push_back(data::json_text(name));
  } catch (const nlohmann::json::type_error&) {
    fail(ErrorCode::invalid_argument, "prediction_lines", "the name of a class is not UTF-8");
  }
  const std::vector<double> p = prediction.probabilities.to_vector<double>();
  std::string lines;
  for (std::size_t row = 0; row < prediction.classes.size(); ++row) {
    lines += files.empty() ? "{" : "{\"file\":" + data::json_text_of_bytes(files[row]) + ",";
    lines += "\"predicted\":" + names[static_cast<std::size_t>(prediction.classes[row])] + ",\"probabilities\":{";
    for (std::size_t k = 0; k < names.size(); ++k)
      lines += (k == 0 ? "" : ",") + names[k] + ":" + data::number_text(p[row * names.size() + k]);
    lines += "}}\n";
  }
  return lines;
}

Table prediction_table(const Tensor& logits, std::span<const std::string> classes) {
  require(logits.defined() && logits.rank() == 2 && is_arithmetic(logits.dtype()), table_op,
          "the logits are {}; f32 or f64 [rows, classes] are needed", logits);
  const std::int64_t count = logits.shape()[1];
  train::require_no_nan(table_op, "logit", logits);
  require(count > 0 && count == static_cast<std::int64_t>(classes.size()), table_op,
          "the logits {} are of {} classes, and {} have names", logits.shape(), count, classes.size());
  return table_of(softmax(logits), argmax(logits, {.axis = 1}).to_vector<std::int64_t>(), classes);
}

}  // namespace logitape::inline v0
