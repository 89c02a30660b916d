// Each question asks for the size or the sign of a number that a step then shows, and can say why.
#include "logitape/train/explain/quiz.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "logitape/core/detail/text.h"
#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/typed_numbers.h"

namespace logitape::inline v0 {
namespace {

using lesson::class_called;
using lesson::number;
using Places = std::vector<std::int64_t>;

// The shown classes that are not masked, the largest value first.
Places by_size(const Explanation& e, const std::vector<double>& values) {
  Places order;
  for (const std::int64_t i : e.shown)
    if (std::isfinite(e.logits[static_cast<std::size_t>(i)])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  return order;
}

double at(const std::vector<double>& values, std::int64_t place) { return values[static_cast<std::size_t>(place)]; }

// All that are as large as the first: each is right.
Places equal_to_first(const Places& order, const std::vector<double>& values) {
  Places same;
  for (const std::int64_t i : order)
    if (at(values, i) == at(values, order[0])) same.push_back(i);
  return same;
}

bool all_differ(const Places& order, const std::vector<double>& values) {
  for (std::size_t i = 1; i < order.size(); ++i)
    if (at(values, order[i]) == at(values, order[i - 1])) return false;
  return true;
}

std::string listed(const Explanation& e, const Places& places) {
  std::string text;
  for (const std::int64_t i : places) text += (text.empty() ? "" : ", ") + class_called(e, i);
  return text;
}

void ask_probabilities(const Explanation& e, std::vector<QuizQuestion>& quiz) {
  const auto& p = e.probabilities;
  const Places order = by_size(e, p);
  if (order.size() <= 5 && all_differ(order, p))
    quiz.push_back({"probabilities", "Order the classes: the most probable first. (Write them one after another.)",
                    Answer::classes, 0, 0, order, listed(e, order),
                    "The higher the logit, the higher the probability: softmax keeps the order."});
  const double largest = at(p, order[0]);
  quiz.push_back({"probabilities",
                  fmt::format("How large is the probability of {}? (Within 0.1.)", class_called(e, order[0])),
                  Answer::number,
                  largest,
                  0.1,
                  {},
                  number(largest),
                  fmt::format("exp of its logit, divided by the sum of all: exp({}) / {}.",
                              number(at(e.logits, order[0]) - e.maximum),
                              number(std::exp(e.log_sum_exp - e.maximum)) + ", with m taken from all logits")});
}

void ask_loss(const Explanation& e, std::vector<QuizQuestion>& quiz) {
  const Places label = by_size(e, e.labels);
  const double tolerance = std::max(0.2, std::fabs(e.loss) / 5);
  quiz.push_back(
      {"loss",
       fmt::format("How large is the loss? Each label t pays t*(-log p); {} has p = {}. (Within {}.)",
                   class_called(e, label[0]), number(at(e.probabilities, label[0]), 2), number(tolerance, 2)),
       Answer::number,
       e.loss,
       tolerance,
       {},
       number(e.loss),
       "-log p is 0 at p = 1, 0.69 at 1/2, 2.3 at 1/10, 4.6 at 1/100. Each is taken times its label, and "
       "added up."});
}

void ask_gradient(const Explanation& e, std::vector<QuizQuestion>& quiz) {
  const auto& g = e.logits_gradient;
  const Places order = by_size(e, e.labels);
  Places asked = {order[0]};  // the largest label, and the other classes of the largest gradients
  std::vector<double> sizes;
  for (const double v : g) sizes.push_back(std::fabs(v));
  for (const std::int64_t i : by_size(e, sizes))
    if (i != order[0] && asked.size() < 3) asked.push_back(i);
  for (const std::int64_t i : asked)
    quiz.push_back({"chain",
                    fmt::format("The gradient dloss/dx of {}, with p = {} and t = {}: is it +, - or 0?",
                                class_called(e, i), number(at(e.probabilities, i), 3), number(at(e.labels, i), 3)),
                    Answer::sign,
                    at(g, i),
                    0,
                    {},
                    number(at(g, i)),
                    fmt::format("It is S*p - t, with S = {}: above 0 where the model believes more than is right.",
                                number(e.mass))});
  const std::int64_t steepest = by_size(e, sizes)[0];
  const double tolerance = 0.1 * std::max(1.0, e.mass);
  quiz.push_back(
      {"chain",
       fmt::format("How large is it for {}? (With its sign, within {}.)", class_called(e, steepest), number(tolerance)),
       Answer::number,
       at(g, steepest),
       tolerance,
       {},
       number(at(g, steepest)),
       fmt::format("S*p - t = {}*{} - {}.", number(e.mass), number(at(e.probabilities, steepest)),
                   number(at(e.labels, steepest)))});
  quiz.push_back({"chain",
                  "Add the gradients of all logits: what is the sum? (Within 0.01.)",
                  Answer::number,
                  0,
                  0.01,
                  {},
                  "0",
                  "The p sum to 1 and the t to S, so S*p - t sums to S - S = 0."});
}

void ask_others(const Explanation& e, std::vector<QuizQuestion>& quiz) {
  const Places surprise = by_size(e, e.labels_gradient);
  quiz.push_back({"labels", "Which class has the largest gradient into its label: the largest surprise?",
                  Answer::a_class, 0, 0, equal_to_first(surprise, e.labels_gradient), class_called(e, surprise[0]),
                  "The gradient is -log p: the least probable class surprises most."});
  quiz.push_back({"curvature",
                  "Add one row of H, the second derivatives by the logits: what is the sum? (Within 0.01.)",
                  Answer::number,
                  0,
                  0.01,
                  {},
                  "0",
                  "To raise all logits together changes nothing, neither the loss nor its gradient."});
  const double moved = e.descent.total_after - e.descent.total_before;
  if (std::fabs(moved) > 1e-9)
    quiz.push_back({"descent",
                    fmt::format("After a step of descent with learning rate {}: how does the loss change, + (up) or - "
                                "(down)?",
                                number(e.descent.learning_rate)),
                    Answer::sign,
                    moved,
                    0,
                    {},
                    fmt::format("{}, from {} to {}", moved < 0 ? "-" : "+", number(e.descent.total_before),
                                number(e.descent.total_after)),
                    moved < 0 ? "A step against the gradient goes down, if it is not too long."
                              : "This step was so long that it went past the bottom and up the other side."});
}

std::string lower(std::string_view text) {
  std::string word;
  for (const char c : text)
    if (c > ' ' || static_cast<unsigned char>(c) >= 0x80) word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return word;
}

std::optional<int> sign_in(std::string_view written) {
  const std::string word = lower(written);
  for (const char* const plus : {"+", "plus", "positive", "pos", "up", "above", "rises", "+1"})
    if (word == plus) return 1;
  for (const char* const minus : {"-", "minus", "negative", "neg", "down", "below", "falls", "-1", "−", "–"})
    if (word == minus) return -1;
  if (word == "zero" || word == "none") return 0;
  if (const auto value = typed_number(written)) return (*value > 0) - (*value < 0);
  return {};
}

std::optional<std::int64_t> class_in(std::string_view word, const Explanation& e) {
  for (std::size_t i = 0; i < e.classes.size(); ++i)
    if (lower(e.classes[i]) == lower(word)) return static_cast<std::int64_t>(i);
  const auto place = number_in<std::int64_t>(word);
  return place && *place >= 0 && *place < static_cast<std::int64_t>(e.classes.size()) ? place : std::nullopt;
}

// "class 0, class 2" as "0 2": the words between blanks and commas but "class".
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words = {""};
  for (const char c : text) {
    if (c != ' ' && c != ',' && c != '\t' && c != '\r' && c != '>' && c != '"') words.back() += c;
    else if (!words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  std::erase_if(words, [](const std::string& word) { return lower(word) == "class"; });
  return words;
}

Mark marked(bool right) { return right ? Mark::right : Mark::wrong; }

}  // namespace

std::vector<QuizQuestion> quiz_of(const Explanation& e) {
  std::vector<QuizQuestion> quiz;
  ask_probabilities(e, quiz);
  ask_loss(e, quiz);
  ask_gradient(e, quiz);
  ask_others(e, quiz);
  return quiz;
}

Mark mark(const QuizQuestion& q, std::string_view written, const Explanation& e) {
  if (q.kind == Answer::number) {
    const auto value = typed_number(written);
    return value ? marked(std::fabs(*value - q.number) <= q.tolerance) : Mark::unclear;
  }
  if (q.kind == Answer::sign) {
    const auto sign = sign_in(written);
    return sign ? marked(*sign == (q.number > 0) - (q.number < 0)) : Mark::unclear;
  }
  Places named;
  // a name may hold blanks: then the whole is tried first
  if (const auto whole = class_in(written, e)) named.push_back(*whole);
  for (const std::string& word : named.empty() ? words_of(written) : std::vector<std::string>{}) {
    const auto place = class_in(word, e);
    if (!place) return Mark::unclear;
    named.push_back(*place);
  }
  if (q.kind == Answer::classes) return named.size() == q.classes.size() ? marked(named == q.classes) : Mark::unclear;
  if (named.size() != 1) return Mark::unclear;
  return marked(std::find(q.classes.begin(), q.classes.end(), named[0]) != q.classes.end());
}

}  // namespace logitape::inline v0
