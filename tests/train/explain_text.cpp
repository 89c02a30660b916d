// What is said of an explanation: no line wider than the terminal, the JSON with the same numbers; the quiz, planted
// mistakes, and numbers as people type them.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/sanitized.h"
#include "tests/train/explain_test.h"

namespace logitape::tests {
namespace {

// The widest line, in characters; escapes of colours have no width.
int widest(const std::string& text) {
  int most = 0, columns = 0;
  bool escape = false;
  for (const char c : text) {
    if (escape) escape = c != 'm';
    else if (c == '\x1b') escape = true;
    else if (c == '\n') most = std::max(most, columns), columns = 0;
    else columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }
  return most;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; });
}

ExplainCase named() {
  ExplainCase c = explain_case(0);
  c.logits = tensor({{-1e-7, 2.0, 123456.5, 0.1}, {1.0, 2.0, 3.0, 4.0}});
  c.labels = tensor({{0.25, 0.5, 0.25, 0.0}, {1.0, 0.0, 0.0, 0.0}});
  c.options = {
      .label_smoothing = 0.1,
      .temperature = 2,
      .class_weights = {1, 2, 3, 4},
      .classes = {"a-very-long-name-of-a-class-that-no-column-has-room-for", "b", "\x1b[31mred\nline", "größe"}};
  return c;
}

}  // namespace

TEST_CASE("no line of an explanation is wider than the terminal") {
  std::vector<ExplainCase> cases = {named()};
  for (int n = 0; n < (sanitized ? 5 : 20); ++n) cases.push_back(explain_case(n));
  for (const ExplainCase& c : cases) {
    CAPTURE(c.what);
    const Explanation e = explained(c);
    for (const int columns : {40, 61, 80, 120}) {
      CAPTURE(columns);
      const std::string text = explanation_text(e, {.columns = columns, .colour = true, .unicode = true});
      CHECK(widest(text) <= columns);
      CHECK(widest(explanation_inputs_text(e, {.columns = columns})) <= columns);
      CHECK(text.find("\x1b[1m") != std::string::npos);
      CHECK(explanation_text(e, {.columns = columns}).find('\x1b') == std::string::npos);
    }
    if (c.options.classes.empty()) CHECK(is_ascii(explanation_text(e, {})));
  }
}

TEST_CASE("an explanation says each thing once, in sentences with full stops") {
  const Explanation e = explained(named());
  for (const ExplainedStep& step : e.steps) {
    CAPTURE(step.id);
    CHECK(!step.title.empty());
    CHECK(!step.sentences.empty());
    CHECK(!step.comparisons.empty() == (step.id != "inputs"));  // options come next, and have theirs
    for (const std::string& sentence : step.sentences) {
      CHECK(std::string(".)").find(sentence.back()) != std::string::npos);
      CHECK(sentence.size() < 300);
    }
    for (const NamedNumbers& n : step.numbers) CHECK(n.values.size() == n.rows.size() * n.columns.size());
  }
}

TEST_CASE("the JSON of an explanation has its numbers, to the last bit") {
  for (const int n : {0, 1, 3, 13, 24}) {
    const Explanation e = explained(explain_case(n));
    const nlohmann::json j = nlohmann::json::parse(explanation_json(e));
    const auto same = [&](const char* member, const std::vector<double>& values) {
      CAPTURE(member);
      REQUIRE(j.at(member).size() == values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& one = j.at(member)[i];
        if (std::isinf(values[i])) CHECK(one == (values[i] > 0 ? "inf" : "-inf"));
        else CHECK(one.get<double>() == values[i]);
      }
    };
    same("given_logits", e.given_logits);
    same("logits", e.logits);
    same("labels", e.labels);
    same("probabilities", e.probabilities);
    same("log_probabilities", e.log_probabilities);
    same("terms", e.terms);
    same("logits_gradient", e.logits_gradient);
    same("labels_gradient", e.labels_gradient);
    same("given_logits_gradient", e.given_logits_gradient);
    same("jacobian", e.jacobian);
    same("hessian", e.hessian);
    same("mixed", e.mixed);
    CHECK(j.at("loss").get<double>() == e.loss);
    CHECK(j.at("ok") == e.ok());
    REQUIRE(j.at("steps").size() == e.steps.size());
    for (std::size_t s = 0; s < e.steps.size(); ++s) {
      CHECK(j.at("steps")[s].at("title") == e.steps[s].title);
      CHECK(j.at("steps")[s].at("comparisons").size() == e.steps[s].comparisons.size());
    }
    CHECK(j.at("curve").at("central").size() == e.curve.central.size());
  }
}

TEST_CASE("each planted mistake is found and named, with whatever numbers it is planted") {
  const double nowhere = -std::numeric_limits<double>::infinity();
  std::vector<ExplainCase> cases = {
      {tensor({4.0, 2.0, 1.0}), tensor({1.0, 0.0, 0.0})},
      {tensor({0.0, 0.0, 0.0}), tensor({1.0 / 3, 1.0 / 3, 1.0 / 3})},  // the gradient is 0
      {tensor({1000.0, 0.0}), tensor({1.0, 0.0})},
      {tensor({1e30, 0.0, 1.0}), tensor(1)},
      {tensor({4.0, 2.0, nowhere}), tensor({2.0, 1.0, 0.0})},
      {tensor({{4.0, 2.0}, {1.0, 3.0}}), tensor({0, 1})},
      {tensor({0.0, 0.0}), tensor(0)},
      {tensor({5e-9, -5e-9}), tensor({0.5, 0.5})},
      {arange(0, 40).to(DType::f64), tensor(3)}};
  for (int n = 0; n < (sanitized ? 1 : 5); ++n) cases.push_back(explain_case(n));
  for (const ExplainCase& c : cases)
    for (const Mistake m : all_mistakes()) {
      CAPTURE(to_string(c.logits));
      CAPTURE(c.what);
      const PlantedMistake planted = plant(m, c.logits, c.labels, c.options);
      CAPTURE(name(m));
      CAPTURE(planted.report.str());
      CHECK(planted.found());
      for (const int columns : {40, 80})
        CHECK(widest(planted_text(planted, {.columns = columns, .colour = true, .unicode = true})) <= columns);
      const nlohmann::json j = nlohmann::json::parse(planted_json(planted));
      CHECK(j.at("found") == true);
      CHECK(j.at("report").is_object());
      CHECK(mistake_named(name(m)) == m);
    }
  CHECK(!mistake_named("signs"));
}

