// JSON of gradient reports, and the small writer below it, as nlohmann's parser reads them.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gradcheck_test.h"
#include "logitape/autograd/check/detail/json.h"
#include "logitape/ops/create.h"

using namespace logitape;
using namespace gradcheck_test;
using Json = nlohmann::json;

namespace {

Json parsed(const detail::json::Value& v) { return Json::parse(v.text); }
// With bytes that are no UTF-8 replaced, as nlohmann's own writer does when it is asked to.
std::string repaired(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("values become the JSON that another library reads as the same values") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double v : {0.0, -0.0, 1.0, 0.1, -1e300, 5e-324, 1e17, 123456789.125}) {
      CHECK(parsed(v).get<double>() == v);
      CHECK(parsed(v).is_number());
    }
    CHECK(parsed(infinity) == "inf");
    CHECK(parsed(-infinity) == "-inf");
    CHECK(parsed(std::nan("")) == "nan");
    CHECK(parsed(-std::nan("")) == "nan");
    for (const std::int64_t v : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
      CHECK(parsed(v).get<std::int64_t>() == v);
    CHECK(parsed(true) == true);
    CHECK(parsed(nullptr).is_null());
    CHECK(parsed("true") == "true");  // a pointer is no boolean
    CHECK(parsed(std::vector<std::int64_t>{}) == Json::array());
    CHECK(parsed(std::vector<std::string>{"a", "b"}) == Json({"a", "b"}));
    CHECK(parsed(detail::json::object({})) == Json::object());
    CHECK(parsed(detail::json::object({{"a\"", 1}, {"b", detail::json::object({{"c", 2.5}})}})) ==
          Json({{"a\"", 1}, {"b", {{"c", 2.5}}}}));
  }

  TEST_CASE("any bytes become a JSON string: quotes, control characters, and what is no UTF-8") {
    std::string every_byte;
    for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
    for (const std::string& text :
         {std::string("a \"quoted\" \\ name\n\t\b\x1f\x7f"), std::string("\0end", 4), std::string("grün 層 😀"),
          every_byte, std::string("cut off \xe5\xb1"), std::string("\xff"), std::string()}) {
      const Json j = parsed(text);
      REQUIRE(j.is_string());
      if (text.size() < 100 && !text.starts_with("cut off")) CHECK(j == repaired(text));
      for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x80) CHECK(j.get<std::string>().find(c) != std::string::npos);
    }
    CHECK(parsed("cut off \xe5\xb1") == "cut off \uFFFD\uFFFD");  // a mark for each byte
  }

  TEST_CASE("the JSON of every kind of report parses, whatever inputs and functions are called") {
    const auto check = [](const GradientReport& r) {
      const Json j = Json::parse(r.json());
      INFO(r.str());
      CHECK(j["verdict"] == std::string(name(r.verdict())));
      CHECK(j["hint"] == std::string(name(r.hint)));
      CHECK(j["function"] == repaired(r.function));
      CHECK(j["hint_text"] == repaired(r.hint_text));
      CHECK(j["worst"].is_null() == (r.worst.order == 0));
      CHECK(j["kink"].is_null() == (r.kinks == 0));
      CHECK(j["blocks"].size() == r.blocks.size());
      CHECK(j["tests"].size() == r.tests.size());
      CHECK(j["notes"].size() == r.notes.size());
    };
    const std::string rude = "a \"b\" \\ \x01 \xff \xe2\x82\xac";
    for (Planted p : planted_rules()) {
      p.options.methods = CheckMethod::all;
      p.options.order = 1;
      p.options.name = rude;
      p.options.names.assign(p.inputs.size(), rude);
      check(check_gradients(p.f, p.inputs, p.options));
    }
    for (const Hint h : {Hint::higher_order, Hint::asymmetric}) {
      GradientReport r;
      r.hint = h;
      check(r);
    }
    const GradientReport unknown =
        check_gradients(logitape::log, tensor({0.0, 1.0}), {.names = {rude}});  // infinite, and no digits
    check(unknown);
    const Json worst = Json::parse(unknown.json())["worst"];
    CHECK(worst["input_name"] == repaired(rude));
    CHECK(worst["analytic"] == "-inf");  // of order 2, -1/0
    check(GradientReport());
  }
}
