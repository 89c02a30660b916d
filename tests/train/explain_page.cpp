// The page of an explanation: what stands in it, how it is escaped, that it can be read by ear, and that nothing is
// asked from elsewhere.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/markup.h"
#include "tests/train/picture.h"

namespace logitape::tests {
namespace {

// The values of an attribute, as id="...".
std::vector<std::string> values_of(const std::string& page, const std::string& attribute) {
  std::vector<std::string> all;
  const std::string begin = " " + attribute + "=\"";
  for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1))
    all.push_back(page.substr(at + begin.size(), page.find('"', at + begin.size()) - at - begin.size()));
  return all;
}

// What a reader sees: no tags, no rules of style, no script; entities are characters.
std::string text_of(const std::string& page) {
  std::string text;
  for (std::size_t at = page.find("<body"); at < page.size();) {
    if (page.compare(at, 7, "<style>") == 0) at = page.find("</style>", at);
    if (page.compare(at, 8, "<script>") == 0) at = page.find("</script>", at);
    if (page[at] == '<') {
      at = page.find('>', at) + 1;
      continue;
    }
    text += page[at++];
  }
  return unescaped(text);
}

Explanation of_classes(std::int64_t classes, double scale = 3) {
  std::vector<double> x, t;
  for (std::int64_t c = 0; c < classes; ++c) {
    x.push_back(scale * std::sin(static_cast<double>(7 * c)));
    t.push_back(c == 1 ? 1 : 0);
  }
  return explain(from_span(x, {classes}), from_span(t, {classes}));
}

void check_page(const std::string& page) {
  CHECK(well_formed(page));
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(count(page, "http") == count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(count(page, "src=") + count(page, "@import") + count(page, "<link") + count(page, "fetch(") == 0);
  CHECK(count(page, "url(") == count(page, "url(#"));
  for (const std::string& link : values_of(page, "href")) CHECK(count(page, " id=\"" + link.substr(1) + "\"") == 1);
  for (const std::string& name : values_of(page, "aria-labelledby"))
    CHECK(count(page, " id=\"" + name.substr(0, name.find(' ')) + "\"") == 1);
  const std::vector<std::string> ids = values_of(page, "id");
  CHECK(std::set(ids.begin(), ids.end()).size() == ids.size());
  CHECK(count(page, "<th") ==
        count(page, "<th scope=\"row\"") + count(page, "<th scope=\"col\"") + count(page, "<thead"));
  CHECK(count(page, "<svg ") == count(page, "role=\"img\""));
  CHECK(count(page, "<svg ") == count(page, "role=\"img\" aria-label"));
  CHECK(count(page, "<button ") == count(page, "<button type=\"button\""));
  char level = '0';
  for (std::size_t at = page.find("<h"); at != std::string::npos; at = page.find("<h", at + 1)) {
    if (page[at + 2] < '1' || page[at + 2] > '6') continue;
    CHECK(page[at + 2] <= level + 1);  // no level is left out
    level = page[at + 2];
  }
  CHECK(count(page, "<h1>") == 1);
  CHECK(count(page, "=\"nan") + count(page, "=\"inf") + count(page, "-nan") == 0);  // places are numbers
}

}  // namespace

TEST_CASE("every sentence, number and comparison of an explanation stands on its page") {
  const Explanation e = explain(tensor({4.0, 2.0, 1.0}), tensor({1.0, 0.0, 0.0}));
  const std::string page = explanation_page(e), text = text_of(page);
  check_page(page);
  std::size_t cells = 0;
  for (const ExplainedStep& step : e.steps) {
    CHECK(count(text, step.title) >= 2);  // in the contents and above
    for (const std::string& sentence : step.sentences) CHECK(count(text, sentence) >= 1);
    std::istringstream formula(step.formula);
    for (std::string line; std::getline(formula, line);) CHECK(count(text, line) >= 1);
    for (const Comparison& c : step.comparisons) CHECK(count(text, c.claim + ": " + c.second_way) >= 1);
    for (const NamedNumbers& n : step.numbers)
      for (const double value : n.values)
        if (!std::isnan(value)) {
          CHECK(count(page, fmt::format("<td>{:.6g}</td>", value + 0.0)) >= 1);  // -0 is 0
          ++cells;
        }
  }
  CHECK(cells > 80);
  CHECK(count(text, "✓ agrees") >= 30);
  for (const char* const title :
       {"What pushes each logit", "Descent, seen in probabilities", "The Jacobian J", "The Hessian H",
        "The mixed block M", "Error against the step", "The loss as one op", "The loss as many ops"})
    CHECK(count(page, ">" + std::string(title) + "</text>") == 1);
}

