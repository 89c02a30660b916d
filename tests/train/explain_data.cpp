// An explanation's numbers and comparisons: over many inputs, beside textbook formulas, and with a number made wrong.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/detail/prepare.h"
#include "tests/support/sanitized.h"
#include "tests/train/explain_test.h"

namespace logitape::tests {
namespace {

const double nowhere = -std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("every comparison of an explanation holds, in all dtypes, for logits of any size") {
  const int cases = sanitized ? 20 : 140;
  int compared = 0, undecided = 0;
  for (int n = 0; n < cases; ++n) {
    const ExplainCase c = explain_case(n);
    CAPTURE(c.what);
    const Explanation e = explained(c);
    CHECK(e.ok());
    for (const ExplainedStep& step : e.steps)
      for (const Comparison& one : step.comparisons) {
        CAPTURE(step.id);
        CAPTURE(one.claim);
        CAPTURE(one.difference);
        CAPTURE(one.allowed);
        CHECK(one.verdict != Verdict::fail);
        CHECK(!one.second_way.empty());
        CHECK(!one.reason.empty());
        ++compared;
        undecided += one.verdict == Verdict::inconclusive;
      }
  }
  CHECK(compared > 30 * cases);
  CHECK(undecided < compared / 10);  // a second way that could tell nothing would be none
}

TEST_CASE("an explanation of 4 2 1 and the label 1 0 0 has the numbers of the textbook") {
  const Explanation e = explain(tensor({4.0, 2.0, 1.0}), tensor({1.0, 0.0, 0.0}));
  const double z = std::exp(4.0) + std::exp(2.0) + std::exp(1.0);  // small enough to need no shift
  const double x[] = {4, 2, 1}, t[] = {1, 0, 0};
  const auto near = [](double v) { return doctest::Approx(v).epsilon(1e-14); };  // some 50 roundings of f64
  CHECK(e.log_sum_exp == near(std::log(z)));
  CHECK(e.loss == near(std::log(z) - 4));
  CHECK(e.total == e.loss);
  CHECK(e.mass == 1);
  CHECK(e.steps.size() == 13);
  for (std::size_t i = 0; i < 3; ++i) {
    const double p = std::exp(x[i]) / z;
    CHECK(e.probabilities[i] == near(p));
    CHECK(e.logits_gradient[i] == near(p - t[i]));
    CHECK(e.labels_gradient[i] == near(std::log(z) - x[i]));
    CHECK(e.logits_differences[i].numeric == doctest::Approx(p - t[i]).epsilon(1e-8));  // differences
    CHECK(e.descent.logits_after[i] == near(x[i] - (p - t[i])));
    for (std::size_t j = 0; j < 3; ++j) {
      const double q = std::exp(x[j]) / z, same = i == j;
      CHECK(e.jacobian[3 * i + j] == near(p * (same - q)));
      CHECK(e.hessian[3 * i + j] == near(p * (same - q)));
      CHECK(e.mixed[3 * i + j] == near(q - same));
    }
  }
  CHECK(e.descent.total_after < e.total);
}

TEST_CASE("a number made wrong is seen by a comparison of the step that tells it") {
  struct Wrong {
    const char* what;
    void (*tell)(lesson::Lesson&);
    std::function<void(lesson::Lesson&)> spoil;
  };
  using lesson::Lesson;
  const double off = 1 + 1e-12;  // some 4500 ULP
  const std::vector<Wrong> all = {
      {"mass", lesson::tell_inputs, [&](Lesson& l) { l.e.mass *= off; }},
      {"lse", lesson::tell_sum, [&](Lesson& l) { l.e.log_sum_exp *= off; }},
      {"p", lesson::tell_probabilities, [&](Lesson& l) { l.e.probabilities[1] *= off; }},
      {"log p", lesson::tell_probabilities, [&](Lesson& l) { l.e.log_probabilities[2] *= off; }},
      {"terms", lesson::tell_loss, [&](Lesson& l) { l.e.terms[0] *= off; }},
      {"loss", lesson::tell_loss, [&](Lesson& l) { l.e.loss *= off; }},
      {"total", lesson::tell_reduction, [&](Lesson& l) { l.e.total *= off; }},
      {"jacobian", lesson::tell_jacobian, [&](Lesson& l) { l.e.jacobian[1] *= off; }},
      {"row of the jacobian", lesson::tell_jacobian, [&](Lesson& l) { l.jacobian_sums[1] = 1e-12; }},
      {"gradient", lesson::tell_chain, [&](Lesson& l) { l.e.logits_gradient[0] *= -1; }},
      {"gradient by the labels", lesson::tell_labels, [&](Lesson& l) { l.e.labels_gradient[2] = nan; }},
      {"given gradient", lesson::tell_given, [&](Lesson& l) { l.e.given_logits_gradient[0] *= off; }},
      {"hessian", lesson::tell_curvature, [&](Lesson& l) { l.e.hessian[4] *= off; }},
      {"mixed", lesson::tell_curvature, [&](Lesson& l) { l.e.mixed[5] *= off; }},
      {"the other order", lesson::tell_curvature, [&](Lesson& l) { l.mixed_swapped[5] *= off; }},
      {"by labels twice", lesson::tell_curvature, [&](Lesson& l) { l.labels_twice[0] = 1e-12; }},
      {"gradient beside differences", lesson::tell_differences, [&](Lesson& l) { l.e.logits_gradient[1] *= 2; }}};
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.what);
    for (const bool spoiled : {false, true}) {
      Explanation e;
      Lesson l{e};
      lesson::prepare(l, tensor({4.0, 2.0, 1.0}), tensor({0.7, 0.2, 0.1}));
      lesson::compute(l);
      if (spoiled) wrong.spoil(l);
      wrong.tell(l);
      CHECK(e.ok() == !spoiled);
      const bool shown = explanation_text(e, {.unicode = true}).find("WRONG") != std::string::npos;
      CHECK(shown == spoiled);
    }
  }
}

