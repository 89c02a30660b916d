// Mistakes in what an op is given: shapes, axes, indices, numbers.
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
const std::vector<Mistake>& shape_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "add: a [2] and b [3] do not broadcast", [] { f32({2}) + f32({3}); },
       [] {
         return has(f32({2, 1}) + f32({3}), {2, 3});
       }},
      {invalid, "equal: a [2,2] and b [3] do not broadcast",
       [] {
         equal(f32({2, 2}), f32({3}));
       },
       [] {
         return has(equal(f32({2, 2}), f32({1})), {2, 2});
       }},
      {invalid, "where: condition [2] and a and b [3] do not broadcast",
       [] { where(boolean({2}), f32({3}), f32({3})); },
       [] {
         return has(where(boolean({2, 1}), f32({3}), f32({})), {2, 3});
       }},
      {invalid, "broadcast_to: [3] does not broadcast to [2]", [] { broadcast_to(f32({3}), {2}); },
       [] {
         return has(broadcast_to(f32({3}), {2, 3}), {2, 3});
       }},
      {invalid, "broadcast_to: [2,3] does not broadcast to [3]",
       [] {
         broadcast_to(f32({2, 3}), {3});
       },
       [] { return has(broadcast_to(f32({1}), {0}), {0}); }},
      {invalid, "sum_to: [3] is not a broadcast of [2]", [] { sum_to(f32({3}), {2}); },
       [] { return is(sum_to(f32({3}), {1}), 3); }},
      {invalid, "matmul: a is [], b is [2,2]: a product with a scalar is written a * b",
       [] {
         matmul(f32({}), f32({2, 2}));
       },
       [] {
         return has(matmul(f32({2}), f32({2, 2})), {2});
       }},
      {invalid, "matmul: a [2,3] and b [2] do not meet: 3 is not 2",
       [] {
         matmul(f32({2, 3}), f32({2}));
       },
       [] {
         return has(matmul(f32({2, 3}), f32({2}), {.transpose_a = true}), {3});
       }},
      {invalid, "matmul: a [3] and b [2,3] do not meet: 3 is not 2",
       [] {
         matmul(f32({3}), f32({2, 3}));
       },
       [] {
         return has(matmul(f32({3}), f32({2, 3}), {.transpose_b = true}), {2});
       }},
      {invalid, "matmul: a [3] and b [2] do not meet: 3 is not 2",
       [] { matmul(f32({3}), f32({2}), {.transpose_a = true}); },
       [] { return is(matmul(f32({3}), f32({3}), {.transpose_a = true}), 3); }},
      {invalid, "matmul: a [2,3] and b [2,3] do not meet: 3 is not 2",
       [] {
         matmul(f32({2, 3}), f32({2, 3}));
       },
       [] {
         return has(matmul(f32({2, 3}), f32({2, 3}), {.transpose_b = true}), {2, 2});
       }},
      {invalid, "matmul: a [2,3] transposed and b [4,3] transposed do not meet: 2 is not 3",
       [] {
         matmul(f32({2, 3}), f32({4, 3}), {.transpose_a = true, .transpose_b = true});
       },
       [] {
         return has(matmul(f32({3, 2}), f32({4, 3}), {.transpose_a = true, .transpose_b = true}), {2, 4});
       }},
      {invalid, "matmul: the leading axes of a [2,1,1] and b [3,1,1] do not broadcast",
       [] {
         matmul(f32({2, 1, 1}), f32({3, 1, 1}));
       },
       [] {
         return has(matmul(f32({2, 1, 1}), f32({1, 1, 1})), {2, 1, 1});
       }},
      {invalid, "linear: x is [], weight [2,2]: they need rank 1 or more, and rank 2",
       [] {
         linear(f32({}), f32({2, 2}));
       },
       [] {
         return has(linear(f32({2}), f32({2, 2})), {2});
       }},
      {invalid, "linear: x [1,3] and weight [2,2] do not meet: 3 is not 2",
       [] {
         linear(f32({1, 3}), f32({2, 2}));
       },
       [] {
         return has(linear(f32({1, 3}), f32({3, 2})), {1, 2});
       }},
      {invalid, "linear: bias is [2], weight [2,3] needs [3]",
       [] {
         linear(f32({1, 2}), f32({2, 3}), f32({2}));
       },
       [] {
         return has(linear(f32({1, 2}), f32({2, 3}), f32({3})), {1, 3});
       }},

      {invalid, "shape: [2,-1] has a negative extent",
       [] {
         zeros({2, -1});
       },
       [] {
         return has(zeros({2, 0}), {2, 0});
       }},
      {invalid, "shape: 9 axes are asked for; at most 8 are possible",
       [] {
         zeros({1, 1, 1, 1, 1, 1, 1, 1, 1});
       },
       [] {
         return has(zeros({1, 1, 1, 1, 1, 1, 1, 1}), {1, 1, 1, 1, 1, 1, 1, 1});
       }},
      {invalid, "shape: [4294967296,4294967296] has more than 2^63-1 elements",
       [] {
         zeros({1ll << 32, 1ll << 32});
       },
       [] {
         return has(zeros({1ll << 32, 0}), {1ll << 32, 0});
       }},
      {ErrorCode::out_of_memory, "tensor: [4611686018427387904] of f64 takes more than 2^63-1 bytes",
       [] { zeros({1ll << 62}, DType::f64); }, [] { return has(zeros({2}, DType::f64), {2}); }},
      {invalid, "tensor: the braces are ragged: one list has 1 elements where another has 2",
       [] {
         tensor({{1.f, 2.f}, {3.f}});
       },
       [] {
         return has(tensor({{1.f, 2.f}, {3.f, 4.f}}), {2, 2});
       }},
      {invalid, "tensor: the braces are ragged: one list has 3 elements where another has 2",
       [] {
         tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8, 9}}});
       },
       [] {
         return has(tensor({{{1, 2}}, {{5, 6}}}), {2, 1, 2});
       }},
      {invalid, "from_span: 3 values do not fill shape [2,2], which has 4",
       [] {
         from_span(std::vector<float>(3), {2, 2});
       },
       [] {
         return has(from_span(std::vector<float>(4), {2, 2}), {2, 2});
       }},
      {invalid, "item: the tensor has 2 elements, shape [2]; exactly 1 is needed", [] { f32({2}).item<float>(); },
       [] {
         return f32({1, 1}).item<float>() == 1;
       }},
      {invalid, "item: the tensor has 0 elements, shape [0,3]; exactly 1 is needed",
       [] {
         f32({0, 3}).item<float>();
       },
       [] { return f32({}).item<int>() == 1; }},

      {invalid, "reshape: [-1,-1] leaves more than one extent open",
       [] {
         reshape(f32({4}), {-1, -1});
       },
       [] {
         return has(reshape(f32({4}), {-1, 2}), {2, 2});
       }},
      {invalid, "reshape: [2,-2] is no shape",
       [] {
         reshape(f32({4}), {2, -2});
       },
       [] {
         return has(reshape(f32({4}), {2, 2}), {2, 2});
       }},
      {invalid, "reshape: [6] has 6 elements: the -1 of [4,-1] cannot be worked out",
       [] {
         reshape(f32({6}), {4, -1});
       },
       [] {
         return has(reshape(f32({6}), {3, -1}), {3, 2});
       }},
      {invalid, "reshape: [0] has 0 elements: the -1 of [0,-1] cannot be worked out",
       [] {
         reshape(f32({0}), {0, -1});
       },
       [] {
         return has(reshape(f32({0}), {3, -1}), {3, 0});
       }},
      {invalid, "reshape: [6] has 6 elements, [4] has 4", [] { reshape(f32({6}), {4}); },
       [] {
         return has(reshape(f32({6}), {6, 1}), {6, 1});
       }},
      {invalid, "permute: [0] names 1 axes of a tensor of shape [2,2]",
       [] {
         permute(f32({2, 2}), {0});
       },
       [] {
         return has(permute(f32({2, 3}), {1, 0}), {3, 2});
       }},
      {invalid, "permute: axes [0,-2] name axis 0 twice",
       [] {
         permute(f32({2, 2}), {0, -2});
       },
       [] {
         return has(permute(f32({2, 3}), {-1, -2}), {3, 2});
       }},
      {invalid, "slice: begin [0] and size [1,1] do not name every axis of [2,2]",
       [] {
         slice(f32({2, 2}), {0}, {1, 1});
       },
       [] {
         return has(slice(f32({2, 2}), {0, 1}, {1, -1}), {1, 1});
       }},
      {range, "slice: begin [1] and size [3] reach beyond [3]", [] { slice(f32({3}), {1}, {3}); },
       [] { return has(slice(f32({3}), {1}, {2}), {2}); }},
      {range, "slice: begin [4] and size [-1] reach beyond [3]", [] { slice(f32({3}), {4}, {-1}); },
       [] { return has(slice(f32({3}), {3}, {-1}), {0}); }},
      {range,
       "slice: begin [-1] of [3] is negative: slice counts from the first element; x[...] with range(-1, none) counts "
       "from the end",
       [] { slice(f32({3}), {-1}, {1}); }, [] { return has(slice(f32({3}), {0}, {0}), {0}); }},
      {invalid, "pad: before [1] and after [1] do not name every axis of [2,2]",
       [] {
         pad(f32({2, 2}), {1}, {1});
       },
       [] {
         return has(pad(f32({2, 2}), {1, 0}, {0, 1}), {3, 3});
       }},
      {invalid, "pad: before [-1] and after [0] cannot be added to [2]", [] { pad(f32({2}), {-1}, {0}); },
       [] { return has(pad(f32({2}), {0}, {0}), {2}); }},
      {invalid, "pad: before [9223372036854775807] and after [0] cannot be added to [2]",
       [] { pad(f32({2}), {std::numeric_limits<std::int64_t>::max()}, {0}); },
       [] { return has(pad(f32({2}), {5}, {0}), {7}); }},
      {invalid, "concat: no tensor is given", [] { concat(std::vector<Tensor>{}); },
       [] { return has(concat({f32({2})}), {2}); }},
      {invalid, "concat: part 0 is [2,3], part 1 is [2,2]: they differ off axis 0",
       [] {
         concat({f32({2, 3}), f32({2, 2})});
       },
       [] {
         return has(concat({f32({2, 3}), f32({2, 2})}, 1), {2, 5});
       }},
      {invalid, "concat: part 0 is [2], part 2 is [2,1]: they differ off axis 0",
       [] {
         concat({f32({2}), f32({1}), f32({2, 1})});
       },
       [] {
         return has(concat({f32({2}), f32({1}), f32({2})}), {5});
       }},
      {range, "concat: axis 0 is asked for, but a scalar has no axes",
       [] {
         concat({f32({}), f32({})});
       },
       [] {
         return has(stack({f32({}), f32({})}), {2});
       }},
  };
  return rows;
}

}  // namespace logitape::tests
