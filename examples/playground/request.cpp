// Reads the members of a request, and writes numbers.
#include "request.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace {

std::string joined(const std::initializer_list<const char*>& words) {
  std::string text;
  for (const char* word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::string plain(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", x);
  return text;
}

}  // namespace

std::string shown(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 50) + " ...";
}

Request::Request(const Json& object, std::initializer_list<const char*> known) : object_(object) {
  for (const auto& [name, value] : object.items()) {
    bool is_known = name == "ask";
    for (const char* k : known) is_known = is_known || name == k;
    if (!is_known)
      throw std::invalid_argument("a request \"" + object.value("ask", "") + "\" has no " + shown(Json(name)) +
                                  ": it may have " + (known.size() == 0 ? "nothing else" : joined(known)));
  }
}

const Json& Request::member(const char* name) const {
  if (!has(name)) throw std::invalid_argument("a request \"" + object_.value("ask", "") + "\" needs \"" + name + "\"");
  return object_.at(name);
}

bool Request::flag(const char* name, bool otherwise) const {
  if (!has(name)) return otherwise;
  if (!member(name).is_boolean())
    throw std::invalid_argument(std::string(name) + " needs true or false, not " + shown(member(name)));
  return member(name).get<bool>();
}

double Request::number(const char* name, double otherwise, double least, double most) const {
  const double x = has(name) ? number_of(member(name), name) : otherwise;
  if (!(x >= least && x <= most))
    throw std::invalid_argument(std::string(name) + " needs a number from " + plain(least) + " to " + plain(most) +
                                ", not " + shown(member(name)));
  return x;
}

std::int64_t Request::whole(const char* name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
  const double x = has(name) ? number_of(member(name), name) : static_cast<double>(otherwise);
  if (!(x >= static_cast<double>(least) && x <= static_cast<double>(most)) || x != std::floor(x))
    throw std::invalid_argument(std::string(name) + " needs a whole number from " + std::to_string(least) + " to " +
                                std::to_string(most) + ", not " + shown(member(name)));
  return static_cast<std::int64_t>(x);
}

std::string Request::text(const char* name, const std::string& otherwise) const {
  if (!has(name)) return otherwise;
  if (!member(name).is_string())
    throw std::invalid_argument(std::string(name) + " needs a text, not " + shown(member(name)));
  return member(name).get<std::string>();
}

std::string Request::choice(const char* name, std::initializer_list<const char*> choices) const {
  const std::string chosen = text(name, *choices.begin());
  for (const char* c : choices)
    if (chosen == c) return chosen;
  throw std::invalid_argument(std::string(name) + " needs one of " + joined(choices) + ", not " + shown(member(name)));
}

std::vector<double> Request::numbers(const char* name) const {
  const Json& list = member(name);
  if (!list.is_array()) throw std::invalid_argument(std::string(name) + " needs a list of numbers, not " + shown(list));
  std::vector<double> values;
  for (const Json& value : list)
    values.push_back(number_of(value, std::string(name) + " " + std::to_string(values.size() + 1)));
  return values;
}

std::vector<std::string> Request::texts(const char* name) const {
  std::vector<std::string> values;
  if (!has(name)) return values;
  if (!member(name).is_array())
    throw std::invalid_argument(std::string(name) + " needs a list of texts, not " + shown(member(name)));
  for (const Json& value : member(name)) {
    if (!value.is_string())
      throw std::invalid_argument(std::string(name) + " needs a list of texts, and has " + shown(value));
    values.push_back(value.get<std::string>());
  }
  return values;
}

double number_of(const Json& value, const std::string& where) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (value.is_number()) return value.get<double>();
  if (value == "inf") return infinity;
  if (value == "-inf") return -infinity;
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  throw std::invalid_argument(where + " is " + shown(value) + ", which is no number");
}

Json json_of(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Json json_of(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(json_of(value));
  return list;
}

Json json_of(const logitape::Tensor& tensor) {
  const std::vector<double> values = tensor.to_vector<double>();
  if (tensor.rank() == 0) return json_of(values[0]);
  if (tensor.rank() == 1) return json_of(values);
  Json rows = Json::array();
  const auto columns = static_cast<std::size_t>(tensor.shape()[1]);
  for (std::size_t i = 0; i < values.size(); i += columns)
    rows.push_back(json_of(std::vector<double>(values.begin() + static_cast<std::ptrdiff_t>(i),
                                               values.begin() + static_cast<std::ptrdiff_t>(i + columns))));
  return rows;
}