TEST_CASE("the quiz knows its own answers, and marks wrong ones") {
  for (const int n : {0, 1, 2, 3, 9, 10, 24, 33}) {
    const Explanation e = explained(explain_case(n));
    const auto quiz = quiz_of(e);
    CHECK(quiz.size() >= 8);
    for (const QuizQuestion& q : quiz) {
      CAPTURE(q.question);
      CAPTURE(q.answer);
      const auto told = [&](const std::string& text) { return mark(q, text, e); };
      CHECK(!q.why.empty());
      CHECK(step_of(e, q.step).id == q.step);
      CHECK(told("what?") == Mark::unclear);
      if (q.kind == Answer::number) {
        std::ostringstream right, wrong;
        right.precision(17);
        wrong.precision(17);
        right << q.number;
        wrong << q.number + 1.01 * q.tolerance;
        CHECK(told(right.str()) == Mark::right);
        CHECK(told(wrong.str()) == Mark::wrong);
      } else if (q.kind == Answer::sign) {
        const bool above = q.number > 0, below = q.number < 0;
        for (const char* const plus : {"+", "plus", "Positive", "up", "0.3", " + "})
          CHECK(told(plus) == (above ? Mark::right : Mark::wrong));
        for (const char* const minus : {"-", "\xe2\x88\x92", "minus", "NEGATIVE", "down", "-2"})
          CHECK(told(minus) == (below ? Mark::right : Mark::wrong));
        CHECK(told("0") == (above || below ? Mark::wrong : Mark::right));
      } else {
        std::string right, backwards;
        for (const std::int64_t c : q.kind == Answer::a_class ? std::vector{q.classes[0]} : q.classes) {
          right += "class " + std::to_string(c) + ", ";
          backwards = std::to_string(c) + " " + backwards;
        }
        CHECK(told(right) == Mark::right);
        if (q.kind == Answer::classes) CHECK(told(backwards) == Mark::wrong);
        CHECK(told("99999") == Mark::unclear);
      }
    }
  }
}

TEST_CASE("classes are named in answers as in the explanation") {
  const Explanation e = explain(tensor({4.0, 2.0, 1.0}), tensor(0), {.classes = {"cat", "big dog", "bird"}});
  for (const QuizQuestion& q : quiz_of(e))
    if (q.kind == Answer::a_class) {
      CHECK(mark(q, "Bird", e) == Mark::right);
      CHECK(mark(q, "big dog", e) == Mark::wrong);
      CHECK(mark(q, "dog", e) == Mark::unclear);
    }
}

TEST_CASE("numbers are read as people type them") {
  CHECK(typed_number("4") == 4);
  CHECK(typed_number(" \xe2\x88\x92"
                     "2,5 ") == -2.5);
  CHECK(typed_number(".5") == 0.5);
  CHECK(typed_number("+1/4") == 0.25);
  CHECK(typed_number("25%") == 0.25);
  CHECK(typed_number("-1e999") == -std::numeric_limits<double>::infinity());
  CHECK(typed_number("1e-999") == 0);
  CHECK(typed_number("-inf") == -std::numeric_limits<double>::infinity());
  for (const char* const none : {"", " ", "x", "1x", "1/0", "--1", "++1", "1.2.3", "1,2,3", "0x10", "e5", "%"})
    CHECK_MESSAGE(!typed_number(none), none);

  const auto values = [](const char* text) { return typed_numbers(text, "the logits").to_vector(); };
  const auto shape = [](const char* text) { return typed_numbers(text, "the logits").shape(); };
  const std::vector<double> three = {4, -2, 1};
  for (const char* const text : {"4 -2 1", "4,-2,1", "4, -2, 1", "[4 -2 1]", "(4, -2, 1)", "\t4\t-2\t1\n",
                                 "4 \xe2\x88\x92"
                                 "2 1,"}) {
    CAPTURE(text);
    CHECK(values(text) == three);
    CHECK(shape(text) == Shape{3});
  }
  for (const char* const text : {"4 -2; 1 0", "[[4, -2], [1, 0]]", "4,-2;1,0;", "4 -2\n1 0\n", "{{4, -2}, {1, 0}}"}) {
    CAPTURE(text);
    CHECK(values(text) == std::vector<double>{4, -2, 1, 0});
    CHECK(shape(text) == Shape{2, 2});
  }
  CHECK(shape("[[4, -2]]") == Shape{1, 2});
  CHECK_THROWS_WITH_AS(
      values("4 two 1"),
      "typed_numbers: \"two\" in the logits is no number: write numbers with a point, as 0.5 or -2, and "
      "blanks or commas between them",
      Error);
  CHECK_THROWS_WITH_AS(values(" ; [] "),
                       "typed_numbers: there are no numbers in the logits: write one for each class, as in 4 2 1",
                       Error);
  CHECK_THROWS_WITH_AS(values("1 2; 3"),
                       "typed_numbers: row 1 of the logits has 1 numbers, but row 0 has 2: each row has one for each "
                       "class",
                       Error);
}

}  // namespace logitape::tests
