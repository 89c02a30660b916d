// Mistakes in calls of the cross-entropy's relatives, and of derivatives as functions.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
const std::vector<Mistake>& relatives_mistakes() {
  using nn::sigmoid_cross_entropy_with_logits;
  using nn::weighted_cross_entropy_with_logits;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  static const std::vector<Mistake> rows = {
      {invalid, "nll_loss: log_probabilities are a scalar; they need a class axis", [] { nll_loss(f32({}), i32({})); },
       [] { return is(nll_loss(f32({2}), i32({})), -1); }},
      {unsupported,
       "nll_loss: arithmetic takes f32 or f64, not log_probabilities (i32 [2,3]): write its numbers as 1.f or 1.0, or "
       "cast it, log_probabilities.to(DType::f32)",
       [] {
         nll_loss(i32({2, 3}), i32({2}));
       },
       [] {
         return is(nll_loss(f32({2, 3}), i32({2})), -1);
       }},
      {invalid, "nll_loss: targets [3] are not class indices of log_probabilities [2,3], which need [2]",
       [] {
         nll_loss(f32({2, 3}), i32({3}));
       },
       [] {
         return is(nll_loss(f32({2, 3}), i32({2})), -1);
       }},
      {invalid, "nll_loss: targets are f32 [2]: class indices of log_probabilities [2,3] are integers of shape [2]",
       [] {
         nll_loss(f32({2, 3}), f32({2}));
       },
       [] {
         return is(nll_loss(f32({2, 3}), f32({2, 3})), -3);
       }},
      {invalid, "nll_loss: log_probabilities [2,3] and targets [2,4] differ in shape",
       [] {
         nll_loss(f32({2, 3}), f32({2, 4}));
       },
       [] {
         return is(nll_loss(f32({2, 3}), f32({2, 3})), -3);
       }},
      {range, "nll_loss: label 3 at row 1 is outside [0, 3)",
       [] {
         nll_loss(f32({2, 3}), tensor({0, 3}));
       },
       [] {
         return is(nll_loss(f32({2, 3}), tensor({0, 2})), -1);
       }},
      {invalid, "focal_loss: there are no classes: the shape is [2,0]",
       [] {
         focal_loss(f32({2, 0}), i32({2}));
       },
       [] {
         return is(focal_loss(f32({0, 2}), i32({0})), 0);
       }},
      {invalid, "focal_loss: targets are f32 [2,3]: class indices of logits [2,3] are integers of shape [2]",
       [] {
         focal_loss(f32({2, 3}), f32({2, 3}));
       },
       [] {
         return has(focal_loss(f32({2, 3}), i32({2})), {});
       }},
      {invalid, "focal_loss: gamma is -0.5; at least 0 is needed",
       [] {
         focal_loss(f32({2, 3}), i32({2}), {.gamma = -0.5});
       },
       [] {
         return has(focal_loss(f32({2, 3}), i32({2}), {.gamma = 0}), {});
       }},
      {invalid, "focal_loss: gamma is inf; it has to be finite",
       [] {
         focal_loss(f32({2, 3}), i32({2}), {.gamma = infinity});
       },
       [] {
         return has(focal_loss(f32({2, 3}), i32({2}), {.gamma = 5}), {});
       }},
      {invalid, "poly1_loss: epsilon is nan; it has to be finite",
       [] {
         poly1_loss(f32({2, 3}), i32({2}), {.epsilon = NAN});
       },
       [] {
         return has(poly1_loss(f32({2, 3}), i32({2}), {.epsilon = -1}), {});
       }},
      {invalid, "multiclass_hinge_loss: margin is inf; it has to be finite",
       [] {
         multiclass_hinge_loss(f32({2, 3}), i32({2}), {.margin = infinity});
       },
       [] {
         return is(multiclass_hinge_loss(f32({2, 3}), i32({2}), {.margin = 2}), 2);
       }},
      {range, "multiclass_hinge_loss: label -1 at row 0 is outside [0, 3)",
       [] {
         multiclass_hinge_loss(f32({1, 3}), tensor({-1}));
       },
       [] {
         return is(multiclass_hinge_loss(f32({1, 3}), tensor({2})), 1);
       }},

      {invalid, "binary_cross_entropy_with_logits: logits [2] and labels [2,1] differ in shape",
       [] {
         binary_cross_entropy_with_logits(f32({2}), f32({2, 1}));
       },
       [] { return has(binary_cross_entropy_with_logits(f32({2}), f32({2})), {}); }},
      {unsupported,
       "binary_cross_entropy_with_logits: arithmetic takes f32 or f64, not labels (i32 [2]): write its numbers as 1.f "
       "or 1.0, or cast it, labels.to(DType::f32)",
       [] { binary_cross_entropy_with_logits(f32({2}), i32({2})); },
       [] { return has(binary_cross_entropy_with_logits(f32({2}), i32({2}).to(DType::f32)), {}); }},
      {invalid, "binary_cross_entropy_with_logits: pos_weight [3] does not broadcast to logits [2]",
       [] { binary_cross_entropy_with_logits(f32({2}), f32({2}), {.pos_weight = f32({3})}); },
       [] {
         return has(binary_cross_entropy_with_logits(f32({2, 3}), f32({2, 3}), {.pos_weight = f32({3})}), {});
       }},
      {invalid,
       "binary_cross_entropy_with_logits: pos_weight of position 1 is -2; it has to be finite and not negative",
       [] {
         binary_cross_entropy_with_logits(f32({2}), f32({2}), {.pos_weight = tensor({1.f, -2.f})});
       },
       [] {
         return has(binary_cross_entropy_with_logits(f32({2}), f32({2}), {.pos_weight = tensor({1.f, 0.f})}), {});
       }},
      {invalid,
       "binary_cross_entropy_with_logits: logits (f32 [2]) and pos_weight (f64 []) are not of one dtype: write numbers "
       "as 1.f for f32 and 1.0 for f64, or cast one, as in pos_weight.to(DType::f32)",
       [] { binary_cross_entropy_with_logits(f32({2}), f32({2}), {.pos_weight = f64({})}); },
       [] { return has(binary_cross_entropy_with_logits(f32({2}), f32({2}), {.pos_weight = f32({})}), {}); }},
      {invalid, "sigmoid_focal_loss: alpha 1.5 is outside [0, 1]",
       [] { sigmoid_focal_loss(f32({2}), f32({2}), {.alpha = 1.5}); },
       [] { return is(sigmoid_focal_loss(f32({2}), f32({2}), {.alpha = 0}), 0); }},
      {invalid, "sigmoid_focal_loss: gamma is -1; at least 0 is needed",
       [] { sigmoid_focal_loss(f32({2}), f32({2}), {.gamma = -1}); },
       [] { return has(sigmoid_focal_loss(f32({2}), f32({2}), {.gamma = 1}), {}); }},
      {invalid, "hinge_loss: logits [2] and labels [3] differ in shape", [] { hinge_loss(f32({2}), f32({3})); },
       [] { return is(hinge_loss(f32({2}), f32({2})), 0); }},
      {invalid, "sigmoid_cross_entropy_with_logits (mask): labels [3] and logits [2] differ in shape",
       [] { sigmoid_cross_entropy_with_logits({.labels = f32({3}), .logits = f32({2}), .name = "mask"}); },
       [] {
         return has(sigmoid_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2}), .name = "mask"}), {2});
       }},
      {unsupported, "sigmoid_cross_entropy_with_logits: logits are i32 [2]; a floating dtype is needed",
       [] { sigmoid_cross_entropy_with_logits({.labels = f32({2}), .logits = i32({2})}); },
       [] { return has(sigmoid_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2})}), {2}); }},
      {invalid, "weighted_cross_entropy_with_logits: pos_weight [3] does not broadcast to logits [2]",
       [] { weighted_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2}), .pos_weight = f32({3})}); },
       [] {
         return has(weighted_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2}), .pos_weight = i32({})}),
                    {2});
       }},
      {invalid, "weighted_cross_entropy_with_logits: an empty tensor is given for pos_weight",
       [] { weighted_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2}), .pos_weight = empty}); },
       [] {
         return has(
             weighted_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2}), .pos_weight = f32({1})}), {2});
       }},

      {invalid, "kl_divergence: labels are a scalar; they need a class axis",
       [] { kl_divergence({.labels = f32({}), .log_probabilities = f32({})}); },
       [] { return is(kl_divergence({.labels = f32({1}), .log_probabilities = f32({1})}), -1); }},
      {invalid, "kl_divergence: labels [2,3] and log_probabilities [3] differ in shape",
       [] {
         kl_divergence({.labels = f32({2, 3}), .log_probabilities = f32({3})});
       },
       [] {
         return is(kl_divergence({.labels = f32({2, 3}), .log_probabilities = f32({2, 3})}), -3);
       }},
      {invalid, "jensen_shannon_divergence: a_logits [2] and b_logits [3] differ in shape",
       [] { jensen_shannon_divergence(f32({2}), f32({3})); },
       [] { return is(jensen_shannon_divergence(f32({3}), f32({3})), 0); }},
      {invalid, "jensen_shannon_divergence: there are no classes: the shape is [2,0]",
       [] {
         jensen_shannon_divergence(f32({2, 0}), f32({2, 0}));
       },
       [] {
         return is(jensen_shannon_divergence(f32({0, 2}), f32({0, 2})), 0);
       }},
      {invalid, "mse_loss: predictions [3,1] and targets [3] differ in shape",
       [] {
         mse_loss(f32({3, 1}), f32({3}));
       },
       [] {
         return is(mse_loss(reshape(f32({3, 1}), {3}), f32({3})), 0);
       }},
      {invalid, "huber_loss: delta is 0; it has to be above 0", [] { huber_loss(f32({2}), f32({2}), {.delta = 0}); },
       [] { return is(huber_loss(f32({2}), f32({2}), {.delta = 0.5}), 0); }},
      {invalid, "huber_loss: an empty tensor is given for targets", [] { huber_loss(f32({2}), empty); },
       [] { return is(huber_loss(f32({2}), f32({2})), 0); }},
      {invalid, "cosine_similarity: a [2,3] and b [4] do not broadcast",
       [] {
         cosine_similarity(f32({2, 3}), f32({4}));
       },
       [] {
         return has(cosine_similarity(f32({2, 3}), f32({3})), {2});
       }},
      {range, "cosine_similarity: axis 2 is outside [-2, 2)",
       [] {
         cosine_similarity(f32({2, 3}), f32({2, 3}), {.axis = 2});
       },
       [] {
         return has(cosine_similarity(f32({2, 3}), f32({2, 3}), {.axis = 0}), {3});
       }},
  };
  return rows;
}

