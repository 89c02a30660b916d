// One name for every field of the options, so that a new one does not compile before somebody has decided whether it is kept.
#include "logitape/train/data/reading.h"

#include <nlohmann/json.hpp>

#include "logitape/core/require.h"

namespace logitape::inline v0::data {

namespace {

using nlohmann::json;

json json_of(const LoadOptions& options) {
  const auto& [labelled, label, csv, inputs, labels, labels_file, image, progress] = options;
  const auto& [header, separator, missing_text, allow_missing, text, ignore, only, csv_progress] = csv;
  return {{"header", header ? json(*header) : json()},
          {"separator", separator ? std::string(1, separator) : std::string()},
          {"missing_text", missing_text},
          {"allow_missing", allow_missing},
          {"label", label},
          {"text", text},
          {"inputs", inputs},
          {"labels", labels}};
}

LoadOptions options_of(const json& object) {
  LoadOptions options;
  if (const json& header = object.at("header"); !header.is_null()) options.csv.header = header.get<bool>();
  const auto separator = object.at("separator").get<std::string>();
  require(separator.size() <= 1, ErrorCode::io, "Preprocessing::from_json", "the text is no preprocessing: its separator is \"{}\"",
          separator);
  if (!separator.empty()) options.csv.separator = separator[0];
  object.at("missing_text").get_to(options.csv.missing_text);
  object.at("allow_missing").get_to(options.csv.allow_missing);
  object.at("label").get_to(options.label);
  object.at("text").get_to(options.csv.text);
  object.at("inputs").get_to(options.inputs);
  object.at("labels").get_to(options.labels);
  return options;
}

}  // namespace

std::string reading_json(const LoadOptions& options) {
  try {
    return json_of(options).dump();
  } catch (const json::type_error&) {
    fail(ErrorCode::invalid_argument, "Preprocessing::json", "an option of how its file was read is not UTF-8");
  }
}

LoadOptions reading_of(std::string_view text) {
  try {
    return options_of(json::parse(text));
  } catch (const json::exception&) {
    fail(ErrorCode::io, "Preprocessing::from_json", "the text is no preprocessing: how its file was read cannot be read");
  }
}

}  // namespace logitape::inline v0::data
