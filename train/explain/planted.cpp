// A custom op for each mistake: the loss is right, its rule is not. The check needs numbers with which that shows.
#include "logitape/train/explain/planted.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/custom_op.h"
#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/detail/prepare.h"

namespace logitape::inline v0 {
namespace {

using lesson::Lesson;

constexpr std::array mistakes = {Mistake::sign, Mistake::missing_mass, Mistake::missing_lse, Mistake::factor_n,
                                 Mistake::transposed};

struct About {
  const char* name;
  int input;  // the one whose gradient is wrong: 0 the logits, 1 the labels
  Hint hint;  // what the checker has to find
  const char *right_rule, *wrong_rule, *what;
};
constexpr About about[] = {
    {"sign", 0, Hint::sign, "dloss/dx = S*p - t", "dloss/dx = t - S*p",
     "Both numbers are there, but in the wrong order. Descent would go up, and the loss would grow at each step."},
    {"missing-mass", 0, Hint::label_mass, "dloss/dx = S*p - t", "dloss/dx = p - t",
     "S, the sum of the labels, is missing. With labels that sum to 1 nobody sees it; with weights, or labels that are "
     "counts, the gradient is wrong."},
    {"missing-lse", 1, Hint::constant_per_row, "dloss/dt = lse - x", "dloss/dt = -x",
     "lse, the log-sum-exp of the row, is missing: each label of the row is off by the same number. Training hides it "
     "while labels do not move."},
    {"factor-n", 0, Hint::factor, "dloss/dx = (S*p - t) / n", "dloss/dx = S*p - t",
     "The loss is the mean of n rows, but its gradient is not divided by n. Training still works, with steps that "
     "are n times too long."},
    {"transposed", 0, Hint::transposed, "dloss/dx[row, class] = S*p - t",
     "dloss/dx[row, class] = (S*p - t)[class, row]",
     "All numbers are right, but rows and columns are exchanged: each class gets the gradient of another one."},
};
const About& of(Mistake m) { return about[static_cast<std::size_t>(m)]; }

// One row hides that a mean is not divided; all other mistakes show in the sum of the rows' losses.
Reduction reduction_of(Mistake m) { return m == Mistake::factor_n ? Reduction::mean : Reduction::sum; }

Tensor right_loss(Mistake m, TensorList in) { return cross_entropy(in[0], in[1], {.reduction = reduction_of(m)}); }

Tensors wrong_gradients(Mistake m, const Tensor& x, const Tensor& t) {
  return gradients_with(m, x, t, reduction_of(m));
}

using Rows = std::vector<std::vector<double>>;
struct Numbers {
  Rows x, t;
};

Tensor tensor_of(const Rows& rows) {
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return from_span(all, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size())});
}

// Classes that can happen, and of many the shown ones.
Numbers kept(const Lesson& l, PlantedMistake& planted, std::vector<std::string>& names) {
  const Explanation& e = l.e;
  Numbers n{{{}}, {{}}};
  for (const std::int64_t i : e.shown) {
    const auto at = static_cast<std::size_t>(i);
    if (l.masked[at]) continue;
    n.x[0].push_back(e.logits[at]);
    n.t[0].push_back(e.labels[at]);
    names.push_back(lesson::row_name(e, i));
  }
  if (n.x[0].size() < l.classes())
    planted.sentences.push_back(fmt::format("Of the {} the check has {}: those that can happen{}.",
                                            lesson::counted(static_cast<std::int64_t>(l.classes()), "class"),
                                            n.x[0].size(), l.is_whole() ? "" : " and matter most"));
  return n;
}

// One row becomes `rows`: turned by one class each time, and flatter, so that no two are alike.
void repeat(Numbers& n, std::size_t rows) {
  while (n.x.size() < rows) {
    std::vector<double> turned = n.x.back();
    std::rotate(turned.begin(), turned.begin() + 1, turned.end());
    for (double& v : turned) v *= 0.75;
    n.x.push_back(std::move(turned));
    n.t.push_back(n.t[0]);
  }
}