TEST_CASE("the gradient's way on the page ends with the gradients by the formula") {
  const std::string page = explanation_page(explain(tensor({std::log(3.0), 0.0}), tensor({1.0, 0.0})));
  // p = (3/4, 1/4): S*p - t = (-0.25, 0.25), and -log p = (log(4/3), log 4) = (0.288, 1.39), on both tapes
  CHECK(count(page, "data-words=\"x gets [-0.25 0.25]: its gradient\"") == 2);
  CHECK(count(page, "data-words=\"t gets [0.288 1.39]: its gradient\"") == 2);
  CHECK(count(page, "Descent, seen in probabilities") == 0);  // two classes are no triangle
}

TEST_CASE("the first step of the path on the simplex is the explanation's step of descent") {
  for (const double temperature : {1.0, 2.0}) {
    const Explanation e =
        explain(tensor({4.0, 2.0, 1.0}), tensor({0.2, 0.8, 0.0}), {.temperature = temperature, .learning_rate = 0.5});
    const Tensor t = from_span(e.labels, {3});
    const Simplex s = descend_on_simplex(
        [&](const Tensor& x) { return cross_entropy(x, t, {.reduction = Reduction::sum}); }, from_span(e.logits, {3}),
        {.step = 0.5 * e.factor / (temperature * temperature), .steps = 1});
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(s.path[1][c] == doctest::Approx(e.descent.probabilities_after[c]).epsilon(1e-12));
  }
}

TEST_CASE("names are escaped everywhere on the page of an explanation") {
  const std::string page =
      explanation_page(explain(tensor({4.0, 2.0, 1.0}), tensor({1.0, 0.0, 0.0}),
                               {.classes = {"<script>alert(1)</script>", "\" onload=\"x", "&amp;\n"}}));
  check_page(page);
  CHECK(count(page, "<script>") == 1);  // its own
  CHECK(count(page, "alert(1)</s") == 0);
  CHECK(count(page, "\" onload=\"") == 0);
}

TEST_CASE("a page of any number of classes is well formed and bounded") {
  for (const std::int64_t classes : {2, 3, 4, 10, 21, 1000}) {
    INFO(classes);
    const std::string page = explanation_page(of_classes(classes));
    check_page(page);
    CHECK(page.size() < 300'000);
  }
  CHECK(explanation_page(of_classes(10000)).size() < 300'000);
}

TEST_CASE("huge logits, masked classes and other dtypes have pages with words for what is not finite") {
  check_page(explanation_page(of_classes(3, 1e30)));
  check_page(explanation_page(explain(tensor({1e4, -1e4}), tensor({0.5, 0.5}), {.dtype = DType::f16})));
  const std::string masked =
      explanation_page(explain(tensor({4.0, 2.0, 1.0}), tensor({1.0, 0.0, 0.0}), {.masked_classes = {1}}));
  CHECK(well_formed(masked));
  CHECK(count(masked, "Here a class has p = 0: it is masked") == 1);
  CHECK(count(masked, "<td>-inf</td>") >= 1);
  check_page(explanation_page(explain(tensor({{4.0, 2.0}, {0.0, 1.0}}), tensor({0, 1}),
                                      {.row = 1, .label_smoothing = 0.1, .temperature = 2, .class_weights = {1, 3}})));
}

TEST_CASE("the report's page is as it was, with a place to jump to") {
  CHECK(count(html(TrainingReport{.title = "t"}), "<main id=\"content\">") == 1);
}

}  // namespace logitape::tests
