// nlohmann's JSON. Its parser and its writer are templates, instantiated in json.cpp alone. Not installed.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace logitape::inline v0::data {

using JsonWatch = nlohmann::json::parser_callback_t;

// json::parse. Throws json::parse_error, also where more than 64 brackets are open.
nlohmann::json parse_json(std::string_view text);
// The same; `watch` sees each value before any is kept, and may throw.
nlohmann::json parse_json(std::string_view text, const JsonWatch& watch);
// The same, which does not throw: is_discarded() where the text is no JSON.
nlohmann::json parse_json_or_nothing(std::string_view text);
// json::dump: the shortest text.
std::string json_text(const nlohmann::json& value);
// The same of a text; bytes that are no UTF-8 become U+FFFD.
std::string json_text_of_bytes(const std::string& text);

}  // namespace logitape::inline v0::data
