// nlohmann's JSON, instantiated only in json.cpp: every source that did so took 1.5 times as long to compile. Not
// installed.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

extern template class nlohmann::basic_json<>;

namespace logitape::inline v0::data {

// json::parse, which is a template. Throws json::parse_error.
nlohmann::json parse_json(std::string_view text);
// The same without exceptions: is_discarded() if the text is not JSON.
nlohmann::json parse_json_or_nothing(std::string_view text);

}  // namespace logitape::inline v0::data
