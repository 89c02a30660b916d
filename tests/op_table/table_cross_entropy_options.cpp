// Rows of cross_entropy's options, each with both kinds of label, and of the same through linear_cross_entropy in
// chunks.
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

const Tolerance loose{40, 40, 40, "some ten steps of up to 4 ULP each, of terms no larger than the floor"};
const Input logits{between(-4, 4)}, labels{between(0, 2)}, weight{between(0.5, 2)}, small{between(-1, 1)},
    kept = constant(truth());

// What options do to a call; inputs 2 and further are what they hold.
struct Variant {
  std::string name;
  std::function<void(CrossEntropyOptions&, In)> set;
  enum class Extra { nothing, a_class, a_row, both, mask } extra = Extra::nothing;
};
using Extra = Variant::Extra;

std::vector<Variant> variants() {
  return {
      {"label smoothing", [](CrossEntropyOptions& o, In) { o.label_smoothing = 0.1; }},
      {"temperature", [](CrossEntropyOptions& o, In) { o.temperature = 2.5; }},
      {"soft cap", [](CrossEntropyOptions& o, In) { o.soft_cap = 3; }},
      {"z-loss", [](CrossEntropyOptions& o, In) { o.z_loss = 0.01; }},
      {"class weights", [](CrossEntropyOptions& o, In x) { o.class_weights = x[2]; }, Extra::a_class},
      {"sample weights", [](CrossEntropyOptions& o, In x) { o.sample_weights = x[2]; }, Extra::a_row},
      {"mask", [](CrossEntropyOptions& o, In x) { o.mask = x[2]; }, Extra::mask},
      {"mask, by batch, sum of squares",
       [](CrossEntropyOptions& o, In x) {
         o.mask = x[2];
         o.denominator = Denominator::batch;
         o.z_loss = 0.02;
       },
       Extra::mask},
      {"everything",
       [](CrossEntropyOptions& o, In x) {
         o = {.denominator = Denominator::batch,
              .class_weights = x[2],
              .sample_weights = x[3],
              .label_smoothing = 0.2,
              .temperature = 0.7,
              .soft_cap = 5,
              .z_loss = 0.03};
       },
       Extra::both},
  };
}

// The inputs and shapes that a variant adds to logits [rows..., classes].
std::vector<Input> extra_inputs(Extra e) {
  switch (e) {
    case Extra::nothing: return {};
    case Extra::mask: return {kept};
    case Extra::both: return {weight, weight};
    default: return {weight};
  }
}
Shapes extra_shapes(Extra e, const Shape& rows, std::int64_t classes) {
  switch (e) {
    case Extra::nothing: return {};
    case Extra::a_class: return {Shape(classes)};
    case Extra::both: return {Shape(classes), rows};
    default: return {rows};
  }
}

Shape with(const Shape& rows, std::int64_t classes) {
  Ints all(rows);
  all.push(classes);
  return Shape(all);
}

template <class T>
std::vector<T> joined(std::vector<T> a, const std::vector<T>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Size {
  Shape rows;
  std::int64_t classes;
};

void add_options(std::vector<Row>& rows, const Variant& v, Reduction reduction, const char* how) {
  const auto options = [v, reduction](In x) {
    CrossEntropyOptions o;
    v.set(o, x);
    o.reduction = reduction;
    return o;
  };
  const auto call = [options](In x) { return cross_entropy(x[0], x[1], options(x)); };
  std::vector<Shapes> dense, sparse;
  for (const Size& s : {Size{{}, 3}, Size{{2}, 1}, Size{{2}, 5}, Size{{0}, 3}, Size{{2, 2}, 3}}) {
    dense.push_back(
        joined<Shape>({with(s.rows, s.classes), with(s.rows, s.classes)}, extra_shapes(v.extra, s.rows, s.classes)));
    if (s.rows.rank() == 1)
      sparse.push_back(joined<Shape>({with(s.rows, s.classes), s.rows}, extra_shapes(v.extra, s.rows, s.classes)));
  }
  const Shapes large_dense = joined<Shape>({large_matrix, large_matrix}, extra_shapes(v.extra, {521}, 509)),
               large_sparse = joined<Shape>({large_matrix, {521}}, extra_shapes(v.extra, {521}, 509));
  const bool large_values = v.extra == Extra::both;  // the others are parts of it
  rows.push_back({"cross_entropy", v.name + ", probabilities, " + how, call,
                  joined<Input>({logits, labels}, extra_inputs(v.extra)), dense, large_dense, loose, floating_dtypes(),
                  large_values});
  rows.push_back({"cross_entropy", v.name + ", indices, " + how, call,
                  joined<Input>({logits, constant(index_of(0, 1))}, extra_inputs(v.extra)), sparse, large_sparse, loose,
                  floating_dtypes(), large_values});

  // hidden [.., in], weight [in, classes]; of 37 rows three chunks are made
  const auto linear = [options](In x) {
    return linear_cross_entropy(x[0], x[1], x[2], options(std::vector<Tensor>(x.begin() + 1, x.end())));
  };
  std::vector<Shapes> through;
  for (const Size& s : {Size{{2}, 3}, Size{{0}, 2}, Size{{37}, 5}})
    through.push_back(joined<Shape>({with(s.rows, 2), {2, s.classes}, with(s.rows, s.classes)},
                                    extra_shapes(v.extra, s.rows, s.classes)));
  rows.push_back({"linear_cross_entropy", v.name + ", " + how, linear,
                  joined<Input>({small, small, labels}, extra_inputs(v.extra)), through,
                  joined<Shape>({{1031, 13}, {13, 257}, {1031, 257}}, extra_shapes(v.extra, {1031}, 257)), loose,
                  floating_dtypes(), large_values});
}

}  // namespace