TEST_CASE("what options do to an explanation is what cross_entropy does with them") {
  const Tensor logits = tensor({{4.0, 2.0, 1.0}, {0.0, 5.0, 1.0}}), labels = tensor({{0.5, 0.5, 0.0}, {0.0, 0.8, 0.4}});
  const ExplainOptions options{.row = 1,
                               .denominator = Denominator::weights,
                               .label_smoothing = 0.2,
                               .temperature = 3,
                               .class_weights = {1, 2, 0.5}};
  const Explanation e = explain(logits, labels, options);
  const CrossEntropyOptions same{.denominator = Denominator::weights,
                                 .class_weights = tensor({1.0, 2.0, 0.5}),
                                 .label_smoothing = 0.2,
                                 .temperature = 3};
  const Tensor x = variable(logits), t = variable(labels);
  const Tensor loss = cross_entropy(x, t, same);
  CHECK(e.total == loss.item());
  const Tensors into = grad(loss, {x, t});
  CHECK(e.given_logits_gradient == into[0][1].to_vector());
  CHECK(e.given_labels_gradient == into[1][1].to_vector());
  CHECK(e.factor == doctest::Approx(1 / (0.5 + 1 + 1.6 + 0.2)));  // the sum of w*t
  CHECK(e.rows == 2);
  CHECK(step_of(e, "options").comparisons.size() == 2);
  CHECK(step_of(e, "reduction").comparisons.size() == 2);

  // along the first axis the same numbers, turned
  ExplainOptions turned = options;
  turned.axis = 0;
  turned.denominator = Denominator::count;
  ExplainOptions straight = options;
  straight.denominator = Denominator::count;
  const Explanation a = explain(transpose(logits), transpose(labels), turned), b = explain(logits, labels, straight);
  CHECK(a.total == doctest::Approx(b.total).epsilon(1e-15));
  CHECK(a.logits == b.logits);
}

TEST_CASE("a masked class has no probability, no gradient, and takes part in nothing") {
  for (const bool by_option : {false, true}) {
    const Explanation e = by_option ? explain(tensor({4.0, 2.0, 9.0}), tensor({1.0, 0.0, 0.0}), {.masked_classes = {2}})
                                    : explain(tensor({4.0, 2.0, nowhere}), tensor({1.0, 0.0, 0.0}));
    CHECK(e.ok());
    CHECK(e.probabilities[2] == 0);
    CHECK(e.logits_gradient[2] == 0);
    CHECK(e.labels_gradient[2] == -nowhere);
    CHECK(e.loss == explain(tensor({4.0, 2.0}), tensor({1.0, 0.0})).loss);
    CHECK(e.logits_differences.size() == 2);
  }
}