void make_visible(Mistake m, Numbers& n, PlantedMistake& planted) {
  double mass = 0;
  for (const double v : n.t[0]) mass += v;
  if (m == Mistake::missing_mass && std::fabs(mass - 1) < 0.01) {
    for (double& v : n.t[0]) v *= 2;
    planted.sentences.push_back("Your labels sum to 1, and hide it: for the check they are doubled, S = 2.");
  }
  if (m == Mistake::factor_n && n.x.size() == 1) {
    repeat(n, 3);
    planted.sentences.push_back("One row hides it, n = 1: for the check there are two more, made from yours.");
  }
  if (m == Mistake::transposed) {
    repeat(n, n.x[0].size());
    planted.sentences.push_back(fmt::format(
        "As many rows as classes hide it from a test of shapes: for the check your row is followed by {} made from it.",
        n.x.size() - 1));
  }
}

// Logits without a difference, or with too much of it, have a gradient that is 0, or the label's alone.
void make_milder(Numbers& n, PlantedMistake& planted) {
  std::size_t i = 0;
  for (auto& row : n.x)
    for (double& v : row) v = std::clamp(v, -2.0, 2.0) / 2 + 0.25 * static_cast<double>(i++ % 7 + 1);
  planted.sentences.push_back(
      "With your logits it cannot be told apart from other mistakes (a gradient is 0, or nearly): for the check "
      "they are moved near 0, and apart.");
}

GradientReport checked(Mistake m, const Numbers& n) {
  const auto loss = custom_op(
      "your_loss", [m](TensorList in) { return right_loss(m, in); },
      [m](TensorList in, TensorList, TensorList g) {
        Tensors wrong = wrong_gradients(m, in[0], in[1]);
        for (Tensor& one : wrong) one = one * g[0];
        return wrong;
      });
  return check_gradients(loss, {tensor_of(n.x), tensor_of(n.t)}, {.order = 1, .names = {"logits", "labels"}});
}

}  // namespace

std::string_view name(Mistake mistake) { return of(mistake).name; }
std::span<const Mistake> all_mistakes() { return mistakes; }
std::optional<Mistake> mistake_named(std::string_view called) {
  for (const Mistake m : mistakes)
    if (name(m) == called) return m;
  return {};
}

Tensors gradients_with(std::optional<Mistake> m, const Tensor& x, const Tensor& t, Reduction reduction) {
  const ReduceOptions of_row{.axes = {-1}, .keep_dims = true};
  const Tensor p = softmax(x);
  Tensor by_logits = (m == Mistake::missing_mass ? p : sum(t, of_row) * p) - t;
  Tensor by_labels = m == Mistake::missing_lse ? -x : logsumexp(x, of_row) - x;
  if (m == Mistake::sign) by_logits = -by_logits;
  if (m == Mistake::transposed) by_logits = reshape(transpose(by_logits), x.shape());
  const double rows = reduction == Reduction::mean ? static_cast<double>(x.shape()[0]) : 1;
  return {m == Mistake::factor_n ? by_logits : by_logits / rows, by_labels / rows};
}

bool PlantedMistake::found() const { return report.verdict() == Verdict::fail && report.hint == of(mistake).hint; }

PlantedMistake plant(Mistake m, const Tensor& logits, const Tensor& labels, const ExplainOptions& options) {
  Explanation e{.options = options};
  e.options.dtype = DType::f64;  // a mistake is no rounding
  Lesson l{e};
  lesson::prepare(l, logits, labels);

  PlantedMistake planted{.mistake = m, .right_rule = of(m).right_rule, .wrong_rule = of(m).wrong_rule};
  planted.sentences.emplace_back(of(m).what);
  std::vector<std::string> names;
  Numbers n = kept(l, planted, names);
  make_visible(m, n, planted);
  planted.report = checked(m, n);
  if (!planted.found()) {
    make_milder(n, planted);
    planted.report = checked(m, n);
  }
  const Tensor x = planted.logits = tensor_of(n.x), t = planted.labels = tensor_of(n.t);

  const auto input = static_cast<std::size_t>(of(m).input);
  const auto first = [&](const Tensor& of_all) { return of_all[0].to_vector(); };
  const std::vector<double> given = first(input == 0 ? x : t),
                            right = first(value_and_grad([&](TensorList in) { return right_loss(m, in); }, {x, t})
                                              .gradients[input]),
                            wrong = first(wrong_gradients(m, x, t)[input]);
  planted.numbers = {.meaning = x.shape()[0] > 1 ? "of the first row" : "",
                     .rows = std::move(names),
                     .columns = {input == 0 ? "x" : "t", "right", "wrong"}};
  for (std::size_t i = 0; i < given.size(); ++i)
    for (const double v : {given[i], right[i], wrong[i]}) planted.numbers.values.push_back(v);
  return planted;
}

}  // namespace logitape::inline v0
