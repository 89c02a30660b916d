// What a gradient check found: a verdict, the worst element, what is likely to be the cause. Plain data for programs,
// str() for people, json() for machines.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0 {

// fail: an element differs by more than rounding and the error bar of the numeric value explain. inconclusive: an error
// that matters (GradcheckOptions::resolution, a part of the element) could not have been seen: the error bar is too
// wide, the rule's own arithmetic has lost its digits, or f uses none of its inputs.
enum class Verdict { pass, fail, inconclusive };
std::string_view name(Verdict verdict);

// What a wrong derivative looks like.
enum class Hint {
  none,
  nondeterministic,   // the same inputs, another result
  throws,             // f, or a rule, throws on the tape only, or off it only
  not_reduced,        // a rule returned the broadcast shape
  cotangent_ignored,  // not linear in its cotangent
  not_finite,         // NaN or infinite where f is smooth
  missing_path,       // zero where it should not be
  sign,               // of all elements; if of some: few_elements or large_values, and the text says so
  factor,             // all elements times the same number
  transposed,         // right numbers, rows and columns exchanged
  shifted,            // right numbers, a place further along an axis; or one class too far
  label_mass,         // p - t, where a cross-entropy has S*p - t: the labels' sum S is missing
  row_sum,            // should sum to zero along an axis, as softmax's gradient does, and does not
  constant_per_row,   // what is missing is the same along an axis: a log-sum-exp
  wrong_axis,         // sums to zero along another axis than it should
  stale,              // the gradient stays as it is when the inputs change
  overwritten,        // right at f's result: an input saved after it was overwritten, or the output in its place
  narrow_dtype,       // the rule is right in f64, not in its own dtype
  higher_order,       // the first derivative is right, its derivative is not
  kink,               // at a kink, and outside of the slopes on its two sides
  asymmetric,         // mixed derivatives depend on their order
  large_values,       // wrong only where the input is large
  few_elements,       // wrong only at some places
};
std::string_view name(Hint hint);

// One derivative: of `function` by one element of one input.
struct GradientElement {
  Verdict verdict = Verdict::pass;
  bool at_kink = false;  // the slopes on both sides differ
  int order = 0;         // 1: of the function, 2: of its gradient, ...
  std::string function;  // "f", "df/dlogits", "d(df/dlogits)/dlabels"; "matmul", "d matmul/dx0", ...
  std::vector<std::int64_t>
      result;                       // index of the function's result; empty: of all results, each times a random number
  int input = 0;                    // number of the input; its name follows
  std::string input_name;           // from order 2 on also "seed": the gradient multiplies f's results by it
  std::vector<std::int64_t> index;  // of the element
  double analytic = 0, numeric = 0;
  double error_bar = 0;  // of the numeric value
  double step = 0;       // the first and largest step of the differences
  double allowed = 0;    // what rounding and the error bar explain
  std::string reason;    // inconclusive: why, and what would decide it
  double absolute = 0, relative = 0,
         ulp = 0;  // |analytic - numeric|: itself, over the larger, in ULP of the input's dtype
};

// A test that is not element by element: of a random direction, of mixed derivatives, of repeated runs.
struct GradientTest {
  std::string what;      // "taylor", "dot product", "symmetry", "rerun", "tape"
  std::string function;  // as above
  int order = 1;
  Verdict verdict = Verdict::pass;
  double found = 0, expected = 0, allowed = 0;  // taylor: the order in h, and 3
  std::string text;                             // a sentence
};

// All elements of one gradient.
struct GradientBlock {
  int order = 1;
  std::string function, input_name;
  std::int64_t size = 0;  // fast mode checks some of them
  std::int64_t checked = 0, failed = 0, inconclusive = 0, kinks = 0;
  double largest_ratio = 0;  // of |analytic - numeric| to what is allowed
};

// The outcome of check_gradients: a verdict over all elements and tests, and what it rests on.
class GradientReport {
 public:
  bool ok() const { return verdict() == Verdict::pass; }
  Verdict verdict() const;
  void passed() const = delete;  // write ok()
  std::string str() const;       // for people; names the worst element and a cause
  std::string json() const;      // for machines; infinities and NaN are strings

  std::string function = "f";  // what the report calls it: see GradcheckOptions::name
  int order = 0;               // as asked for
  std::int64_t checked = 0, failed = 0, inconclusive = 0, kinks = 0;  // elements, of all orders; kinks are set aside
  std::int64_t doubled = 0;  // elements that were looked at again in double-double
  bool constant = false;     // f's result depends on none of its inputs
  GradientElement worst;     // a wrong one of the lowest order, if there is any
  GradientElement kink;      // the first at a kink
  Hint hint = Hint::none;    // the likely cause of a failure, and in words
  std::string hint_text;     //
  std::vector<GradientBlock> blocks;
  std::vector<GradientTest> tests;
  std::string precision;                   // "f64", "f32 against f64", "f32 against itself"
  double relative = 0, resolution = 0;     // the tolerances: what rounding may do, what has to be visible
  double seen_median = 0, seen_worst = 0;  // relative errors that would have been seen, of all elements that matter
  std::vector<std::string> notes;          // what else there is to know
};

std::ostream& operator<<(std::ostream& out, const GradientReport& report);  // str()

}  // namespace logitape::inline v0
