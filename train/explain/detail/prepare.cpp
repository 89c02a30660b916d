// Checks what came in. A refusal says what to write instead: its reader learns what logits and labels are.
#include "logitape/train/explain/detail/prepare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0::lesson {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// [rows, classes] of any tensor whose axis `axis` is that of the classes.
Tensor as_rows(const Tensor& x, int axis) {
  Ints order;
  for (int r = 0; r < x.rank(); ++r)
    if (r != axis) order.push(r);
  order.push(axis);
  return reshape(permute(x, order), {-1, x.shape()[axis]});
}

int class_axis(const Tensor& logits, std::int64_t axis) {
  const int rank = logits.rank();
  require(rank > 0, op, "a single number is no row of logits: a row has a number for each class, as in 4 2 1");
  require(axis >= -rank && axis < rank, op,
          "logits of shape {} have {} {}, so the axis of the classes is one of {} to {}, not {}", logits.shape(), rank,
          rank == 1 ? "axis" : "axes", -rank, rank - 1, axis);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

void check_options(const ExplainOptions& o, std::int64_t rows, std::int64_t classes) {
  require(is_floating(o.dtype), op, "numbers of the dtype {} have no fractions: use f64, f32, f16 or bf16", o.dtype);
  require(o.row >= 0 && o.row < rows, op, "there is no row {}: {} came in, and counting starts at 0", o.row,
          counted(rows, "row"));
  require(o.label_smoothing >= 0 && o.label_smoothing <= 1, op,
          "label smoothing is a share from 0 to 1 that every class gets a part of, not {}", o.label_smoothing);
  require(o.temperature > 0 && o.temperature < infinity, op,
          "the temperature divides the logits: it is a number above 0, not {}", o.temperature);
  require(o.learning_rate > 0 && o.learning_rate < infinity, op,
          "the learning rate is the length of the step, a number above 0, not {}", o.learning_rate);
  require(o.class_weights.empty() || static_cast<std::int64_t>(o.class_weights.size()) == classes, op,
          "there are {} for {}: each class has one weight",
          counted(static_cast<std::int64_t>(o.class_weights.size()), "weight"), counted(classes, "class"));
  for (const double w : o.class_weights)
    require(w >= 0 && w < infinity, op, "a weight of a class is 0 or more and finite, not {}", w);
  for (const std::int64_t c : o.masked_classes)
    require(c >= 0 && c < classes, op, "class {} cannot be masked: there are {}, 0 to {}", c, counted(classes, "class"),
            classes - 1);
  require(o.classes.empty() || static_cast<std::int64_t>(o.classes.size()) == classes, op,
          "there are {} for {}: each class has one name", counted(static_cast<std::int64_t>(o.classes.size()), "name"),
          counted(classes, "class"));
}

Tensor labels_as_rows(const Tensor& logits, const Tensor& labels, int axis) {
  const std::int64_t classes = logits.shape()[axis];
  if (is_floating(labels.dtype())) {
    require(labels.shape() == logits.shape(), op,
            "labels {} do not belong to logits {}: each logit has one label, the probability that its class should get",
            labels.shape(), logits.shape());
    return as_rows(labels, axis);
  }
  require(is_index(labels.dtype()), op, "labels are probabilities, or whole numbers that name classes, not {}",
          labels.dtype());
  require(labels.size() * classes == logits.size(), op, "{} for {} of logits: each row has one class",
          counted(labels.size(), "label"), counted(logits.size() / classes, "row"));
  for (const std::int64_t c : labels.to_vector<std::int64_t>())
    require(c >= 0 && c < classes, ErrorCode::out_of_range, op,
            "class {} does not exist: there are {}, numbered 0 to {}", c, counted(classes, "class"), classes - 1);
  return one_hot(reshape(labels, {-1}), classes, DType::f64);
}

// To the dtype and back. A number that is too large for it is refused.
Tensor rounded(const Tensor& values, DType dtype, DType work, const char* what) {
  const Tensor all = values.to(DType::f64).to(dtype).to(work);
  const std::vector<double> before = values.to_vector<double>(), after = all.to_vector<double>();
  for (std::size_t i = 0; i < before.size(); ++i)
    require(!std::isfinite(before[i]) || std::isfinite(after[i]), op,
            "the {} {} is too large for {}, in which it is infinite: use f64, or smaller numbers", what, before[i],
            dtype);
  return all;
}

// `row`: "", or "row 2: " if there are several.
void check_logits(const Lesson& l, const std::vector<double>& x, const std::string& row) {
  for (const double v : x) {
    require(!std::isnan(v), op,
            "{}a logit is nan, which is no number: 0/0 and inf - inf make it; look where it came from", row);
    require(v < infinity, op, "{}a logit is inf: its class would have a probability of inf/inf, which is no number",
            row);
  }
  require(std::any_of(x.begin(), x.end(), [](double v) { return v > -infinity; }), op,
          "{}every class is masked (its logit is -inf): one class has to be possible", row);
  double low = infinity, high = -infinity;
  for (const double v : x)
    if (v > -infinity) low = std::min(low, v), high = std::max(high, v);
  const double room = l.work == DType::f64 ? std::numeric_limits<double>::max() : std::numeric_limits<float>::max();
  require(high / 2 - low / 2 <= room / 2, op,
          "{}the logits {} and {} are so far apart that {} cannot hold the difference", row, low, high, l.work);
}

void check_labels(const Lesson& l, const std::vector<double>& t, const std::string& row) {
  for (const double v : t)
    require(v >= 0 && v < infinity, op,
            "{}a label is {}: a label is the probability that a class should get, a number of 0 or more", row, v);
  require(std::any_of(t.begin(), t.end(), [](double v) { return v > 0; }), op,
          "{}every label is 0: then the loss is 0 whatever the logits are, and nothing can be learnt from it. Give one "
          "class the label 1, or several a part of it",
          row);
  const double mass = std::accumulate(t.begin(), t.end(), 0.0);
  require(mass >= l.smallest && mass * static_cast<double>(t.size()) < infinity, op,
          "{}the labels sum to {}: {} keeps numbers of that size with few digits, or none. Labels are near 1", row,
          mass, l.work);
}

// The classes that tables show: all of few; else the labels and the most probable.
std::vector<std::int64_t> chosen(const std::vector<double>& x, const std::vector<double>& t) {
  constexpr std::size_t all = 10, most = 6, of_labels = 3;
  std::vector<std::int64_t> order(x.size()), kept;
  std::iota(order.begin(), order.end(), 0);
  if (x.size() <= all) return order;
  const auto take_largest = [&](const std::vector<double>& values, std::size_t until, double above) {
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
    });
    for (const std::int64_t i : order)
      if (kept.size() < until && values[static_cast<std::size_t>(i)] > above &&
          std::find(kept.begin(), kept.end(), i) == kept.end())
        kept.push_back(i);
  };
  take_largest(t, of_labels, 0);
  take_largest(x, most, -infinity);
  std::sort(kept.begin(), kept.end());
  return kept;
}

