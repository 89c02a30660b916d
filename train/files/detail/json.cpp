// Where nlohmann's parser and writer are compiled.
#include "logitape/train/files/detail/json.h"

namespace logitape::inline v0::data {

nlohmann::json parse_json(std::string_view text) { return nlohmann::json::parse(text); }
nlohmann::json parse_json(std::string_view text, const JsonWatch& watch) { return nlohmann::json::parse(text, watch); }
nlohmann::json parse_json_or_nothing(std::string_view text) { return nlohmann::json::parse(text, nullptr, false); }
std::string json_text(const nlohmann::json& value) { return value.dump(); }

}  // namespace logitape::inline v0::data
