// One name for every field of the options: a new field does not compile before somebody has decided whether it is kept.
#include "logitape/train/data/detail/reading.h"

#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/json.h"

namespace logitape::inline v0::data {

namespace {

using nlohmann::json;

// A character as text; '\0', which stands for nothing chosen, is "".
std::string text_of(char character) { return character ? std::string(1, character) : std::string(); }

char character_of(const json& object, const char* what) {
  const auto text = object.at(what).get<std::string>();
  require(text.size() <= 1, ErrorCode::io, "Preprocessing::from_json", "the text is no preprocessing: its {} is \"{}\"",
          what, text);
  return text.empty() ? '\0' : text[0];
}

json json_of(const LoadOptions& options) {
  const auto& [named_only, labelled, label, task, weights, csv, inputs, labels, labels_file, image, progress] = options;
  const auto& [csv_named_only, header, separator, decimal, missing_text, missing_number, allow_missing, text, ignore,
               only, classes, classes_are_text, csv_progress] = csv;
  return {{"header", header ? json(*header) : json()},
          {"separator", text_of(separator)},
          {"decimal", text_of(decimal)},
          {"missing_text", missing_text},
          {"missing_number", missing_number},
          {"allow_missing", allow_missing},
          {"label", label},
          {"text", text},
          {"inputs", inputs},
          {"labels", labels}};
}

LoadOptions options_of(const json& object) {
  LoadOptions options;
  if (const json& header = object.at("header"); !header.is_null()) options.csv.header = header.get<bool>();
  options.csv.separator = character_of(object, "separator");
  options.csv.decimal = character_of(object, "decimal");
  object.at("missing_text").get_to(options.csv.missing_text);
  object.at("missing_number").get_to(options.csv.missing_number);
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
    return json_text(json_of(options));
  } catch (const json::type_error&) {
    fail(ErrorCode::invalid_argument, "Preprocessing::json", "an option of how its file was read is not UTF-8");
  }
}

LoadOptions reading_of(std::string_view text) {
  try {
    return options_of(data::parse_json(text));
  } catch (const json::exception&) {
    fail(ErrorCode::io, "Preprocessing::from_json",
         "the text is no preprocessing: how its file was read cannot be read");
  }
}

}  // namespace logitape::inline v0::data
