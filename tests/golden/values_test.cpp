// Every value case: TensorFlow's numbers where logitape promises the same, the formula's where it departs on purpose:
// labels whose mass is not 1 (S*p - t, not p - t), the second derivative into labels (g*(p.v - v), not 0), the labels'
// derivative of backprop (-v, not 0), masked classes, and what TensorFlow itself cannot compute.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "logitape.h"
#include "tests/golden/case.h"
#include "tests/golden/formula.h"

namespace logitape::tests::golden {
namespace {

using Numbers = std::vector<long double>;

bool sparse(const Json& c) { return c.at("op") == "raw_sparse" || c.at("op") == "nn_sparse"; }

// [..., axis, ...] as rows [rows, classes] in f64.
Tensor as_rows(const Tensor& x, std::int64_t axis) {
  const int at = static_cast<int>(axis < 0 ? axis + x.rank() : axis);
  Ints order;
  for (int r = 0; r < x.rank(); ++r)
    if (r != at) order.push(r);
  order.push(at);
  const std::int64_t classes = x.shape()[at];
  return reshape(permute(stop_gradient(x), order).to(DType::f64), {classes == 0 ? 0 : x.size() / classes, classes});
}

struct Case {
  const Json& json;
  Tensor logits, labels;  // as given, leaves where they are differentiated
  Tensor x, t;            // the same as rows, broadcast to each other, f64
  std::int64_t axis;
  DType dtype;
  bool label_gradient;

  explicit Case(const Json& c)
      : json(c), labels(array(c.at("labels"), dtype_of(c.at("ldtype").get<std::string>()))),
        axis(c.at("axis").is_null() ? -1 : c.at("axis").get<std::int64_t>()),
        dtype(dtype_of(c.at("dtype").get<std::string>())),
        label_gradient(c.at("diff_labels").get<bool>() && !sparse(c) && is_floating(labels.dtype())) {
    logits = variable(array(c.at("logits"), dtype));
    if (label_gradient) labels = variable(labels);
    const auto lifted = [&](const Tensor& a) { return a.rank() == 0 ? reshape(a, {1, 1}) : a; };
    x = as_rows(lifted(logits), axis);
    t = sparse(c) ? one_hot(reshape(labels, {labels.size()}), x.shape()[1], DType::f64) : as_rows(lifted(labels), axis);
    const Shape both = (x + t).shape();
    x = broadcast_to(x, both);
    t = broadcast_to(t, both);
  }
  double tolerance() const {
    const DType coarse =
        is_floating(labels.dtype()) && byte_size(labels.dtype()) < byte_size(dtype) ? labels.dtype() : dtype;
    return coarse == DType::f64 ? 1e-11 : coarse == DType::f32 ? 5e-6 : coarse == DType::f16 ? 1e-2 : 4e-2;
  }
  Tensor array_of(const char* field, DType as) const { return array(json.at(field), as); }
  Tensor rows_of(const char* field) const { return as_rows(array(json.at(field), DType::f64), axis); }
};

// All fields by the formula, rows one after another.
Fields by_formula(const Case& c) {
  Fields all;
  const auto rows = [](const Tensor& x) { return x.to_vector<double>(); };
  const auto x = rows(c.x), t = rows(c.t);
  const auto v = c.json.contains("v") ? rows(c.rows_of("v")) : std::vector<double>(),
             w = c.json.contains("w") ? rows(c.rows_of("w")) : v;
  const auto g = c.json.contains("g") ? numbers(c.json.at("g"))
                                      : std::vector<double>(static_cast<std::size_t>(c.x.shape()[0]), 1.0);
  const auto classes = static_cast<std::size_t>(c.x.shape()[1]);
  for (std::size_t r = 0; r < static_cast<std::size_t>(c.x.shape()[0]); ++r) {
    const auto row = [&](const std::vector<double>& a) {
      return a.empty() ? Numbers()
                       : Numbers(a.begin() + static_cast<std::ptrdiff_t>(r * classes),
                                 a.begin() + static_cast<std::ptrdiff_t>((r + 1) * classes));
    };
    for (const auto& [field, values] : formula({row(x), row(t), row(v), row(w), static_cast<long double>(g[r])}))
      all[field].insert(all[field].end(), values.begin(), values.end());
  }
  return all;
}

// Where the formula, not TensorFlow, says what is right.
bool departs(const Case& c, const std::string& field) {
  if (field == "hvp_lab" || field == "bpv_lab") return true;
  const Json& golden = c.json.at(field);
  if (golden.is_object() && golden.contains("error")) return true;
  if (c.json.contains("tf_wrong"))
    for (const Json& wrong : c.json.at("tf_wrong"))
      if (wrong == field) return true;
  bool masked = false, any_mass = false, infinite = false;
  const auto x = c.x.to_vector<double>(), t = c.t.to_vector<double>();
  const auto classes = static_cast<std::size_t>(std::max<std::int64_t>(c.x.shape()[1], 1));
  for (std::size_t r = 0; r < x.size(); r += classes) {
    double mass = 0, largest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = r; i < r + classes; ++i) {
      mass += t[i];
      infinite = infinite || std::isinf(t[i]);
      largest = std::max(largest, x[i]);
      masked = masked || (std::isinf(x[i]) && x[i] < 0 && t[i] == 0);
    }
    masked = masked && std::isfinite(largest);
    any_mass = any_mass || !(std::fabs(mass - 1) <= c.tolerance());
  }
  if (infinite && field == "bpv") return true;  // J(v), in which no label stands
  return (masked && !sparse(c.json)) || (any_mass && (field == "glogits" || field == "hvp" || field == "third"));
}

// Of what was broadcast TensorFlow reduces some gradients and leaves others: the larger is summed to the smaller.
Tensor summed_like(const Tensor& a, const Tensor& b) {
  Tensor s = a;
  for (int r = 0; r < 2; ++r)
    if (b.shape()[r] == 1 && s.shape()[r] != 1) s = sum(s, {.axes = {r}, .keep_dims = true});
  return s;
}

struct Counts {
  int compared = 0, departed = 0;
};

void compare(const Case& c, const std::string& field, const Tensor& got_rows, const Fields& wanted, Counts& counts) {
  const bool departure = departs(c, field);
  ++(departure ? counts.departed : counts.compared);
  Tensor want = [&] {
    if (!departure && field == "loss") return reshape(c.array_of("loss", DType::f64), {got_rows.size(), 1});
    if (!departure) {
      const Tensor golden = array(c.json.at(field), DType::f64);
      return as_rows(golden.rank() == 0 ? reshape(golden, {1, 1}) : golden, c.axis);
    }
    const Numbers f = wanted.contains(field) ? wanted.at(field) : Numbers();  // no rows, no numbers
    const std::vector<double> values(f.begin(), f.end());
    return from_span(values, field == "loss" ? Shape(got_rows.size(), 1) : c.x.shape());
  }();
  const Tensor got = summed_like(got_rows, want);
  want = summed_like(want, got);
  REQUIRE(got.shape() == want.shape());
  const auto a = got.to_vector<double>(), b = want.to_vector<double>();
  double largest = 1;  // a smaller field is the difference of terms of about 1: TensorFlow's 0 may be 5e-17 here
  for (const double value : b)
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(field);
    CAPTURE(i);
    CAPTURE(a[i]);
    CAPTURE(b[i]);
    CHECK(
        (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) || std::fabs(a[i] - b[i]) <= c.tolerance() * largest));
  }
}

