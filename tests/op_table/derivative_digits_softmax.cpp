// Derivative digits of rows of classes: softmax, its logarithms, and the loss under each of its names and options.
#include "logitape/ops/softmax.h"

#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/tensorflow.h"
#include "tests/op_table/derivative_digits.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

using In = std::span<const Tensor>;

// Far enough apart that no p is near 1/2, where 2p - 1, a factor of second derivatives, is 0; the last ones are f64's.
const std::vector<double> gaps = {6, 9, 12, 15, 17, 20, 25, 30, 40, 60, 80, 84, 150, 300, 500, 680};
const char* cancels = "terms of either sign cancel, so errors count in ULP of the largest";

Tensor labels_of(const Tensor& x) { return full({x.shape()[0]}, 0, DType::i32); }
Tensor of_class_0(const Tensor& y) { return slice(y, {0, 0}, {y.shape()[0], 1}); }
Tensor numbers(const Tensor& like, std::initializer_list<double> x) {
  return from_span(std::vector<double>(x), {static_cast<std::int64_t>(x.size())}).to(like.dtype());
}

Jets logits_of(const Jets& x) { return {x[0], x[1], x[2]}; }
Jets labels_of(const Jets& x) { return {x[3], x[4], x[5]}; }
Jet loss(const Jets& x, const Jets& t) {
  Jet total;
  for (std::size_t c = 0; c < x.size(); ++c) total = total + t[c] * jets::minus_log_p(x, c);
  return total;
}
Jet loss_of_class_0(const Jets& x) { return jets::minus_log_p(x, 0); }
Jet p_of_class_0(const Jets& x) { return jets::probability(x, 0); }
Jet weighted(const Jets& x) {
  return jets::probability(x, 0) - 2 * jets::probability(x, 1) + 0.5L * jets::probability(x, 2);
}

}  // namespace

