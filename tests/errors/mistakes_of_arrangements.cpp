// More mistakes in what an op is given: shapes, axes, indices, numbers.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
}

// long: a table
const std::vector<Mistake>& arrangement_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "stack: no tensor is given", [] { stack(std::vector<Tensor>{}); },
       [] {
         return has(stack({f32({2})}), {1, 2});
       }},
      {invalid, "stack: part 0 is f32 [2], part 1 is f32 [3]: shapes, dtypes and devices have to be equal",
       [] {
         stack({f32({2}), f32({3})});
       },
       [] {
         return has(stack({f32({2}), f32({2})}), {2, 2});
       }},

      {range, "softmax: axis 2 is outside [-2, 2)",
       [] {
         softmax(f32({2, 2}), {.axis = 2});
       },
       [] {
         return has(softmax(f32({2, 2}), {.axis = -2}), {2, 2});
       }},
      {range, "log_softmax: axis -1 is asked for, but a scalar has no axes", [] { log_softmax(f32({})); },
       [] { return is(log_softmax(f32({1})), 0); }},
      {range, "sum: axis -3 is outside [-2, 2)",
       [] {
         sum(f32({2, 2}), {.axes = {0, -3}});
       },
       [] {
         return has(sum(f32({2, 2}), {.axes = {-2}}), {2});
       }},
      {invalid, "sum: axes [0,-2] name axis 0 twice",
       [] {
         sum(f32({2, 2}), {.axes = {0, -2}});
       },
       [] {
         return is(sum(f32({2, 2}), {.axes = {0, -1}}), 4);
       }},
      {invalid, "max: axes [1,1] name axis 1 twice",
       [] {
         max(f32({2, 2}), {.axes = {1, 1}});
       },
       [] {
         return is(max(f32({2, 2}), {.axes = {1, 0}}), 1);
       }},
      {invalid, "logsumexp: axes [-1,0,1] name axis 1 twice",
       [] {
         logsumexp(f32({2, 2}), {.axes = {-1, 0, 1}});
       },
       [] {
         return has(logsumexp(f32({2, 2}), {.axes = {-1}}), {2});
       }},
      {range, "argmax: axis -1 is asked for, but a scalar has no axes", [] { argmax(f32({}), -1); },
       [] { return is(argmax(f32({1}), 0), 0); }},
      {range, "transpose: axis -2 is outside [-1, 1)", [] { transpose(f32({3})); },
       [] { return has(transpose(f32({3}), 0, 0), {3}); }},
      {range, "flatten: axis 1 is outside [-1, 1)", [] { flatten(f32({3}), 1); },
       [] { return has(flatten(f32({3}), 0), {3}); }},
      {range, "unsqueeze: axis 2 is outside [-2, 2)", [] { unsqueeze(f32({3}), 2); },
       [] {
         return has(unsqueeze(f32({3}), 1), {3, 1});
       }},
      {invalid, "unsqueeze: a new axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible",
       [] {
         unsqueeze(f32({1, 1, 1, 1, 1, 1, 1, 1}), 0);
       },
       [] { return has(unsqueeze(f32({}), -1), {1}); }},
      {invalid, "squeeze: axis 1 of [1,3] has extent 3; only one of extent 1 can go",
       [] {
         squeeze(f32({1, 3}), {0, 1});
       },
       [] {
         return has(squeeze(f32({1, 3}), 0), {3});
       }},
      {range, "stack: axis 2 is outside [-2, 2)", [] { stack({f32({2})}, 2); },
       [] {
         return has(stack({f32({2})}, 1), {2, 1});
       }},
      {range, "gather: axis 1 is outside [-1, 1)", [] { gather(f32({2}), i32({1}), {.axis = 1}); },
       [] { return has(gather(f32({2}), i32({1}), {.axis = -1}), {1}); }},
      {range, "scatter_add_along_axis: axis -2 is outside [-1, 1)",
       [] { scatter_add_along_axis(f32({2}), i32({1}), f32({1}), {.axis = -2}); },
       [] { return has(scatter_add_along_axis(f32({2}), i32({1}), f32({1})), {2}); }},
      {range, "softmax_cross_entropy_with_logits: axis 2 is outside [-2, 2)",
       [] {
         nn::softmax_cross_entropy_with_logits({.labels = f32({2, 3}), .logits = f32({2, 3}), .axis = 2});
       },
       [] {
         return has(nn::softmax_cross_entropy_with_logits({.labels = f32({2, 3}), .logits = f32({2, 3}), .axis = 0}),
                    {3});
       }},

      {invalid, "mean: the reduced axes of [0] have no elements", [] { mean(f32({0})); },
       [] {
         return has(mean(f32({0, 2}), {.axes = {1}}), {0});
       }},
      {invalid, "max: the reduced axes of [2,0] have no elements",
       [] {
         max(f32({2, 0}), {.axes = {1}});
       },
       [] {
         return has(max(f32({2, 0}), {.axes = {0}}), {0});
       }},
      {invalid, "min: the reduced axes of [0,3] have no elements",
       [] {
         min(f32({0, 3}));
       },
       [] {
         return is(sum(f32({0, 3})), 0);
       }},
      {invalid, "logsumexp: the reduced axes of [0] have no elements", [] { logsumexp(f32({0})); },
       [] { return is(logsumexp(zeros({1})), 0); }},
      {invalid, "argmax: the reduced axes of [2,0] have no elements",
       [] {
         argmax(f32({2, 0}), 1);
       },
       [] {
         return has(argmax(f32({0, 2}), 1), {0});
       }},
      {invalid, "argmin: the reduced axes of [2,0] have no elements",
       [] {
         argmin(i32({2, 0}), 1);
       },
       [] {
         return has(argmin(i32({2, 0}), 0), {0});
       }},
      {invalid, "variance: the reduced axes of [2,0] have no elements",
       [] {
         variance(f32({2, 0}), 1);
       },
       [] {
         return has(variance(f32({2, 0}), 0), {0});
       }},
      {range,
       "standard_deviation: correction 2 leaves nothing of the 2 elements to divide by: it has to be below their count",
       [] { standard_deviation(f32({2}), {.correction = 2}); },
       [] { return is(standard_deviation(f32({3}), {.correction = 2}), 0); }},
      {range, "variance: correction nan leaves nothing of the 2 elements to divide by: it has to be below their count",
       [] { variance(f32({2}), {.correction = nan}); }, [] { return is(variance(f32({2}), {.correction = -1}), 0); }},
      {range, "norm: axis 2 is outside [-2, 2)",
       [] {
         norm(f32({2, 2}), {.axes = {2}});
       },
       [] {
         return has(norm(f32({2, 2}), {.axes = {1}}), {2});
       }},
      {range, "mean: axis 2 is outside [-2, 2)",
       [] {
         mean(f32({2, 2}), {0, 2});
       },
       [] {
         return is(mean(f32({2, 2}), {0, 1}), 1);
       }},
      {invalid, "softmax: axis 1 of [2,0] has no classes",
       [] {
         softmax(f32({2, 0}));
       },
       [] {
         return has(softmax(f32({0, 2})), {0, 2});
       }},

      {invalid, "take_along_axis: indices are [2], x is [2,2]: ranks have to be equal",
       [] {
         take_along_axis(f32({2, 2}), i32({2}));
       },
       [] {
         return has(take_along_axis(f32({2, 2}), i32({2, 1})), {2, 1});
       }},
      {invalid, "take_along_axis: indices are [3,1], x is [2,2]: they differ off axis 1",
       [] {
         take_along_axis(f32({2, 2}), i32({3, 1}));
       },
       [] {
         return has(take_along_axis(f32({2, 2}), i32({3, 2}), {.axis = 0}), {3, 2});
       }},
      {invalid, "gather: x [1,1,1,1,1] by indices [1,1,1,1,1] has 9 axes; at most 8 are possible",
       [] {
         gather(f32({1, 1, 1, 1, 1}), i32({1, 1, 1, 1, 1}));
       },
       [] {
         return has(gather(f32({2, 1}), i32({1, 1})), {1, 1, 1});
       }},
      {invalid, "stack: a new axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible",
       [] {
         stack({f32({1, 1, 1, 1, 1, 1, 1, 1})});
       },
       [] {
         return has(stack({f32({1, 1})}), {1, 1, 1});
       }},
      {invalid, "one_hot: a class axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible",
       [] {
         one_hot(i32({1, 1, 1, 1, 1, 1, 1, 1}), 2);
       },
       [] {
         return has(one_hot(i32({1, 1}), 2), {1, 1, 2});
       }},
      {invalid, "scatter_add: updates are [2], base [3] and indices [1] need [1]",
       [] { scatter_add(f32({3}), i32({1}), f32({2})); },
       [] { return has(scatter_add(f32({3}), i32({2}), f32({2})), {3}); }},
      {invalid, "one_hot: 0 classes are asked for; at least 1 is needed", [] { one_hot(i32({0}), 0); },
       [] {
         return has(one_hot(i32({0}), 1), {0, 1});
       }},
      {range, "one_hot: index 3 at position 1 is outside [0, 3)",
       [] {
         one_hot(tensor({0, 3}), 3);
       },
       [] {
         return is(sum(one_hot(tensor({0, 2}), 3)), 2);
       }},
      {range, "gather: index 5 at position 1 is outside [0, 3), as is 1 more",
       [] {
         gather(f32({3}), tensor({0, 5, 2, -1}));
       },
       [] {
         return has(gather(f32({3}), tensor({0, 2, 1})), {3});
       }},
      {range, "gather: index 0 at position 0 is outside [0, 0)", [] { gather(f32({0}), tensor({0})); },
       [] { return has(gather(f32({0}), i32({0})), {0}); }},
      {range, "take_along_axis: index -1 at position 2 is outside [0, 2)",
       [] {
         take_along_axis(f32({2, 2}), tensor({{0, 1}, {-1, 0}}));
       },
       [] {
         return has(take_along_axis(f32({2, 2}), tensor({{0, 1}, {1, 0}})), {2, 2});
       }},
      {range, "scatter_add: index 2 at position 0 is outside [0, 2)",
       [] { scatter_add(f32({2}), tensor({2}), f32({1})); },
       [] { return has(scatter_add(f32({2}), tensor({1}), f32({1})), {2}); }},
      {range, "scatter_add_along_axis: index 9 at position 1 is outside [0, 2)",
       [] {
         scatter_add_along_axis(f32({2}), tensor({0, 9}), f32({2}));
       },
       [] {
         return has(scatter_add_along_axis(f32({2}), tensor({0, 0}), f32({2})), {2});
       }},

      {invalid, "clamp: low 2 and high 1 are no interval", [] { clamp(f32({}), 2, 1); },
       [] { return is(clamp(f32({}), 2, 2), 2); }},
      {invalid, "clamp: low nan and high 1 are no interval", [] { clamp(f32({}), nan, 1); },
       [] { return is(clamp(f32({}), -HUGE_VAL, HUGE_VAL), 1); }},
      {range, "dropout: rate 1 is outside [0, 1)",
       [] {
         Generator rng;
         dropout(f32({2}), 1, rng);
       },
       [] {
         Generator rng;
         return has(dropout(f32({2}), 0.5, rng), {2});
       }},
      {range, "dropout: rate -0.5 is outside [0, 1)",
       [] {
         Generator rng;
         dropout(f32({2}), -0.5, rng);
       },
       [] {
         Generator rng;
         return has(dropout(f32({2}), 0.999, rng), {2});
       }},
      {invalid, "arange: -1 elements are asked for; at least 0 are possible", [] { arange(-1); },
       [] { return has(arange(0), {0}); }},
      {invalid, "arange: from 0 to 1 by 0 has no end", [] { arange(0, 1, 0); },
       [] { return has(arange(0, 1, 2), {1}); }},
      {invalid, "arange: from 0 to nan by 1 has no end", [] { arange(0, nan); }, [] { return has(arange(0, 1), {1}); }},
  };
  return rows;
}

}  // namespace logitape::tests
