// How steps are told: numbers as text, tables, comparisons of the library's numbers with those of a second way.
#include "logitape/train/explain/detail/lesson.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0::lesson {
Tensor Lesson::weighted(const Tensor& of) const {
  const std::vector<double>& w = e.options.class_weights;
  return w.empty() ? of : of * from_span(w, {static_cast<std::int64_t>(w.size())}).to(work);
}

CrossEntropyOptions Lesson::how(DType dtype) const {
  const ExplainOptions& o = e.options;
  CrossEntropyOptions options{.reduction = o.reduction,
                              .denominator = o.denominator,
                              .label_smoothing = o.label_smoothing,
                              .temperature = o.temperature};
  if (!o.class_weights.empty())
    options.class_weights = from_span(o.class_weights, {static_cast<std::int64_t>(o.class_weights.size())}).to(dtype);
  // none: each loss for itself, and their sum is what gradients are of
  if (o.reduction == Reduction::none) options.reduction = Reduction::sum;
  return options;
}

Tensor Lesson::total(const Tensor& x_rows, const Tensor& t_rows) const {
  const Tensor possible = e.options.masked_classes.empty() ? x_rows : where(allowed, x_rows, nowhere);
  return cross_entropy(possible, t_rows, how(x_rows.dtype()));
}

ExactTotal exact_total(const Lesson& l, const std::vector<double>& x, const std::vector<double>& t) {
  const ExplainOptions& o = l.e.options;
  const std::size_t n = l.classes();
  ExactTotal all;
  for (std::size_t from = 0; from < x.size(); from += n) {
    Wides row_x, row_t;
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::int64_t>(i);
      const bool masked = std::find(o.masked_classes.begin(), o.masked_classes.end(), at) != o.masked_classes.end();
      row_x.push_back(masked ? nowhere : Wide(x[from + i]) / o.temperature);
      const Wide smoothed = t[from + i] * (1 - Wide(o.label_smoothing)) + Wide(o.label_smoothing) / Wide(n);
      row_t.push_back(smoothed * (o.class_weights.empty() ? 1 : o.class_weights[i]));
    }
    const Exact row = exact_of(std::move(row_x), std::move(row_t));
    all.losses.push_back(row.loss);
    all.total += row.loss * l.e.factor;
    for (std::size_t i = 0; i < n; ++i)
      if (row.t[i] != 0)
        all.size += l.e.factor * (row.term[i] + row.t[i] * (std::fabs(row.x[i]) + std::fabs(row.maximum)));
  }
  return all;
}

double total_in_own_shape(const Lesson& l) {
  const ExplainOptions& o = l.e.options;
  const DType dtype = l.work;
  Tensor x = l.given_logits.to(DType::f64).to(o.dtype).to(dtype), t = l.given_labels;
  if (is_floating(t.dtype())) t = t.to(DType::f64).to(o.dtype).to(dtype);
  const int axis = static_cast<int>(o.axis < 0 ? o.axis + x.rank() : o.axis);
  Ints along;
  for (int r = 0; r < x.rank(); ++r) along.push(r == axis ? x.shape()[r] : 1);
  if (!o.masked_classes.empty()) x = where(reshape(l.allowed, along), x, nowhere);
  CrossEntropyOptions how = l.how(dtype);
  how.axis = axis;
  return cross_entropy(x, t, how).item();
}

Tensor row_loss(TensorList in) { return cross_entropy(in[0], in[1], {.reduction = Reduction::sum}); }

std::string number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (value == 0) return "0";  // -0 is 0 to a learner
  return fmt::format("{:.{}g}", value, digits);
}
std::string number(double value) { return number(value, 6); }

std::string class_called(const Explanation& e, std::int64_t place) {
  const std::string plain = std::to_string(place), named = printable(e.classes[static_cast<std::size_t>(place)]);
  return named == plain ? "class " + plain : "\"" + named + "\"";
}
std::string row_name(const Explanation& e, std::int64_t place) {
  const std::string plain = std::to_string(place), named = printable(e.classes[static_cast<std::size_t>(place)]);
  return named == plain ? "class " + plain : named;
}