// The row that is shown, as the loss sees it.
void lay_out(Lesson& l) {
  Explanation& e = l.e;
  const ExplainOptions& o = e.options;
  const std::int64_t classes = l.logits.shape()[1];
  const Tensor row_x = l.logits[o.row], row_t = l.labels[o.row];
  l.x = where(l.allowed, row_x / o.temperature, -infinity);
  const double n = static_cast<double>(classes);
  l.t = o.label_smoothing == 0 ? row_t : row_t * (1 - o.label_smoothing) + o.label_smoothing / n;
  l.t = l.weighted(l.t);
  e.logits = l.x.to_vector<double>();
  e.labels = l.t.to_vector<double>();
  check_logits(l, e.logits, "");
  require(std::any_of(e.labels.begin(), e.labels.end(), [](double v) { return v > 0; }), op,
          "times the weights every label of the row is 0: then its loss is 0 whatever the logits are");
  for (const double v : e.logits) l.masked.push_back(v == -infinity);
  e.shown = chosen(e.logits, e.labels);
  l.changed = o.temperature != 1 || o.label_smoothing != 0 || !o.class_weights.empty() || !o.masked_classes.empty();
  l.exact = exact_of(widened(e.logits), widened(e.labels));
}

}  // namespace

void prepare(Lesson& l, const Tensor& logits, const Tensor& labels) {
  Explanation& e = l.e;
  const ExplainOptions& o = e.options;
  require(logits.defined() && labels.defined() && logits.size() > 0, op,
          "there are no numbers: give logits and labels");
  require(is_floating(logits.dtype()), op, "logits are numbers with fractions, not {}", logits.dtype());
  const int axis = class_axis(logits, o.axis);
  const std::int64_t classes = logits.shape()[axis], rows = logits.size() / classes;
  require(classes >= 2, op,
          "there is one class only: its probability is 1 whatever its logit is, the loss is 0, and there is nothing to "
          "learn. Give a logit for each of two or more classes");
  check_options(o, rows, classes);
  l.work = o.dtype == DType::f64 ? DType::f64 : DType::f32;
  l.epsilon = l.work == DType::f64 ? 0x1p-52 : 0x1p-23;
  l.smallest = l.work == DType::f64 ? std::numeric_limits<double>::min() : std::numeric_limits<float>::min();
  e.rows = rows;
  e.index_labels = is_index(labels.dtype());
  e.classes = o.classes;
  for (std::int64_t c = 0; c < classes && o.classes.empty(); ++c) e.classes.push_back(std::to_string(c));

  l.logits = rounded(as_rows(logits, axis), o.dtype, l.work, "logit");
  l.labels = rounded(labels_as_rows(logits, labels, axis), o.dtype, l.work, "label");
  l.given_logits = logits;
  l.given_labels = labels;
  std::vector<std::uint8_t> possible(static_cast<std::size_t>(classes), 1);
  for (const std::int64_t c : o.masked_classes) possible[static_cast<std::size_t>(c)] = 0;
  l.allowed = not_equal(from_span(possible, {classes}), 0);

  const std::vector<double> all_x = l.logits.to_vector<double>(), all_t = l.labels.to_vector<double>();
  for (std::size_t r = 0, n = e.classes.size(); r < static_cast<std::size_t>(rows); ++r) {
    const auto from = static_cast<std::ptrdiff_t>(r * n), to = from + static_cast<std::ptrdiff_t>(n);
    std::vector<double> x(all_x.begin() + from, all_x.begin() + to), t(all_t.begin() + from, all_t.begin() + to);
    for (std::size_t i = 0; i < n; ++i)
      if (possible[i] == 0) x[i] = -infinity;
    const std::string row = rows > 1 ? fmt::format("row {}: ", r) : "";
    check_logits(l, x, row);
    check_labels(l, t, row);
    for (std::size_t i = 0; i < n; ++i) {
      const double label = o.label_smoothing > 0 ? t[i] + o.label_smoothing : t[i];
      require(x[i] > -infinity || label == 0, op,
              "{}{} is masked, so its probability is 0, but {}: the loss would be -log(0), infinite", row,
              class_called(e, static_cast<std::int64_t>(i)),
              t[i] > 0 ? fmt::format("its label is {}", t[i]) : std::string("smoothing gives every class a label"));
    }
    if (static_cast<std::int64_t>(r) != o.row) continue;
    e.given_logits.assign(all_x.begin() + from, all_x.begin() + to);
    e.given_labels = t;
  }
  lay_out(l);
}

}  // namespace logitape::inline v0::lesson
