// Probabilities and the largest of them, a row of the table for each row of the logits.
#include "logitape/train/classify/predictions.h"

#include "logitape/core/detail/require.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
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

}  // namespace

Table prediction_table(const Prediction& prediction, std::span<const std::string> classes) {
  const Tensor& p = prediction.probabilities;
  require(p.defined() && p.rank() == 2 && p.shape()[1] == static_cast<std::int64_t>(classes.size()), "prediction_table",
          "the probabilities are {}, and {} classes have names", p, classes.size());
  return table_of(p, prediction.classes, classes);
}

Table prediction_table(const Tensor& logits, std::span<const std::string> classes) {
  require(logits.defined() && logits.rank() == 2 && is_arithmetic(logits.dtype()), "prediction_table",
          "the logits are {}; f32 or f64 [rows, classes] are needed", logits);
  const std::int64_t count = logits.shape()[1];
  train::require_no_nan("prediction_table", "logit", logits);
  require(count > 0 && count == static_cast<std::int64_t>(classes.size()), "prediction_table",
          "the logits {} are of {} classes, and {} have names", logits.shape(), count, classes.size());
  return table_of(softmax(logits), argmax(logits, {.axis = 1}).to_vector<std::int64_t>(), classes);
}

}  // namespace logitape::inline v0