std::string counted(std::int64_t count, std::string_view noun) {
  const char* const ending = count == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", count, noun, ending);
}

NamedNumbers class_table(const Explanation& e, std::string meaning, const std::vector<ClassColumn>& columns) {
  NamedNumbers table{.meaning = std::move(meaning)};
  for (const ClassColumn& column : columns) table.columns.push_back(column.symbol);
  for (const std::int64_t i : e.shown) {
    table.rows.push_back(row_name(e, i));
    for (const ClassColumn& column : columns) table.values.push_back(column.values[static_cast<std::size_t>(i)]);
  }
  const std::size_t all = e.classes.size();
  if (e.shown.size() == all) return table;
  table.rows.push_back(fmt::format("{} others", all - e.shown.size()));
  for (const ClassColumn& column : columns) {
    double sum = column.adds ? 0 : NAN;
    for (std::size_t i = 0; i < all && column.adds; ++i)
      if (std::find(e.shown.begin(), e.shown.end(), static_cast<std::int64_t>(i)) == e.shown.end())
        sum += column.values[i];
    table.values.push_back(sum);
  }
  return table;
}

NamedNumbers class_matrix(const Explanation& e, std::string symbol, std::string meaning,
                          const std::vector<double>& values) {
  NamedNumbers table{.symbol = std::move(symbol), .meaning = std::move(meaning), .values = values};
  for (const std::int64_t i : e.shown) table.rows.push_back(row_name(e, i));
  table.columns = table.rows;
  return table;
}

Comparison compared(const Lesson& l, std::string claim, std::string second_way, std::span<const double> got,
                    std::span<const Wide> want, std::span<const Wide> size, const Allowance& allowance) {
  Comparison c{.claim = std::move(claim), .second_way = std::move(second_way), .reason = allowance.reason};
  double worst = -1;  // the largest part of what is allowed
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Wide exact = want[i];
    const bool same = static_cast<Wide>(got[i]) == exact || (std::isnan(got[i]) && std::isnan(exact));
    const auto difference = same ? 0 : static_cast<double>(std::fabs(static_cast<Wide>(got[i]) - exact));
    const double room = allowance.ulps * l.epsilon * static_cast<double>(size[i]) + l.smallest;
    const double part = difference / room;
    if (part <= worst) continue;  // a NaN is no part, and stays
    worst = part;
    c.difference = difference;
    c.allowed = room;
    if (std::isnan(part)) worst = std::numeric_limits<double>::infinity();
  }
  c.verdict = c.difference <= c.allowed ? Verdict::pass : Verdict::fail;
  return c;
}

Comparison compared(const Lesson& l, std::string claim, std::string second_way, double got, Wide want, Wide size,
                    const Allowance& allowance) {
  return compared(l, std::move(claim), std::move(second_way), {&got, 1}, std::span<const Wide>(&want, 1),
                  std::span<const Wide>(&size, 1), allowance);
}

Comparison measured(std::string claim, const GradientReport& report) {
  Comparison c{.claim = std::move(claim),
               .second_way = fmt::format("check_gradients, {} derivatives of order 1{}", report.checked,
                                         report.order > 1 ? " and 2" : ""),
               .difference = report.worst.absolute,
               .allowed = report.worst.allowed,
               .reason = "rounding, and the error bar of each difference",
               .verdict = report.verdict()};
  if (c.verdict == Verdict::fail && !report.hint_text.empty()) c.reason = report.hint_text;
  if (c.verdict == Verdict::inconclusive)
    c.reason = report.worst.reason.empty() ? "differences cannot tell here" : report.worst.reason;
  return c;
}

}  // namespace logitape::inline v0::lesson