void check(const Json& json, Counts& counts) {
  const Case c(json);
  CAPTURE(json.at("id").get<std::string>());
  const Fields want = by_formula(c);
  const auto out = call(json, c.logits, c.labels);
  CHECK(out.loss.dtype() == c.dtype);
  compare(c, "loss", reshape(out.loss.to(DType::f64), {out.loss.size(), 1}), want, counts);
  if (json.contains("backprop")) compare(c, "backprop", as_rows(out.backprop, -1), want, counts);
  if (!json.contains("glogits")) return;

  // a gradient of what was broadcast is reduced; its own derivative is taken of the broadcast tensors, as TensorFlow's
  // is
  const auto rows = [&](const Tensor& x) { return as_rows(x.rank() == 0 ? reshape(x, {1, 1}) : x, c.axis); };
  const auto differentiate = [&](const Tensor& logits, const Tensor& labels, bool further) {
    const auto made = call(json, logits, labels);
    const GradOptions once{.seed = c.array_of("g", c.dtype), .create_graph = true};
    const Tensor into_logits = grad(made.loss, {logits}, once)[0];
    Tensor into_labels;
    if (c.label_gradient && !json.at("glabels").is_null()) {
      into_labels = grad(made.loss, {labels}, once)[0];
      CHECK(into_labels.dtype() == labels.dtype());
    }
    if (!further) {
      compare(c, "glogits", rows(into_logits), want, counts);
      if (into_labels.defined()) compare(c, "glabels", rows(into_labels), want, counts);
      return;
    }
    const GradOptions twice{.seed = c.array_of("v", c.dtype), .create_graph = true, .unreached = Unreached::zero};
    if (json.contains("hvp")) {
      const Tensor hvp = grad(into_logits, {logits}, twice)[0];
      compare(c, "hvp", rows(hvp), want, counts);
      if (json.contains("third"))
        compare(c, "third",
                rows(grad(hvp, {logits}, {.seed = c.array_of("w", c.dtype), .unreached = Unreached::zero})[0]), want,
                counts);
    }
    if (json.contains("bpv")) compare(c, "bpv", rows(grad(made.backprop, {logits}, twice)[0]), want, counts);
    if (!into_labels.defined()) return;
    if (json.contains("hvp_lab") && !json.at("hvp_lab").is_null())
      compare(c, "hvp_lab", rows(grad(into_logits, {labels}, twice)[0]), want, counts);
    if (json.contains("bpv_lab")) compare(c, "bpv_lab", rows(grad(made.backprop, {labels}, twice)[0]), want, counts);
    const GradOptions of_labels{.seed = reshape(c.array_of("v", labels.dtype()), labels.shape())};
    if (json.contains("cross")) compare(c, "cross", rows(grad(into_labels, {logits}, of_labels)[0]), want, counts);
  };
  differentiate(c.logits, c.labels, false);
  const bool broadcast = c.x.size() != c.logits.size() || c.t.size() != c.labels.size();
  if (!json.contains("v")) return;
  if (!broadcast || sparse(json)) return differentiate(c.logits, c.labels, true);
  const auto leaf = [](const Tensor& rows_of, const Tensor& like) {
    const Tensor whole = rows_of.to(like.dtype());
    return like.requires_grad() ? variable(whole) : whole;
  };
  differentiate(leaf(c.x, c.logits), leaf(c.t, c.labels), true);
}

}  // namespace

TEST_CASE("golden: every value case of TensorFlow, its derivatives of three orders and the vjp of backprop") {
  Counts counts;
  int cases_seen = 0;
  for (const Json& c : cases())
    if (!c.contains("error")) {
      check(c, counts);
      ++cases_seen;
    }
  CHECK(cases_seen == 112);
  MESSAGE("golden: ", cases_seen, " value cases; ", counts.compared, " fields as TensorFlow has them, ",
          counts.departed, " as the formula has them");
}

}  // namespace logitape::tests::golden