TEST_CASE("of 10,000 classes an explanation shows the label and the likeliest, and the sum of the others") {
  std::vector<double> x, t(10000);
  for (int i = 0; i < 10000; ++i) x.push_back((i * 7919 % 10007) / 1000.0);
  t[17] = 1;
  const Explanation e = explain(from_span(x, {10000}), from_span(t, {10000}));
  CHECK(e.ok());
  CHECK(e.shown.size() == 6);
  CHECK(std::count(e.shown.begin(), e.shown.end(), 17) == 1);
  CHECK(e.probabilities.size() == 10000);
  CHECK(e.jacobian.size() == 36);
  const NamedNumbers& p = step_of(e, "probabilities").numbers[0];
  CHECK(p.rows.back() == "9994 others");
  double sum = 0;
  for (std::size_t r = 0; r < p.rows.size(); ++r) sum += p.values[2 * r];
  CHECK(sum == doctest::Approx(1).epsilon(1e-12));
  CHECK(explanation_text(e, {}).size() < 25000);
}

TEST_CASE("explain says what is wrong with its input, and what to write instead") {
  const auto said = [](const Tensor& x, const Tensor& t, const ExplainOptions& o = {}) -> std::string {
    try {
      explain(x, t, o);
    } catch (const Error& e) {
      return e.what();
    }
    return "nothing";
  };
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  const Tensor x = tensor({4.0, 2.0, 1.0}), t = tensor({1.0, 0.0, 0.0});
  CHECK(has(said({}, {}), "there are no numbers"));
  CHECK(has(said(tensor(4.0), tensor(1.0)), "a row has a number for each class"));
  CHECK(has(said(tensor({4.0}), tensor({1.0})), "one class only"));
  CHECK(has(said(x, tensor({1.0, 0.0})), "labels [2] do not belong to logits [3]"));
  CHECK(has(said(x, tensor(3)), "class 3 does not exist: there are 3 classes, numbered 0 to 2"));
  CHECK(has(said(x, tensor(-1)), "class -1 does not exist"));
  CHECK(has(said(x, tensor({0, 1})), "2 labels for 1 row of logits"));
  CHECK(has(said(x, tensor({1.0, -0.5, 0.0})), "a label is -0.5"));
  CHECK(has(said(x, tensor({0.0, 0.0, 0.0})), "every label is 0"));
  CHECK(has(said(x, tensor({nan, 0.0, 0.0})), "a label is nan"));
  CHECK(has(said(tensor({nan, 0.0}), tensor(0)), "a logit is nan"));
  CHECK(has(said(tensor({-nowhere, 0.0}), tensor(0)), "a logit is inf"));
  CHECK(has(said(tensor({nowhere, nowhere}), tensor(0)), "every class is masked"));
  CHECK(has(said(tensor({nowhere, 1.0}), tensor(0)), "class 0 is masked"));
  CHECK(has(said(tensor({1.0, nowhere}), tensor(0), {.label_smoothing = 0.1}), "smoothing gives every class a label"));
  CHECK(has(said(tensor({{1.0, 2.0}, {3.0, nan}}), tensor({0, 0})), "row 1: a logit is nan"));
  CHECK(has(said(tensor({1e308, -1e308}), tensor(0)), "f64 cannot hold the difference"));
  CHECK(has(said(x, tensor({1e-310, 0.0, 0.0})), "the labels sum to 1e-310"));
  CHECK(has(said(x, t, {.dtype = DType::i64}), "numbers of the dtype i64 have no fractions"));
  CHECK(has(said(x, t, {.axis = 1}), "one of -1 to 0, not 1"));
  CHECK(has(said(x, t, {.row = 1}), "there is no row 1"));
  CHECK(has(said(x, t, {.label_smoothing = 1.5}), "from 0 to 1"));
  CHECK(has(said(x, t, {.temperature = 0}), "above 0, not 0"));
  CHECK(has(said(x, t, {.temperature = nan}), "above 0, not nan"));
  CHECK(has(said(x, t, {.temperature = 1e-320}), "a logit is inf"));
  CHECK(has(said(x, t, {.class_weights = {1, 2}}), "2 weights for 3 classes"));
  CHECK(has(said(x, t, {.class_weights = {1, -2, 1}}), "not -2"));
  CHECK(has(said(x, t, {.class_weights = {0, 1, 1}}), "times the weights every label of the row is 0"));
  CHECK(has(said(x, t, {.masked_classes = {3}}), "class 3 cannot be masked"));
  CHECK(has(said(x, t, {.masked_classes = {0}}), "class 0 is masked"));
  CHECK(has(said(x, t, {.learning_rate = -1}), "a number above 0, not -1"));
  CHECK(has(said(x, t, {.classes = {"a"}}), "1 name for 3 classes"));
  CHECK(has(said(tensor({1e30, 0.0}), tensor(0), {.dtype = DType::f16}), "too large for f16"));
  CHECK(has(said(tensor({1, 2}), tensor(0)), "logits are numbers with fractions"));
}

}  // namespace logitape::tests