// long: a table
std::vector<DigitsRow> softmax_digits() {
  std::vector<DigitsRow> rows;
  const std::vector<Point> confident = confident_rows(3, gaps), ordinary = ordinary_rows(3, -4, 4, 60);
  std::vector<double> either_sign = gaps;
  for (const double gap : gaps) either_sign.push_back(-gap);
  const std::vector<Point> two = confident_rows(2, either_sign), one_label = {{1, 0, 0}},
                           soft_labels = {{0.25, 0.5, 0.25}, {0.125, 0, 1.5}};
  std::vector<Point> both = confident;
  both.insert(both.end(), ordinary.begin(), ordinary.end());

  const auto row = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                       std::function<Jet(const Jets&)> exact, const std::vector<Point>& points,
                       std::vector<int> widths = {3}) {
    rows.push_back({op, variant, std::move(call), std::move(exact), std::move(widths), points, rows_goal, rows_goal});
  };
  const auto of_largest = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                              std::function<Jet(const Jets&)> exact, const std::vector<Point>& points,
                              std::vector<int> widths = {3}) {
    row(op, variant, std::move(call), std::move(exact), points, std::move(widths));
    rows.back().of_largest = true;
    rows.back().exception = cancels;
  };
  row(
      "softmax", "confident", [](In x) { return of_class_0(softmax(x[0])); }, p_of_class_0, confident);
  row("softmax", "two classes", [](In x) { return of_class_0(softmax(x[0])); }, p_of_class_0, two, {2});
  row("softmax", "two classes, along axis 0",
      [](In x) { return of_class_0(transpose(softmax(transpose(x[0], 0, 1), {.axis = 0}), 0, 1)); }, p_of_class_0, two,
      {2});
  row("softmax", "twenty classes", [](In x) { return of_class_0(softmax(x[0])); }, p_of_class_0,
      confident_rows(20, {10, 30, 80}), {20});
  of_largest(
      "softmax", "any cotangents",
      [](In x) {
        return softmax(x[0]) * numbers(x[0], {1, -2, 0.5});
      },
      weighted, both);
  of_largest(
      "softmax", "cotangents around 1000",
      [](In x) {
        return softmax(x[0]) * numbers(x[0], {1001, 998, 1000.5});
      },
      weighted, both);
  for (std::size_t last : {1, 2}) {  // all second derivatives of a point cancel at once
    DigitsRow& r = rows[rows.size() - last];
    r.f32.second = r.f64.second = 32;
  }
  row(
      "log_softmax", "", [](In x) { return of_class_0(log_softmax(x[0])); },
      [](const Jets& x) { return -loss_of_class_0(x); }, both);
  row(
      "log_softmax", "axis 0",
      [](In x) { return of_class_0(transpose(log_softmax(transpose(x[0], 0, 1), {.axis = 0}), 0, 1)); },
      [](const Jets& x) { return -loss_of_class_0(x); }, both);
  of_largest(
      "log_softmax", "any cotangents",
      [](In x) {
        return log_softmax(x[0]) * numbers(x[0], {1, -2, 0.5});
      },
      [](const Jets& x) {
        return loss(x, {-1, 2, -0.5L});
      },
      both);
  row(
      "logsumexp", "", [](In x) { return logsumexp(x[0], {.axes = {1}}); }, jets::log_sum_exp, both);

  const auto none = [](CrossEntropyOptions o) {
    o.reduction = Reduction::none;
    return [o](In x) { return cross_entropy(x[0], labels_of(x[0]), o); };
  };
  const auto dense = [](CrossEntropyOptions o) {
    o.reduction = Reduction::none;
    return [o](In x) { return cross_entropy(x[0], x[1], o); };
  };
  const auto of_labels = [](const Jets& x) { return loss(logits_of(x), labels_of(x)); };
  row("cross_entropy", "indices", none({}), loss_of_class_0, both);
  row(
      "cross_entropy", "sum", [](In x) { return cross_entropy(x[0], labels_of(x[0]), {.reduction = Reduction::sum}); },
      loss_of_class_0, both);
  row("cross_entropy", "one-hot labels, into both", dense({}), of_labels, beside(both, one_label), {3, 3});
  of_largest("cross_entropy", "soft labels, into both", dense({}), of_labels, beside(both, soft_labels), {3, 3});
  row(
      "cross_entropy", "temperature 1/2", none({.temperature = 0.5}),
      [](const Jets& x) {
        return loss_of_class_0({2 * x[0], 2 * x[1], 2 * x[2]});
      },
      both);
  of_largest(
      "cross_entropy", "label smoothing 1/4", none({.label_smoothing = 0.25}),
      [](const Jets& x) {
        return loss(x, {0.75L + 0.25L / 3, 0.25L / 3, 0.25L / 3});
      },
      both);
  row(
      "cross_entropy", "class weights",
      [](In x) {
        return cross_entropy(x[0], labels_of(x[0]),
                             {.reduction = Reduction::none, .class_weights = numbers(x[0], {2.5, 1, 0.5})});
      },
      [](const Jets& x) { return 2.5L * loss_of_class_0(x); }, both);
  row(
      "cross_entropy", "sample weights, into both",
      [](In x) { return cross_entropy(x[0], labels_of(x[0]), {.reduction = Reduction::none, .sample_weights = x[1]}); },
      [](const Jets& x) { return x[3] * loss_of_class_0(logits_of(x)); }, beside(both, {{0.75}, {3}}), {3, 0});
  of_largest(
      "cross_entropy", "z-loss", none({.z_loss = 0.125}),
      [](const Jets& x) { return loss_of_class_0(x) + 0.125L * jets::log_sum_exp(x) * jets::log_sum_exp(x); }, both);
  of_largest(
      "cross_entropy", "soft cap", none({.soft_cap = 16}),
      [](const Jets& x) {
        return loss_of_class_0({16 * tanh(x[0] / 16), 16 * tanh(x[1] / 16), 16 * tanh(x[2] / 16)});
      },
      ordinary);
  row(
      "linear_cross_entropy", "the identity as weight",
      [](In x) {
        return linear_cross_entropy(x[0], one_hot(arange(3), 3, x[0].dtype()), labels_of(x[0]),
                                    {.reduction = Reduction::none});
      },
      loss_of_class_0, both);

  row("nn::softmax_cross_entropy_with_logits", "",
      [](In x) { return nn::softmax_cross_entropy_with_logits({.labels = x[1], .logits = x[0]}); }, of_labels,
      beside(both, one_label), {3, 3});
  row(
      "nn::sparse_softmax_cross_entropy_with_logits", "",
      [](In x) { return nn::sparse_softmax_cross_entropy_with_logits({.labels = labels_of(x[0]), .logits = x[0]}); },
      loss_of_class_0, both);
  row("compat::v1::nn::softmax_cross_entropy_with_logits_v2", "",
      [](In x) { return compat::v1::nn::softmax_cross_entropy_with_logits_v2({.labels = x[1], .logits = x[0]}); },
      of_labels, beside(both, one_label), {3, 3});
  row(
      "compat::v1::nn::softmax_cross_entropy_with_logits", "",
      [](In x) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // what the row is about
        return compat::v1::nn::softmax_cross_entropy_with_logits(
            {.labels = one_hot(labels_of(x[0]), 3, x[0].dtype()), .logits = x[0]});
#pragma GCC diagnostic pop
      },
      loss_of_class_0, both);
  row("raw_ops::SoftmaxCrossEntropyWithLogits", "loss",
      [](In x) { return raw_ops::SoftmaxCrossEntropyWithLogits({.features = x[0], .labels = x[1]}).loss; }, of_labels,
      beside(both, one_label), {3, 3});
  row(
      "raw_ops::SoftmaxCrossEntropyWithLogits", "backprop",
      [](In x) {
        return of_class_0(raw_ops::SoftmaxCrossEntropyWithLogits(
                              {.features = x[0], .labels = one_hot(labels_of(x[0]), 3, x[0].dtype())})
                              .backprop);
      },
      p_of_class_0, confident);
  row(
      "raw_ops::SparseSoftmaxCrossEntropyWithLogits", "loss",
      [](In x) {
        return raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = x[0], .labels = labels_of(x[0])}).loss;
      },
      loss_of_class_0, both);
  return rows;
}

}  // namespace logitape::tests
