// A Preprocessing as JSON, for the metadata of a model's file. What is read is checked as if a stranger had written it.
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/reading.h"
#include "logitape/train/data/preprocessing.h"
#include "logitape/train/files/detail/json.h"

namespace logitape::inline v0 {
namespace {

using nlohmann::json;

constexpr const char* json_op = "Preprocessing::from_json";
constexpr int version = 1, version_with_task = 2;  // who does not know tasks would take labels for classes

[[noreturn]] void refuse(const std::string& why) {
  fail(ErrorCode::io, json_op, "the text is no preprocessing: {}", why);
}

const json& entry(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) refuse(fmt::format("it has no \"{}\"", name));
  return object.at(name);
}

std::string text(const json& object, const char* name) {
  const json& value = entry(object, name);
  if (!value.is_string()) refuse(fmt::format("\"{}\" is not text", name));
  return value.get<std::string>();
}

double number(const json& object, const char* name) {
  const json& value = entry(object, name);
  if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(fmt::format("\"{}\" is not a number", name));
  return value.get<double>();
}

std::vector<std::string> texts(const json& object, const char* name) {
  std::vector<std::string> values;
  const json& list = entry(object, name);
  if (!list.is_array()) refuse(fmt::format("\"{}\" is not a list", name));
  for (const json& value : list) {
    if (!value.is_string()) refuse(fmt::format("\"{}\" has what is not text", name));
    values.push_back(value.get<std::string>());
  }
  return values;
}

std::vector<std::int64_t> counts(const json& object, const char* name) {
  std::vector<std::int64_t> values;
  const json& list = entry(object, name);
  if (!list.is_array()) refuse(fmt::format("\"{}\" is not a list", name));
  for (const json& value : list) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT32_MAX)
      refuse(fmt::format("\"{}\" has what is not a whole number from 0 to 2^31-1", name));
    values.push_back(value.get<std::int64_t>());
  }
  return values;
}

HashingTokenizer tokenizer_of(const json& object) {
  const auto count = [&](const char* name) {
    const double value = number(object, name);
    if (value < 1 || value > INT32_MAX || value != std::trunc(value))
      refuse(fmt::format("\"{}\" of its tokenizer is {}", name, value));
    return static_cast<std::int64_t>(value);
  };
  return {.buckets = count("buckets"), .words = count("words"), .longest = count("longest")};
}

void check_together(const Preprocessing& p) {
  if (p.class_sizes.size() != p.classes.size()) refuse("its classes and their sizes are not as many");
  if (p.row.size() >= max_rank || p.image.size() > 3) refuse("a row has more axes than there can be");
  std::int64_t width = 1;
  for (const std::int64_t extent : p.row)
    if (__builtin_mul_overflow(width, extent, &width)) refuse("a row has more elements than there can be");
  const bool one_for_all = !p.from_table && p.columns.size() == 1;
  if (p.columns.empty() ||
      (!one_for_all && (p.row.size() != 1 || static_cast<std::int64_t>(p.columns.size()) != p.row[0])))
    refuse(
        fmt::format("it has {} columns for a row of {} axes and {} elements", p.columns.size(), p.row.size(), width));
  if (p.tokenizer && (!p.from_table || p.columns.size() != 1 || !p.columns[0].categories.empty()))
    refuse("it has a tokenizer, and its columns are not one of free text");
  if (p.task == Task::regression && !p.classes.empty())
    refuse(fmt::format("it is of regression, and has {} classes", p.classes.size()));
  if (p.task == Task::multilabel && p.classes.empty()) refuse("it has no labels");
  if (p.target.scale <= 0) refuse(fmt::format("the scale of the target is {}", p.target.scale));
  for (const PreparedColumn& column : p.columns) {
    if (column.scale <= 0) refuse(fmt::format("the scale of '{}' is {}", column.name, column.scale));
    if (!p.from_table && !column.categories.empty())
      refuse(fmt::format("'{}' has categories, and is no column of a table", column.name));
  }
}

}  // namespace

std::string Preprocessing::json() const {
  require(!columns.empty(), "Preprocessing::json", "it is not fitted: Preprocessing::fit(training) makes one that is");
  nlohmann::json list = nlohmann::json::array();
  for (const PreparedColumn& c : columns) {
    if (c.categories.empty())
      list.push_back({{"name", c.name}, {"mean", c.mean}, {"offset", c.offset}, {"scale", c.scale}});
    else list.push_back({{"name", c.name}, {"categories", c.categories}});
  }
  nlohmann::json object = {{"version", version}, {"label", label}, {"classes", classes}, {"class_sizes", class_sizes},
                           {"columns", list},    {"row", row},     {"image", image},     {"from_table", from_table}};
  if (task != Task::classes) {
    object["version"] = version_with_task;
    object["task"] = name(task);
    object["target"] = {{"offset", target.offset}, {"scale", target.scale}};
  }
  if (reading) object["reading"] = data::parse_json(data::reading_json(*reading));
  if (tokenizer)
    object["tokenizer"] = {
        {"buckets", tokenizer->buckets}, {"words", tokenizer->words}, {"longest", tokenizer->longest}};
  try {
    return data::json_text(object);
  } catch (const nlohmann::json::type_error&) {
    fail(ErrorCode::invalid_argument, "Preprocessing::json", "a name of a column, a category or a class is not UTF-8");
  }
}

Preprocessing Preprocessing::from_json(std::string_view given) {
  const nlohmann::json object = data::parse_json_or_nothing(given);
  if (object.is_discarded()) refuse("it is not JSON");
  const double v = number(object, "version");
  if (v != version && v != version_with_task)
    refuse(fmt::format("its version is {}, and {} and {} can be read", v, version, version_with_task));
  Preprocessing p;
  p.label = text(object, "label");
  p.classes = texts(object, "classes");
  p.class_sizes = counts(object, "class_sizes");
  p.row = counts(object, "row");
  p.image = counts(object, "image");
  if (!entry(object, "from_table").is_boolean()) refuse("\"from_table\" is neither true nor false");
  p.from_table = object.at("from_table").get<bool>();
  if (!entry(object, "columns").is_array()) refuse("\"columns\" is not a list");
  for (const nlohmann::json& c : object.at("columns")) {
    PreparedColumn& column = p.columns.emplace_back(PreparedColumn{.name = text(c, "name"), .categories = {}});
    if (c.contains("categories")) {
      column.categories = texts(c, "categories");
      if (column.categories.empty()) refuse(fmt::format("'{}' has no categories", column.name));
      continue;
    }
    column.mean = number(c, "mean");
    column.offset = number(c, "offset");
    column.scale = number(c, "scale");
  }
  if (v == version_with_task) {
    const std::string task = text(object, "task");
    if (task != name(Task::multilabel) && task != name(Task::regression))
      refuse(fmt::format("its task is \"{}\"", task));
    p.task = task_named(task);
    p.target.name = p.label;
    p.target.mean = p.target.offset = number(entry(object, "target"), "offset");
    p.target.scale = number(entry(object, "target"), "scale");
  }
  if (object.contains("tokenizer")) p.tokenizer = tokenizer_of(object.at("tokenizer"));
  if (object.contains("reading")) p.reading = data::reading_of(data::json_text(object.at("reading")));
  check_together(p);
  return p;
}

}  // namespace logitape::inline v0
