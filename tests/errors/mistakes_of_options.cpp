// Mistakes in the options of cross_entropy, and what linear_cross_entropy, TensorFlow's names and details refuse.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
const std::vector<Mistake>& option_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "cross_entropy: class_weights is f32 [2]; logits [2,3] need f32 [3]",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.class_weights = f32({2})});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.class_weights = f32({3})}), {});
       }},
      {invalid, "cross_entropy: class_weights is f64 [3]; logits [2,3] need f32 [3]",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.class_weights = f64({3})});
       },
       [] {
         return has(cross_entropy(f64({2, 3}), i32({2}), {.class_weights = f64({3})}), {});
       }},
      {invalid, "cross_entropy: sample_weights is f32 [3]; logits [2,3] need f32 [2]",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.sample_weights = f32({3})});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.sample_weights = f32({2})}), {});
       }},
      {invalid, "cross_entropy: mask is f32 [2]; logits [2,3] need boolean [2]",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.mask = f32({2})});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.mask = boolean({2})}), {});
       }},
      {invalid, "cross_entropy: class_weights of class 1 is -0.5; it has to be finite and not negative",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.class_weights = tensor({1.f, -0.5f, 2.f})});
       },
       [] {
         return is(cross_entropy(f32({2, 3}), i32({2}), {.class_weights = tensor({1.f, 0.f, 2.f})}), 0);
       }},
      {invalid, "cross_entropy: class_weights of class 2 is nan; it has to be finite and not negative",
       [] {
         cross_entropy(f32({2, 3}), f32({2, 3}), {.class_weights = tensor({1.f, 0.f, NAN})});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), f32({2, 3}), {.class_weights = tensor({1.f, 0.f, 3e38f})}), {});
       }},
      {invalid, "linear_cross_entropy: class_weights of class 0 is inf; it has to be finite and not negative",
       [] {
         linear_cross_entropy(f32({2, 4}), f32({4, 1}), i32({2}), {.class_weights = tensor({INFINITY})});
       },
       [] {
         return has(linear_cross_entropy(f32({2, 4}), f32({4, 5}), i32({2}), {.class_weights = f32({5})}), {});
       }},
      {invalid, "cross_entropy: sample_weights of row 1 is nan; it has to be finite",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.sample_weights = tensor({-1.f, NAN})});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.sample_weights = tensor({-1.f, 1.f})}), {});
       }},
      {invalid, "cross_entropy: ignore_index -1 is given with targets f32 [2,3], which are probabilities: use mask",
       [] {
         cross_entropy(f32({2, 3}), f32({2, 3}), {.ignore_index = -1});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), f32({2, 3}), {.mask = boolean({2})}), {});
       }},
      {invalid, "cross_entropy: broadcast is asked for with targets i32 [2], which are class indices",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.broadcast = true});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), f32({3}), {.broadcast = true}), {});
       }},
      {invalid, "cross_entropy: targets [2] do not broadcast to logits [2,3]",
       [] {
         cross_entropy(f32({2, 3}), f32({2}), {.broadcast = true});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), f32({2, 1}), {.broadcast = true}), {});
       }},
      {invalid, "cross_entropy: label_smoothing 1.5 is outside [0, 1]",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.label_smoothing = 1.5});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.label_smoothing = 1}), {});
       }},
      {invalid, "cross_entropy: temperature 0 is not positive and finite",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.temperature = 0});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.temperature = 0.1}), {});
       }},
      {invalid, "cross_entropy: temperature 1e-300 is not positive and finite in f32",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.temperature = 1e-300});
       },
       [] {
         return has(cross_entropy(f64({2, 3}), i32({2}), {.temperature = 1e-300}), {});
       }},
      {invalid, "cross_entropy: soft_cap -1 is not 0 (none) or positive and finite",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.soft_cap = -1});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.soft_cap = 30}), {});
       }},
      {invalid, "cross_entropy: z_loss nan is not finite",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.z_loss = NAN});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2}), {.z_loss = 1e-4}), {});
       }},
      {invalid, "cross_entropy: z_loss 1e+300 is not finite in f32",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.z_loss = 1e300});
       },
       [] {
         return has(cross_entropy(f64({2, 3}), i32({2}), {.z_loss = 1e300}), {});
       }},
      {invalid, "cross_entropy: the mean's denominator is 0: no row of logits [0,3] counts",
       [] {
         cross_entropy(f32({0, 3}), i32({0}), {.empty = EmptyMean::error});
       },
       [] {
         return is(cross_entropy(f32({0, 3}), i32({0})), 0);
       }},
      {range, "cross_entropy: axis 2 is outside [-2, 2)",
       [] {
         cross_entropy(f32({2, 3}), i32({2}), {.axis = 2});
       },
       [] {
         return has(cross_entropy(f32({3, 2}), i32({2}), {.axis = 0}), {});
       }},
      {range, "cross_entropy: label 7 at row 1 is outside [0, 3)",
       [] {
         cross_entropy(f32({2, 3}), tensor({-1, 7}), {.ignore_index = -1});
       },
       [] {
         return has(cross_entropy(f32({2, 3}), tensor({-1, 2}), {.ignore_index = -1}), {});
       }},
      {range, "cross_entropy: label 9007199254740993 at row 1 is outside [0, 3)",
       [] {
         cross_entropy(f32({2, 3}), tensor({std::int64_t{0}, (std::int64_t{1} << 53) + 1}),
                       {.ignore_index = std::int64_t{1} << 53});
       },
       [] {
         constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
         return has(cross_entropy(f32({2, 3}), tensor({std::int64_t{0}, lowest}), {.ignore_index = lowest}), {});
       }},
      {invalid, "cross_entropy_details: top 0 is asked for: k begins with 1",
       [] {
         cross_entropy_details(f32({2, 3}), i32({2}), {}, {0});
       },
       [] {
         return cross_entropy_details(f32({2, 3}), i32({2}), {}, {5}).top_k[0] == 1;
       }},
      {invalid,
       "linear_cross_entropy: hidden [2,3] and weight [4,5] do not meet: [..., in] and [in, classes] are needed",
       [] {
         linear_cross_entropy(f32({2, 3}), f32({4, 5}), i32({2}));
       },
       [] {
         return has(linear_cross_entropy(f32({2, 4}), f32({4, 5}), i32({2})), {});
       }},
      {invalid, "linear_cross_entropy: bias is f32 [3]; weight [4,5] needs [5]",
       [] {
         linear_cross_entropy(f32({2, 4}), f32({4, 5}), f32({3}), i32({2}));
       },
       [] {
         return has(linear_cross_entropy(f32({2, 4}), f32({4, 5}), f32({5}), i32({2})), {});
       }},
      {invalid, "linear_cross_entropy: axis 0 is not the last of logits [2,5]",
       [] {
         linear_cross_entropy(f32({2, 4}), f32({4, 5}), i32({5}), {.axis = 0});
       },
       [] {
         return has(linear_cross_entropy(f32({2, 4}), f32({4, 5}), i32({2}), {.axis = 1}), {});
       }},
      {range, "linear_cross_entropy: label 9 at row 30 is outside [0, 5)",
       [] {
         std::vector<int> y(40, 1);
         y[30] = 9;
         linear_cross_entropy(f32({40, 1}), f32({1, 5}), from_span(y, {40}));
       },
       [] {
         return has(linear_cross_entropy(f32({40, 1}), f32({1, 5}), i32({40})), {});
       }},
      {invalid,
       "softmax_cross_entropy_with_logits_v2: axis 0 and dim 0 are both given: dim is the old name of axis, give one",
       [] {
         compat::v1::nn::softmax_cross_entropy_with_logits_v2(
             {.labels = f32({2}), .logits = f32({2}), .axis = 0, .dim = 0});
       },
       [] {
         return has(
             compat::v1::nn::softmax_cross_entropy_with_logits_v2({.labels = f32({2}), .logits = f32({2}), .dim = 0}),
             {});
       }},
      {invalid, "softmax_cross_entropy_with_logits: labels are a scalar; logits [3] need a class axis there too",
       [] { nn::softmax_cross_entropy_with_logits({.labels = f32({}), .logits = f32({3})}); },
       [] { return has(nn::softmax_cross_entropy_with_logits({.labels = f32({1}), .logits = f32({3})}), {}); }},
  };
  return rows;
}

}  // namespace logitape::tests
