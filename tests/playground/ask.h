// Asks the playground's engine as the page does.
#pragma once
#include <doctest/doctest.h>
#include <playground.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using Json = nlohmann::json;

inline Json ask_text(const std::string& request) { return Json::parse(logitape_playground(request.c_str())); }
inline Json ask(const Json& request) { return ask_text(request.dump()); }

// An answer that is no error.
inline Json answer(const Json& request) {
  const Json a = ask(request);
  INFO(request.dump().substr(0, 200), " -> ", a.value("error", ""));
  REQUIRE_FALSE(a.contains("error"));
  return a;
}

inline std::vector<double> numbers(const Json& list) { return list.get<std::vector<double>>(); }

// Rows of two numbers, of class "in" inside of a circle and "out" outside: a CSV file with a header.
std::string circle_csv(int rows);
