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

// Of several labels their own probabilities; of numbers nothing is beside what was predicted.
Table table_beside(Column predicted, const Tensor& probabilities, std::span<const std::string> names) {
  Table table;
  table.columns.push_back(std::move(predicted));
  const std::vector<double> p = probabilities.defined() ? probabilities.to_vector<double>() : std::vector<double>();
  for (std::size_t k = 0; k < names.size(); ++k) {
    Column& column =
        table.columns.emplace_back(Column{.name = fmt::format("p({})", names[k]), .values = {}, .categories = {}});
    for (std::size_t at = k; at < p.size(); at += names.size()) column.values.push_back(p[at]);
  }
  return table;
}

Table table_of(const Tensor& probabilities, const std::vector<std::int64_t>& best,
               std::span<const std::string> classes) {
  std::vector<std::string> predicted;
  predicted.reserve(best.size());
  for (const std::int64_t c : best) predicted.push_back(classes[static_cast<std::size_t>(c)]);
  return table_beside(text_column("predicted", predicted), probabilities, classes);
}

constexpr const char* table_op = "prediction_table";

void check(const Prediction& prediction, std::span<const std::string> classes) {
  require(!prediction.values.defined() || classes.empty(), table_op,
          "numbers were predicted, and {} classes have names", classes.size());
  if (prediction.values.defined()) return;
  const Tensor& p = prediction.probabilities;
  require(p.defined() && p.rank() == 2 && p.shape()[1] == static_cast<std::int64_t>(classes.size()), table_op,
          "the probabilities are {}, and {} classes have names", p, classes.size());
}

}  // namespace

Table prediction_table(const Prediction& prediction, std::span<const std::string> classes) {
  check(prediction, classes);
  if (prediction.values.defined())
    return table_beside({.name = "predicted", .values = prediction.values.to_vector<double>(), .categories = {}}, {},
                        {});
  if (prediction.decided.defined())
    return table_beside(text_column("predicted", prediction.labels), prediction.probabilities, classes);
  return table_of(prediction.probabilities, prediction.classes, classes);
}

std::string prediction_lines(const Prediction& prediction, std::span<const std::string> classes,
                             std::span<const std::string> files) {
  check(prediction, classes);
  require(files.empty() || files.size() == prediction.labels.size(), "prediction_lines",
          "{} files are named for {} rows", files.size(), prediction.labels.size());
  std::vector<std::string> names;
  try {
    for (const std::string& name : classes) names.push_back(data::json_text(name));
  } catch (const nlohmann::json::type_error&) {
    fail(ErrorCode::invalid_argument, "prediction_lines", "the name of a class is not UTF-8");
  }
  const auto begin_of = [&](std::size_t row) {
    return files.empty() ? std::string("{") : "{\"file\":" + data::json_text_of_bytes(files[row]) + ",";
  };
  if (prediction.values.defined()) {
    std::string lines;
    for (std::size_t row = 0; row < prediction.labels.size(); ++row)
      lines += begin_of(row) + "\"predicted\":" + prediction.labels[row] + "}\n";
    return lines;
  }
  const std::vector<double> p = prediction.probabilities.to_vector<double>();
  const std::vector<std::uint8_t> decided = prediction.decided.defined()
                                                ? prediction.decided.to(DType::u8).to_vector<std::uint8_t>()
                                                : std::vector<std::uint8_t>();
  const auto said = [&](std::size_t row) {
    if (decided.empty()) return names[static_cast<std::size_t>(prediction.classes[row])];
    std::string list;
    for (std::size_t k = 0; k < names.size(); ++k)
      if (decided[row * names.size() + k] != 0) list += (list.empty() ? "" : ",") + names[k];
    return "[" + list + "]";
  };
  std::string lines;
  for (std::size_t row = 0; row < prediction.labels.size(); ++row) {
    lines += begin_of(row) + "\"predicted\":" + said(row) + ",\"probabilities\":{";
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
