// What every step of an explanation reads, and how it is told: tables, sentences, comparisons. Not installed.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/explain/detail/exact.h"
#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0::lesson {

inline constexpr const char* op = "explain";
inline constexpr double nowhere = -std::numeric_limits<double>::infinity();  // the logit of a masked class

// One input while it is explained. Tensors are of `work`, the dtype that the library computes in: f32 for f16 and bf16.
struct Lesson {
  Explanation& e;
  DType work = DType::f64;
  double epsilon = 0;                           // the distance from 1 to the next number of `work`
  double smallest = 0;                          // its smallest normal number
  Tensor given_logits = {}, given_labels = {};  // as they came, the classes along options.axis
  Tensor logits = {}, labels = {};              // [rows, classes]
  Tensor allowed = {};                          // boolean [classes]: the class is not masked
  Tensor x = {}, t = {};                        // [classes]: the row, as the loss sees it
  Exact exact = {};                             // of x and t
  std::vector<bool> masked = {};                // in this row: x is -inf
  bool changed = false;                         // options make other x and t of what was given

  // Of each shown class i: the sum of its row of J and of H, over all classes.
  std::vector<double> jacobian_sums = {}, hessian_sums = {};
  // The mixed block in the other order, d2 loss / d x[j] d t[i], laid out as Explanation::mixed; d2 loss / d t[i] d
  // t[j].
  std::vector<double> mixed_swapped = {}, labels_twice = {};

  std::size_t classes() const { return e.logits.size(); }
  bool is_whole() const { return e.shown.size() == classes(); }  // every class is shown
  // Labels, [classes] or [rows, classes], times the class weights.
  Tensor weighted(const Tensor& t) const;
  // How the loss is asked for by the options; the dtype is that of the class weights.
  CrossEntropyOptions how(DType dtype) const;
  // The loss of all rows, reduced; into logits and labels of [rows, classes].
  Tensor total(const Tensor& logits, const Tensor& labels) const;
};

// Numbers as the text shows them: six digits, "0.5", "1.2e-07", "inf".
std::string number(double value);
std::string number(double value, int digits);
// "class 2", or its name in quotes.
std::string class_called(const Explanation& e, std::int64_t number);
std::string counted(std::int64_t count, std::string_view noun);  // "1 row", "3 rows", "2 classes"

// A table with a row a shown class, and one for the sum of all others where there are some. Columns have a number a
// class; in the row of the others stands their sum, or nothing where `adds` is false.
struct ClassColumn {
  std::string symbol;
  const std::vector<double>& values;
  bool adds = true;
};
NamedNumbers class_table(const Explanation& e, std::string meaning, const std::vector<ClassColumn>& columns);
// A matrix of [shown, shown].
NamedNumbers class_matrix(const Explanation& e, std::string symbol, std::string meaning,
                          const std::vector<double>& values);
std::string row_name(const Explanation& e, std::int64_t number);

// Each got[i] may be away from want[i] by `ulps` roundings of a number of size[i], and by what lies below the smallest
// normal number.
struct Allowance {
  double ulps;
  std::string reason;
};
Comparison compared(const Lesson& l, std::string claim, std::string second_way, std::span<const double> got,
                    std::span<const Wide> want, std::span<const Wide> size, const Allowance& allowance);
Comparison compared(const Lesson& l, std::string claim, std::string second_way, double got, Wide want, Wide size,
                    const Allowance& allowance);

// The loss of all rows by the formulas, in wider numbers; x and t as given, [rows, classes].
struct ExactTotal {
  Wides losses = {};  // of each row
  Wide total = 0;     // reduced
  Wide size = 0;      // of the numbers that were rounded on the way to the total
};
ExactTotal exact_total(const Lesson& l, const std::vector<double>& x, const std::vector<double>& t);
// The library's loss of the tensors as they came, along options.axis.
double total_in_own_shape(const Lesson& l);

// The loss of one row of logits and labels.
Tensor row_loss(TensorList in);

// Of a report of check_gradients.
Comparison measured(std::string claim, const GradientReport& report);

// After prepare(): the numbers, by the library; then the steps that tell them.
void compute(Lesson& l);
void tell(Lesson& l);

// The steps, in the order in which they are told.
void tell_inputs(Lesson& l);
void tell_options(Lesson& l);  // only if an option changes the numbers
void tell_shift(Lesson& l);
void tell_sum(Lesson& l);
void tell_probabilities(Lesson& l);
void tell_loss(Lesson& l);
void tell_reduction(Lesson& l);  // only if there are several rows, or a factor
void tell_jacobian(Lesson& l);
void tell_chain(Lesson& l);
void tell_labels(Lesson& l);
void tell_given(Lesson& l);  // only if the gradients of what was given are others
void tell_curvature(Lesson& l);
void tell_differences(Lesson& l);
void tell_descent(Lesson& l);
void tell_changes(Lesson& l);
void tell_precisions(Lesson& l);

}  // namespace logitape::inline v0::lesson