// long: a table
const std::vector<Mistake>& derivative_mistakes() {
  using In = std::span<const Tensor>;
  static const TensorFunction twice = [](In in) { return in[0] * 2; };
  static const TensorFunction total = [](In in) { return sum(in[0] * in[0]); };
  static const std::vector<Mistake> rows = {
      {invalid, "value_and_grad: f returned f32 [2]; one element is needed, as sum() and mean() give",
       [] { value_and_grad(twice, {f32({2})}); }, [] { return is(value_and_grad(total, {f32({2})}).value, 2); }},
      {invalid, "hvp: f returned f32 [2]; one element is needed, as sum() and mean() give",
       [] { hvp(twice, {f32({2})}, {f32({2})}); }, [] { return is(sum(hvp(total, {f32({2})}, {f32({2})})[0]), 4); }},
      {invalid, "hessian: f returned f32 [0]; one element is needed, as sum() and mean() give",
       [] { hessian(twice, {f32({0})}); },
       [] {
         return has(hessian(total, {f32({0})})[0][0], {0, 0});
       }},
      {invalid, "vjp: the cotangent is f32 [3], f returned f32 [2]", [] { vjp(twice, {f32({2})}, f32({3})); },
       [] { return is(sum(vjp(twice, {f32({2})}, f32({2})).gradients[0]), 4); }},
      {invalid, "vjp: the cotangent is f64 [2], f returned f32 [2]", [] { vjp(twice, {f32({2})}, f64({2})); },
       [] { return is(sum(vjp(twice, {f64({2})}, f64({2})).gradients[0]), 4); }},
      {invalid, "vjp: the cotangent is an empty tensor, f returned f32 [2]", [] { vjp(twice, {f32({2})}, empty); },
       [] { return is(sum(vjp(twice, {f32({2})}, f32({2})).gradients[0]), 4); }},
      {invalid, "jvp: tangent 0 is f32 [3], input 0 f32 [2]", [] { jvp(twice, {f32({2})}, {f32({3})}); },
       [] { return is(sum(jvp(twice, {f32({2})}, {f32({2})}).tangent), 4); }},
      {invalid, "hvp: tangent 1 is f64 [], input 1 f32 []",
       [] {
         hvp(total, {f32({}), f32({})}, {f32({}), f64({})});
       },
       [] {
         return is(hvp(total, {f32({}), f64({})}, {f32({}), f64({})})[0], 2);
       }},
      {invalid, "jvp: 1 tangents are given for 2 inputs",
       [] {
         jvp(twice, {f32({}), f32({})}, {f32({})});
       },
       [] {
         return is(jvp(twice, {f32({}), f32({})}, {f32({}), f32({})}).tangent, 2);
       }},
      {invalid, "jvp: tangent 1 is i32 [2], but input 1 is i32 [2]: its tangent has to be an empty tensor",
       [] {
         jvp(twice, {f32({}), i32({2})}, {f32({}), i32({2})});
       },
       [] {
         return is(jvp(twice, {f32({}), i32({2})}, {f32({}), empty}).tangent, 2);
       }},
      {invalid, "jacobian: input 1 is an empty tensor",
       [] {
         jacobian(twice, {f32({}), empty});
       },
       [] {
         return is(jacobian(twice, {f32({}), f32({})})[0], 2);
       }},
      {invalid, "jvp: input 0 is an empty tensor", [] { jvp(twice, {empty}, {f32({})}); },
       [] { return is(jvp(twice, {f32({})}, {f32({})}).tangent, 2); }},
      {invalid, "jacobian: f returned an empty tensor",
       [] { jacobian([](const Tensor&) { return Tensor(); }, f32({})); },
       [] { return is(jacobian([](const Tensor& x) { return x * x; }, f32({})), 2); }},
      {no_gradient, "jacobian: f returned i64 []; a floating dtype is needed",
       [] { jacobian([](const Tensor& x) { return argmax(x, 0); }, f32({2})); },
       [] { return has(jacobian([](const Tensor& x) { return max(x); }, f32({2})), {2}); }},
      {invalid,
       "jacobian: f's result is f32 [1,1,1,1,1] and input 0 is f32 [1,1,1,1,1]: their derivative would have 10 axes; "
       "at most 8 are possible",
       [] {
         jacobian(twice, {f32({1, 1, 1, 1, 1})});
       },
       [] {
         return has(jacobian(twice, {f32({1, 1, 1, 1})})[0], {1, 1, 1, 1, 1, 1, 1, 1});
       }},
      {invalid,
       "hessian: the gradient is f32 [1,1,1,1,1] and input 0 is f32 [1,1,1,1,1]: their derivative would have 10 axes; "
       "at most 8 are possible",
       [] {
         hessian(total, {f32({1, 1, 1, 1, 1})});
       },
       [] {
         return is(sum(hessian(total, {f32({1, 1, 1, 1})})[0][0]), 2);
       }},
  };
  return rows;
}

}  // namespace logitape::tests