void add_cross_entropy_options(std::vector<Row>& rows) {
  const std::size_t first = rows.size();
  for (const Variant& v : variants()) {
    add_options(rows, v, Reduction::none, "none");
    add_options(rows, v, Reduction::mean, "mean");
  }
  for (const std::int64_t axis : {0, 1}) {
    const auto call = [axis](In x) { return cross_entropy(x[0], x[1], {.axis = axis, .reduction = Reduction::none}); };
    rows.push_back({"cross_entropy",
                    "axis " + std::to_string(axis),
                    call,
                    {logits, labels},
                    {{{3, 2}, {3, 2}}, {{2, 3, 2}, {2, 3, 2}}, {{2, 3, 0}, {2, 3, 0}}},
                    {{61, 67, 71}, {61, 67, 71}},
                    loose});
  }
  rows.push_back({"cross_entropy",
                  "broadcast",
                  [](In x) { return cross_entropy(x[0], x[1], {.broadcast = true}); },
                  {logits, labels},
                  {{{2, 3}, {3}}, {{2, 3}, {2, 1}}, {{2, 3}, {}}},
                  {large_matrix, {509}},
                  loose});
  rows.push_back(
      {"cross_entropy",
       "by weights",
       [](In x) { return cross_entropy(x[0], x[1], {.denominator = Denominator::weights, .class_weights = x[2]}); },
       {logits, constant(index_of(0, 1)), weight},
       {{{2, 3}, {2}, {3}}, {{5, 7}, {5}, {7}}},
       {large_matrix, {521}, {509}},
       loose});
  rows.push_back(
      {"cross_entropy",
       "probabilities, by weights",
       [](In x) { return cross_entropy(x[0], x[1], {.denominator = Denominator::weights, .sample_weights = x[2]}); },
       {logits, labels, weight},
       {{{2, 3}, {2, 3}, {2}}, {{3, 5}, {3, 5}, {3}}},
       {large_matrix, large_matrix, {521}},
       loose});
  rows.push_back({"linear_cross_entropy",
                  "by weights",
                  [](In x) {
                    return linear_cross_entropy(x[0], x[1], x[2],
                                                {.denominator = Denominator::weights, .class_weights = x[3]});
                  },
                  {small, small, constant(index_of(1, 1)), weight},
                  {{{37, 2}, {2, 5}, {37}, {5}}, {{2, 3}, {3, 2}, {2}, {2}}},
                  {{1031, 13}, {13, 257}, {1031}, {257}},
                  loose});
  rows.push_back({"linear_cross_entropy",
                  "indices, sum",
                  [](In x) { return linear_cross_entropy(x[0], x[1], x[2], {.reduction = Reduction::sum}); },
                  {small, small, constant(index_of(1, 1))},
                  {{{37, 2}, {2, 5}, {37}}, {{2, 3}, {3, 2}, {2}}, {{0, 3}, {3, 2}, {0}}},
                  {{1031, 13}, {13, 257}, {1031}},
                  loose});
  for (std::size_t r = first; r < rows.size(); ++r) rows[r].dtypes = floating_dtypes();
}

}  // namespace logitape::tests
