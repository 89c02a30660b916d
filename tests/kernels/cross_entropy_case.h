// Calls of the loss kernel with all it can do: any shape, dtype and form of labels, rows left out, every output.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "logitape/backends/kernels.h"

namespace logitape::tests {

enum class Form { index, weighted, smoothed, smoothed_weighted, dense };
inline constexpr Form all_forms[] = {Form::index, Form::weighted, Form::smoothed, Form::smoothed_weighted, Form::dense};

inline std::string name(Form form) {
  const char* const names[] = {"index", "weighted", "smoothed", "smoothed and weighted", "dense"};
  return names[static_cast<int>(form)];
}

template <class M>
M rounded(double x) {
  return static_cast<M>(x);
}

template <class M>
struct Case {
  std::int64_t outer, classes, inner;
  std::vector<M> logits;
  std::vector<M> labels = {};   // dense, where not empty
  std::vector<M> weights = {};  // of the classes, where not empty
  std::vector<std::int32_t> indices = {};
  std::vector<std::uint8_t> keep = {};  // where not empty
  double a = 1, b = 0, scale = 1;
  bool unit_mass = false;
  bool gradient = true, probabilities = true, lse = true, label_gradient = false;

  std::int64_t rows() const { return outer * inner; }
  std::int64_t at(std::int64_t row, std::int64_t c) const { return (row / inner * classes + c) * inner + row % inner; }

  backends::CrossEntropyArgs args() const {
    const auto or_null = [](const auto& v) { return v.empty() ? nullptr : v.data(); };
    return {.dtype = dtype_of<M>(),
            .index_dtype = DType::i32,
            .outer = outer,
            .classes = classes,
            .inner = inner,
            .logits = logits.data(),
            .labels = or_null(labels),
            .indices = labels.empty() ? indices.data() : nullptr,
            .a = a,
            .b = b,
            .weights = or_null(weights),
            .keep = or_null(keep),
            .scale = scale,
            .unit_mass = unit_mass};
  }
};

template <class M>
struct Outputs {
  std::vector<M> loss, lse, gradient, probabilities, label_gradient;
};

template <class M>
Outputs<M> run(const backends::Kernels& k, const Case<M>& c) {
  const M untouched = rounded<M>(-7);
  const auto rows = static_cast<std::size_t>(c.rows());
  Outputs<M> out{std::vector<M>(rows, untouched), std::vector<M>(c.lse ? rows : 0, untouched),
                 std::vector<M>(c.gradient ? c.logits.size() : 0, untouched),
                 std::vector<M>(c.probabilities ? c.logits.size() : 0, untouched),
                 std::vector<M>(c.label_gradient ? c.logits.size() : 0, untouched)};
  backends::CrossEntropyArgs args = c.args();
  args.loss = out.loss.data();
  args.lse = c.lse ? out.lse.data() : nullptr;
  args.gradient = c.gradient ? out.gradient.data() : nullptr;
  args.probabilities = c.probabilities ? out.probabilities.data() : nullptr;
  args.label_gradient = c.label_gradient ? out.label_gradient.data() : nullptr;
  k.cross_entropy(args);
  return out;
}

// Every NaN counts as one value.
template <class M>
bool equal_bits(const std::vector<M>& a, const std::vector<M>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(M)) !=
            0 &&  // NOLINT(bugprone-suspicious-memory-comparison): bits, -0 is not 0
        !(static_cast<double>(a[i]) != static_cast<double>(a[i]) &&
          static_cast<double>(b[i]) != static_cast<double>(b[i])))
      return false;
  return true;
}

template <class M>
bool equal_bits(const Outputs<M>& a, const Outputs<M>& b) {
  return equal_bits(a.loss, b.loss) && equal_bits(a.lse, b.lse) && equal_bits(a.gradient, b.gradient) &&
         equal_bits(a.probabilities, b.probabilities) && equal_bits(a.label_gradient, b.label_gradient);
}

// Logits centre + spread * normal; in every second row the label is the likeliest class. Dense labels are of any mass.
template <class M>
Case<M> random_case(std::int64_t outer, std::int64_t classes, std::int64_t inner, Form form, double spread = 3,
                    double centre = 0) {
  std::mt19937_64 bits(static_cast<std::uint64_t>(outer * 31 + classes * 7 + inner));
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0, 2);
  Case<M> c{outer, classes, inner, {}};
  for (std::int64_t i = 0; i < outer * classes * inner; ++i)
    c.logits.push_back(rounded<M>(centre + spread * normal(bits)));
  for (std::int64_t row = 0; row < c.rows(); ++row) {
    std::int64_t y = static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(classes));
    for (std::int64_t j = 0; j < classes && row % 2 == 0; ++j)
      if (static_cast<double>(c.logits[static_cast<std::size_t>(c.at(row, j))]) >
          static_cast<double>(c.logits[static_cast<std::size_t>(c.at(row, y))]))
        y = j;
    c.indices.push_back(static_cast<std::int32_t>(y));
  }
  if (form == Form::dense)
    for (std::size_t i = 0; i < c.logits.size(); ++i) c.labels.push_back(rounded<M>(uniform(bits)));
  if (form == Form::weighted || form == Form::smoothed_weighted)
    for (std::int64_t i = 0; i < classes; ++i) c.weights.push_back(rounded<M>(uniform(bits)));
  if (form == Form::smoothed || form == Form::smoothed_weighted) c.a = 0.9, c.b = 0.1 / static_cast<double>(classes);
  return c;
}

// The same case over some of its rows, whose shape becomes [rows / inner, classes, inner].
template <class M>
Case<M> some_rows(const Case<M>& all, const std::vector<std::int64_t>& rows, std::int64_t inner) {
  Case<M> some = all;
  some.outer = static_cast<std::int64_t>(rows.size()) / inner;
  some.inner = inner;
  some.indices.clear();
  some.keep.clear();
  for (const std::int64_t r : rows) {
    some.indices.push_back(all.indices[static_cast<std::size_t>(r)]);
    if (!all.keep.empty()) some.keep.push_back(all.keep[static_cast<std::size_t>(r)]);
  }
  some.logits.resize(rows.size() * static_cast<std::size_t>(all.classes));
  if (!all.labels.empty()) some.labels.resize(some.logits.size());
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::int64_t j = 0; j < all.classes; ++j) {
      const auto to = static_cast<std::size_t>(some.at(static_cast<std::int64_t>(r), j)),
                 from = static_cast<std::size_t>(all.at(rows[r], j));
      some.logits[to] = all.logits[from];
      if (!all.labels.empty()) some.labels[to] = all.labels[from];
    }
  return some;
}

// The results of those rows, in the same order.
template <class M>
Outputs<M> some_rows(const Case<M>& all, const Outputs<M>& out, const std::vector<std::int64_t>& rows,
                     std::int64_t inner) {
  Case<M> loss_like = all;
  const Case<M> shape = some_rows(all, rows, inner);
  Outputs<M> some;
  for (const std::int64_t row : rows) {
    some.loss.push_back(out.loss[static_cast<std::size_t>(row)]);
    if (!out.lse.empty()) some.lse.push_back(out.lse[static_cast<std::size_t>(row)]);
  }
  for (auto [from, to] :
       {std::pair{&out.gradient, &some.gradient}, std::pair{&out.probabilities, &some.probabilities}}) {
    if (from->empty()) continue;
    loss_like.logits = *from;
    *to = some_rows(loss_like, rows, inner).logits;
  }
  return some;
}

}  // namespace logitape::tests
