// nlohmann's JSON, instantiated in json.cpp alone: each source that did so took half again as long to compile. Not
// installed.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

extern template class nlohmann::basic_json<>;

namespace logitape::inline v0::data {

// json::parse, which is a template. Throws json::parse_error.
nlohmann::json parse_json(std::string_view text);
// The same, which does not throw: is_discarded() where the text is no JSON.
nlohmann::json parse_json_or_nothing(std::string_view text);

}  // namespace logitape::inline v0::data
