// The only instantiation of nlohmann's JSON.
#include "logitape/train/files/detail/json.h"

template class nlohmann::basic_json<>;

namespace logitape::inline v0::data {

nlohmann::json parse_json(std::string_view text) { return nlohmann::json::parse(text); }
nlohmann::json parse_json_or_nothing(std::string_view text) { return nlohmann::json::parse(text, nullptr, false); }

}  // namespace logitape::inline v0::data
