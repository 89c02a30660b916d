// Each broken rule is found, and called by its name.
#include <cmath>
#include <map>

#include "ask.h"

namespace {

const Json rows = {{"ask", "check"}, {"logits", {{4, 2, 1}, {0, 5, 1}}}, {"labels", {{1, 0, 0}, {0, 0.8, 0.3}}}};

Json with(Json request, const char* name, const Json& value) {
  request[name] = value;
  return request;
}

}  // namespace

TEST_CASE("the library's own rule passes, to second order too") {
  for (const int order : {1, 2}) {
    const Json a = answer(with(rows, "order", order));
    CHECK(a["verdict"] == "pass");
    CHECK(a["worst"].is_null());
    for (const char* which : {"logits", "labels"})
      for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j)
          CHECK(a["wrong"][which][i][j].get<double>() ==
                doctest::Approx(a["right"][which][i][j].get<double>()).epsilon(1e-13));
  }
}

TEST_CASE("every break fails the check with the hint that names it") {
  const std::map<std::string, std::string> hints = {{"sign", "sign"},
                                                    {"missing-mass", "label_mass"},
                                                    {"missing-lse", "constant_per_row"},
                                                    {"factor-n", "factor"},
                                                    {"transposed", "transposed"}};
  for (const auto& [broken, hint] : hints) {
    CAPTURE(broken);
    const Json a = answer(with(rows, "break", broken));
    CHECK(a["verdict"] == "fail");
    CHECK(a["hint"] == hint);
    CHECK(a["right"] != a["wrong"]);
    CHECK(a["report"].get<std::string>().find("FAIL") != std::string::npos);
    // numeric derivatives side with the right rule
    for (const char* which : {"logits", "labels"})
      for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j)
          CHECK(a["numeric"][which][i][j]["value"].get<double>() ==
                doctest::Approx(a["right"][which][i][j].get<double>()).epsilon(1e-9));
  }
}

TEST_CASE("a break that changes nothing says what to change") {
  const Json one_row = {{"ask", "check"}, {"logits", {4, 2, 1}}, {"labels", {1, 0, 0}}};
  for (const auto& [broken, words] :
       {std::pair{"missing-mass", "do not sum to 1"}, {"factor-n", "two rows"}, {"transposed", "rows"}}) {
    const Json a = ask(with(one_row, "break", broken));
    CHECK(a.value("error", "").find(words) != std::string::npos);
  }
}
