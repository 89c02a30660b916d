// Mistakes in labels and logits, through every entry of the family.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
const std::vector<Mistake>& loss_mistakes() {
  using nn::softmax_cross_entropy_with_logits;
  using nn::sparse_softmax_cross_entropy_with_logits;
  using raw_ops::SoftmaxCrossEntropyWithLogits;
  using raw_ops::SparseSoftmaxCrossEntropyWithLogits;
  static const std::vector<Mistake> rows = {
      {invalid, "softmax_cross_entropy_with_logits: labels [2,4] do not broadcast to logits [2,3]",
       [] {
         softmax_cross_entropy_with_logits({.labels = f32({2, 4}), .logits = f32({2, 3})});
       },
       [] {
         return has(softmax_cross_entropy_with_logits({.labels = f32({2, 3}), .logits = f32({2, 3})}), {2});
       }},
      {invalid, "softmax_cross_entropy_with_logits (head): labels [2,4] do not broadcast to logits [2,3]",
       [] {
         softmax_cross_entropy_with_logits({.labels = f32({2, 4}), .logits = f32({2, 3}), .name = "head"});
       },
       [] {
         return has(softmax_cross_entropy_with_logits({.labels = f32({1, 3}), .logits = f32({2, 3}), .name = "head"}),
                    {2});
       }},
      {invalid,
       "softmax_cross_entropy_with_logits: labels [2] do not broadcast to logits [2,3]: class indices? use "
       "sparse_softmax_cross_entropy_with_logits",
       [] {
         softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})});
       },
       [] {
         return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})}), {2});
       }},
      {invalid, "softmax_cross_entropy_with_logits: logits are a scalar; they need a class axis",
       [] { softmax_cross_entropy_with_logits({.labels = f32({3}), .logits = f32({})}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({3}), .logits = f32({3})}), {}); }},
      {invalid, "softmax_cross_entropy_with_logits: there are no classes: the shape is [2,0]",
       [] {
         softmax_cross_entropy_with_logits({.labels = f32({2, 0}), .logits = f32({2, 0})});
       },
       [] {
         return has(softmax_cross_entropy_with_logits({.labels = f32({0, 2}), .logits = f32({0, 2})}), {0});
       }},
      {invalid, "softmax_cross_entropy_with_logits: an empty tensor is given for labels",
       [] { softmax_cross_entropy_with_logits({.labels = empty, .logits = f32({2})}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2})}), {}); }},

      {invalid,
       "sparse_softmax_cross_entropy_with_logits: labels [3] are not class indices of logits [2,3], which need [2]",
       [] {
         sparse_softmax_cross_entropy_with_logits({.labels = i32({3}), .logits = f32({2, 3})});
       },
       [] {
         return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})}), {2});
       }},
      {range, "sparse_softmax_cross_entropy_with_logits: label 3 at row 1 is outside [0, 3)",
       [] {
         sparse_softmax_cross_entropy_with_logits({.labels = tensor({0, 3}), .logits = f32({2, 3})});
       },
       [] {
         return has(sparse_softmax_cross_entropy_with_logits({.labels = tensor({0, 2}), .logits = f32({2, 3})}), {2});
       }},
      {range, "sparse_softmax_cross_entropy_with_logits (aux): label -1 at row 0 is outside [0, 3), as is 1 more",
       [] {
         sparse_softmax_cross_entropy_with_logits({.labels = tensor({-1, 3}), .logits = f32({2, 3}), .name = "aux"});
       },
       [] {
         return has(
             sparse_softmax_cross_entropy_with_logits({.labels = tensor({1, 0}), .logits = f32({2, 3}), .name = "aux"}),
             {2});
       }},
      {invalid, "sparse_softmax_cross_entropy_with_logits: logits are a scalar; they need a class axis",
       [] { sparse_softmax_cross_entropy_with_logits({.labels = i32({}), .logits = f32({})}); },
       [] { return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({}), .logits = f32({2})}), {}); }},
      {invalid, "sparse_softmax_cross_entropy_with_logits: there are no classes: the shape is [0,0]",
       [] {
         sparse_softmax_cross_entropy_with_logits({.labels = i32({0}), .logits = f32({0, 0})});
       },
       [] {
         return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({0}), .logits = f32({0, 1})}), {0});
       }},

      {invalid, "SoftmaxCrossEntropyWithLogits: features [1,1,2] and labels [2] broadcast to [1,1,2]; rank 2 is needed",
       [] {
         SoftmaxCrossEntropyWithLogits({.features = f32({1, 1, 2}), .labels = f32({2})});
       },
       [] {
         return has(SoftmaxCrossEntropyWithLogits({.features = f32({1, 2}), .labels = f32({2})}).loss, {1});
       }},
      {invalid, "SoftmaxCrossEntropyWithLogits: labels [2,4] do not broadcast to features [2,3]",
       [] {
         SoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f32({2, 4})});
       },
       [] {
         return has(SoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f32({2, 1})}).backprop, {2, 3});
       }},
      {invalid, "SoftmaxCrossEntropyWithLogits: there are no classes: the shape is [2,0]",
       [] {
         SoftmaxCrossEntropyWithLogits({.features = f32({2, 0}), .labels = f32({2, 0})});
       },
       [] {
         return has(SoftmaxCrossEntropyWithLogits({.features = f32({0, 2}), .labels = f32({0, 2})}).loss, {0});
       }},

      {invalid, "SparseSoftmaxCrossEntropyWithLogits: features are [2]; rank 2 is needed",
       [] { SparseSoftmaxCrossEntropyWithLogits({.features = f32({2}), .labels = i32({})}); },
       [] {
         return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 2}), .labels = i32({1})}).loss, {1});
       }},
      {invalid,
       "SparseSoftmaxCrossEntropyWithLogits: labels [3] are not class indices of features [2,3], which need [2]",
       [] {
         SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({3})});
       },
       [] {
         return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({2})}).loss, {2});
       }},
      {range, "SparseSoftmaxCrossEntropyWithLogits: label 7 at row 0 is outside [0, 3)",
       [] {
         SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({7})});
       },
       [] {
         return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({2})}).loss, {1});
       }},
      {range, "SparseSoftmaxCrossEntropyWithLogits (main): label 7 at row 0 is outside [0, 3)",
       [] {
         SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({7}), .name = "main"});
       },
       [] {
         return has(
             SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({2}), .name = "main"}).loss,
             {1});
       }},

      {invalid, "cross_entropy: logits are a scalar; they need a class axis", [] { cross_entropy(f32({}), i32({})); },
       [] { return is(cross_entropy(f32({1}), zeros({}, DType::i64)), 0); }},
      {invalid, "cross_entropy: there are no classes: the shape is [2,0]",
       [] {
         cross_entropy(f32({2, 0}), i32({2}));
       },
       [] {
         return is(cross_entropy(f32({0, 2}), i32({0})), 0);
       }},
      {range, "cross_entropy: label 10 at row 1 is outside [0, 10), as are 2 more",
       [] {
         cross_entropy(f32({4, 10}), tensor({9, 10, -1, 99}));
       },
       [] {
         return has(cross_entropy(f32({4, 10}), tensor({9, 0, 1, 5})), {});
       }},
      {invalid,
       "cross_entropy: targets are i32 [2,3], of the logits' own shape: cast them to f32 if they are probabilities, "
       "else leave out the class axis",
       [] {
         cross_entropy(f32({2, 3}), i32({2, 3}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2, 3}).to(DType::f32)), {});
       }},
      {invalid, "cross_entropy: targets [3] are not class indices of logits [2,3], which need [2]",
       [] {
         cross_entropy(f32({2, 3}), i32({3}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2})), {});
       }},
      {invalid,
       "cross_entropy: targets are f32 [2]: class indices have to be integers, targets.to(DType::i32); probabilities "
       "need the shape [2,3] of logits",
       [] {
         cross_entropy(f32({2, 3}), f32({2}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), f32({2}).to(DType::i32)), {});
       }},
      {invalid,
       "cross_entropy: logits are i32 [2], targets f32 [2,3]: the logits come first, cross_entropy(logits, targets)",
       [] {
         cross_entropy(i32({2}), f32({2, 3}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2})), {});
       }},
      {invalid, "cross_entropy: targets [3] are not probabilities of logits [2,3]: shapes have to be equal",
       [] {
         cross_entropy(f32({2, 3}), f32({3}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), f32({2, 3})), {});
       }},
      {invalid,
       "cross_entropy: logits (f32 [2,3]) and targets (boolean [2,3]) are not of one dtype: cast one, as in "
       "targets.to(DType::f32)",
       [] {
         cross_entropy(f32({2, 3}), boolean({2, 3}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), boolean({2, 3}).to(DType::f32)), {});
       }},
  };
  return rows;
}

}  // namespace logitape::tests
