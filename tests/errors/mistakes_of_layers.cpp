// Mistakes in calls of convolution, pooling, normalisation and embedding, and in their layers.
#include <cmath>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

namespace {

Tensor image() { return f32({1, 4, 4, 2}); }
Tensor kernel() { return f32({3, 3, 2, 5}); }

template <class M>
M begun(M module) {
  Generator rng{1};
  module.initialise(rng);
  return module;
}

}  // namespace

// long: a table
const std::vector<Mistake>& layer_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "conv2d: x is [4,4,2]; images are [batch, height, width, channels]",
       [] {
         conv2d(f32({4, 4, 2}), kernel());
       },
       [] {
         return has(conv2d(image(), kernel()), {1, 2, 2, 5});
       }},
      {invalid, "conv2d: weight is [3,3,2]; it has to be [size down, size across, channels, features]",
       [] {
         conv2d(image(), f32({3, 3, 2}));
       },
       [] {
         return has(conv2d(image(), kernel(), {.padding = 1}), {1, 4, 4, 5});
       }},
      {invalid, "conv2d: x [1,4,4,2] has 2 channels, weight [3,3,1,5] takes 1",
       [] {
         conv2d(image(), f32({3, 3, 1, 5}));
       },
       [] {
         return has(conv2d(image(), kernel(), {.stride = 2}), {1, 1, 1, 5});
       }},
      {invalid,
       "conv2d: x [1,2,4,4] has 4 channels, weight [3,3,2,5] takes 2: images are [batch, height, width, channels], "
       "permute(x, {0, 2, 3, 1}) makes them",
       [] {
         conv2d(permute(image(), {0, 3, 1, 2}), kernel(), {.padding = 1});
       },
       [] {
         return has(conv2d(permute(permute(image(), {0, 3, 1, 2}), {0, 2, 3, 1}), kernel()), {1, 2, 2, 5});
       }},
      {invalid,
       "conv2d: x [1,4,4,2] has 2 channels, weight [5,2,3,3] takes 3: weights are [down, across, channels, features], "
       "permute(weight, {2, 3, 1, 0}) makes them",
       [] {
         conv2d(image(), permute(kernel(), {3, 2, 0, 1}), {.padding = 1});
       },
       [] {
         return has(conv2d(image(), permute(permute(kernel(), {3, 2, 0, 1}), {2, 3, 1, 0})), {1, 2, 2, 5});
       }},
      {invalid, "conv2d: bias is [4], weight [3,3,2,5] needs [5]", [] { conv2d(image(), kernel(), f32({4})); },
       [] {
         return has(conv2d(image(), kernel(), f32({5})), {1, 2, 2, 5});
       }},
      {invalid,
       "conv2d: weight (f32 [3,3,2,5]) and x (f64 [1,4,4,2]) are not of one dtype: write numbers as 1.f for f32 and "
       "1.0 for f64, or cast one, as in x.to(DType::f32)",
       [] {
         conv2d(f64({1, 4, 4, 2}), kernel());
       },
       [] {
         return has(conv2d(image(), kernel(), {.dilation = {1, 1}}), {1, 2, 2, 5});
       }},
      {range, "conv2d: stride [0] is outside [1, 2^31)", [] { conv2d(image(), kernel(), {.stride = 0}); },
       [] {
         return has(conv2d(image(), kernel(), {.stride = {1, 2}}), {1, 2, 1, 5});
       }},
      {range, "conv2d: padding [0,-1] is outside [0, 2^31)",
       [] {
         conv2d(image(), kernel(), {.padding = {0, -1}});
       },
       [] {
         return has(conv2d(image(), kernel(), {.padding = {0, 1}}), {1, 2, 4, 5});
       }},
      {range, "conv2d: dilation [4294967296] is outside [1, 2^31)",
       [] { conv2d(image(), kernel(), {.dilation = std::int64_t{1} << 32}); },
       [] {
         return has(conv2d(image(), kernel(), {.padding = 1, .dilation = 2}), {1, 2, 2, 5});
       }},
      {range, "conv2d: size [0,3] is outside [1, 2^31)",
       [] {
         conv2d(image(), f32({0, 3, 2, 5}));
       },
       [] {
         return has(conv2d(image(), f32({1, 3, 2, 5})), {1, 4, 2, 5});
       }},
      {invalid, "conv2d: stride [1,2,3] is given: one number serves both axes, two are {down, across}",
       [] {
         conv2d(image(), kernel(), {.stride = {1, 2, 3}});
       },
       [] {
         return has(conv2d(image(), kernel(), {.stride = 3}), {1, 1, 1, 5});
       }},
      {invalid, "conv2d: a window of size [3,3] and dilation [2,2] does not fit into x [1,4,4,2] with padding [0,0]",
       [] { conv2d(image(), kernel(), {.dilation = 2}); },
       [] {
         return has(conv2d(f32({1, 5, 5, 2}), kernel(), {.dilation = 2}), {1, 1, 1, 5});
       }},
      {unsupported,
       "conv2d: arithmetic takes f32 or f64, not x (u8 [1,4,4,2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] {
         conv2d(ones({1, 4, 4, 2}, DType::u8), kernel());
       },
       [] {
         return has(conv2d(image(), kernel()), {1, 2, 2, 5});
       }},
      {invalid, "conv2d: an empty tensor is given for bias", [] { conv2d(image(), kernel(), Tensor()); },
       [] { return is(max(conv2d(image(), kernel(), zeros({5}))), 18); }},

      {invalid, "max_pool2d: x is [4,4]; images are [batch, height, width, channels]",
       [] {
         max_pool2d(f32({4, 4}));
       },
       [] {
         return has(max_pool2d(image()), {1, 2, 2, 2});
       }},
      {range, "max_pool2d: padding [2] is not below size [2]: a window would see nothing of the image",
       [] { max_pool2d(image(), {.padding = 2}); },
       [] {
         return has(max_pool2d(image(), {.padding = 1}), {1, 3, 3, 2});
       }},
      {invalid,
       "max_pool2d: a window of size [5,5] and dilation [1,1] does not fit into x [1,4,4,2] with padding [0,0]",
       [] { max_pool2d(image(), {.size = 5}); },
       [] {
         return has(max_pool2d(image(), {.size = 4}), {1, 1, 1, 2});
       }},
      {invalid, "max_pool2d: the images of [1,0,4,2] have no elements",
       [] {
         max_pool2d(f32({1, 0, 4, 2}), {.size = 2, .padding = 1});
       },
       [] {
         return has(max_pool2d(f32({0, 4, 4, 2})), {0, 2, 2, 2});
       }},
      {range, "max_pool2d: images of [1,65536,32768,0] have 2^31 elements a channel or more; f64 has room for them",
       [] {
         max_pool2d(f32({1, 65536, 32768, 0}));
       },
       [] {
         return has(max_pool2d(f64({1, 65536, 32768, 0})), {1, 32768, 16384, 0});
       }},
      {range, "avg_pool2d: stride [0,1] is outside [1, 2^31)",
       [] {
         avg_pool2d(image(), {.stride = {0, 1}});
       },
       [] { return is(max(avg_pool2d(image())), 1); }},
      {unsupported, "avg_pool2d: arithmetic takes f32 or f64, not x (f16 [1,4,4,2]): cast it, x.to(DType::f32)",
       [] {
         avg_pool2d(ones({1, 4, 4, 2}, DType::f16));
       },
       [] {
         return has(avg_pool2d(image(), {.size = {1, 4}}), {1, 4, 1, 2});
       }},

      {range, "normalise: epsilon 0 is not a finite number above 0", [] { normalise(f32({2}), {.epsilon = 0}); },
       [] { return is(normalise(f32({2})).mean, 1); }},
      {invalid, "normalise: axes [0,2] of x [2,3,4] are not neighbours: permute x",
       [] {
         normalise(f32({2, 3, 4}), {.axes = {0, 2}});
       },
       [] {
         return has(normalise(f32({2, 3, 4}), {.axes = {2, 1}}).mean, {2, 1, 1});
       }},
      {invalid, "normalise: axes [-1] of x [2,0] have no elements",
       [] {
         normalise(f32({2, 0}));
       },
       [] {
         return has(normalise(f32({0, 2})).y, {0, 2});
       }},
      {invalid, "normalise: no axis of x [2] is named", [] { normalise(f32({2}), {.axes = Ints{}}); },
       [] { return has(normalise(f32({2}), {.axes = 0}).variance, {1}); }},
      {invalid, "normalise: axes [0,-2] name axis 0 twice",
       [] {
         normalise(f32({2, 3}), {.axes = {0, -2}});
       },
       [] {
         return has(normalise(f32({2, 3}), {.axes = {0, -1}}).mean, {1, 1});
       }},
      {range, "normalise: axis 1 is outside [-1, 1)", [] { normalise(f32({2}), {.axes = 1}); },
       [] { return is(normalise(f32({2})).variance, 0); }},
      {invalid, "layer_norm: weight is [3]; those are not the last axes of x [2,4]",
       [] {
         layer_norm(f32({2, 4}), f32({3}), f32({3}));
       },
       [] {
         return has(layer_norm(f32({2, 4}), f32({4}), f32({4})), {2, 4});
       }},
      {invalid, "layer_norm: weight is [4], bias [3]: they need one shape",
       [] {
         layer_norm(f32({2, 4}), f32({4}), f32({3}));
       },
       [] {
         return is(max(layer_norm(f32({2, 4}), f32({4}), f32({4}))), 1);
       }},
      {invalid, "batch_norm: variance is [3], x [2,4] needs [4]",
       [] {
         batch_norm(f32({2, 4}), f32({4}), f32({3}), f32({4}), f32({4}));
       },
       [] {
         return is(max(batch_norm(f32({2, 4}), f32({4}), f32({4}), f32({4}), f32({4}))), 1);
       }},
      {invalid, "batch_norm: x is [4]; it needs an axis of channels, the last, and one before it",
       [] { batch_norm(f32({4}), f32({4}), f32({4})); },
       [] {
         return has(batch_norm(f32({2, 4}), f32({4}), f32({4})).y, {2, 4});
       }},
      {invalid, "batch_norm: bias is [3], x [2,4] needs [4]",
       [] {
         batch_norm(f32({2, 4}), f32({4}), f32({3}));
       },
       [] {
         return has(batch_norm(f32({2, 4}), f32({4}), f32({4})).mean, {1, 4});
       }},
      {range, "batch_norm: epsilon -1 is not a finite number above 0",
       [] { batch_norm(f32({4}), f32({4}), f32({4}), f32({4}), f32({4}), {.epsilon = -1}); },
       [] { return has(batch_norm(f32({4}), f32({4}), f32({4}), f32({4}), f32({4})), {4}); }},

      {invalid, "embedding: table is [3]; it has to be [rows, width]", [] { embedding(f32({3}), i32({2})); },
       [] {
         return has(embedding(f32({3, 2}), i32({2})), {2, 2});
       }},
      {range, "embedding: index 3 at position 1 is outside [0, 3)",
       [] {
         embedding(f32({3, 2}), tensor({0, 3}));
       },
       [] {
         return has(embedding(f32({3, 2}), tensor({0, 2})), {2, 2});
       }},
      {invalid,
       "embedding: indices have to be i8, u8, i16, i32 or i64, not indices (f32 [2]): cast them, "
       "indices.to(DType::i32)",
       [] {
         embedding(f32({3, 2}), f32({2}));
       },
       [] {
         return has(embedding(f32({3, 2}), i32({})), {2});
       }},
      {invalid, "embedding_bag: indices are [3]; they have to be [bags, length]",
       [] {
         embedding_bag(f32({3, 2}), i32({3}));
       },
       [] {
         return has(embedding_bag(f32({3, 2}), i32({1, 3})), {1, 2});
       }},
      {range, "embedding_bag: index -2 at position 2 is outside [0, 3)",
       [] {
         embedding_bag(f32({3, 2}), tensor({{0, -1}, {-2, 1}}));
       },
       [] {
         return is(min(embedding_bag(f32({3, 2}), tensor({{0, -1}, {-1, -1}}))), 0);
       }},
      {invalid, "embedding_bag: table [0,2] has no rows",
       [] {
         embedding_bag(f32({0, 2}), i32({1, 1}));
       },
       [] {
         return has(embedding_bag(f32({1, 2}), i32({0, 1})), {0, 2});
       }},
      {invalid, "embedding_bag: indices are [2], bags [3]: they have to be [total], both",
       [] {
         embedding_bag(f32({3, 2}), i32({2}), i32({3}), 2);
       },
       [] {
         return has(embedding_bag(f32({3, 2}), i32({2}), i32({2}), 2), {2, 2});
       }},
      {range, "embedding_bag: bag 2 at position 1 is outside [0, 2)",
       [] {
         embedding_bag(f32({3, 2}), tensor({0, 1}), tensor({0, 2}), 2);
       },
       [] {
         return is(max(embedding_bag(f32({3, 2}), tensor({0, 1}), tensor({1, 1}), 2, {.mean = false})), 2);
       }},
      {invalid, "embedding_bag: -1 bags are asked for; at least 0 are possible",
       [] {
         embedding_bag(f32({3, 2}), i32({0}), i32({0}), -1);
       },
       [] {
         return has(embedding_bag(f32({3, 2}), i32({0}), i32({0}), 0), {0, 2});
       }},

      {invalid, "Conv2d: in is 0, out is 2, size is [3]; all need at least 1", [] { Conv2d(0, 2, 3); },
       [] { return Conv2d(1, 2, 3).str() == "Conv2d{1, 2, {3, 3}}"; }},
      {invalid, "Conv2d: size [3,3,3] is given: one number serves both axes, two are {down, across}",
       [] {
         Conv2d(1, 2, {3, 3, 3});
       },
       [] {
         return Conv2d(1, 2, {3, 1}).str() == "Conv2d{1, 2, {3, 1}}";
       }},
      {unsupported, "Conv2d: dtype f16 is asked for; f32 or f64 is needed",
       [] { Conv2d(1, 2, 3, {.dtype = DType::f16}); },
       [] {
         return begun(Conv2d(2, 5, 3, {.dtype = DType::f64}))(f64({1, 4, 4, 2})).dtype() == DType::f64;
       }},
      {invalid, "Conv2d: parameter \"weight\" is not initialised: call initialise(rng) first",
       [] { Conv2d(2, 5, 3)(image()); },
       [] {
         return has(begun(Conv2d(2, 5, 3))(image()), {1, 2, 2, 5});
       }},
      {invalid, "GlobalAvgPool2d: x is f32 [4,4]; images are [batch, height, width, channels]",
       [] {
         GlobalAvgPool2d{}(f32({4, 4}));
       },
       [] {
         return has(GlobalAvgPool2d{}(image()), {1, 2});
       }},
      {invalid, "Unflatten: x is f32 [2,9]; it has 9 elements an example, [2,2,2] has 8",
       [] {
         Unflatten{{2, 2, 2}}(f32({2, 9}));
       },
       [] {
         return has(Unflatten{{3, 3, 1}}(f32({2, 9})), {2, 3, 3, 1});
       }},
      {invalid, "LayerNorm: width is 0; at least 1 is needed", [] { LayerNorm(0); },
       [] {
         return has(begun(LayerNorm(4))(f32({2, 4})), {2, 4});
       }},
      {range, "BatchNorm: momentum 0 is outside (0, 1]", [] { BatchNorm(2, {.momentum = 0}); },
       [] { return BatchNorm(2, {.momentum = 1}).str() == "BatchNorm{2}"; }},
      {range, "BatchNorm: epsilon inf is not a finite number above 0", [] { BatchNorm(2, {.epsilon = HUGE_VAL}); },
       [] {
         return has(begun(BatchNorm(2))(f32({3, 2})), {3, 2});
       }},
      {invalid, "BatchNorm: x is f32 [3,4]; [batch, ..., 2] is needed",
       [] {
         begun(BatchNorm(2))(f32({3, 4}));
       },
       [] {
         return has(begun(BatchNorm(2))(image()), {1, 4, 4, 2});
       }},
      {invalid,
       "BatchNorm: x is f32 [1,2], 1 to a channel; in training at least 2 are needed; model(x, evaluation) takes fewer",
       [] {
         begun(BatchNorm(2))(f32({1, 2}));
       },
       [] {
         return has(begun(BatchNorm(2))(f32({1, 2}), evaluation), {1, 2});
       }},
      {invalid, "Embedding: rows is 3, width is 0; both need at least 1", [] { Embedding(3, 0); },
       [] {
         return has(begun(Embedding(3, 2))(i32({4})), {4, 2});
       }},
      {invalid, "EmbeddingBag: rows is 0, width is 2; both need at least 1", [] { EmbeddingBag(0, 2); },
       [] {
         return has(begun(EmbeddingBag(3, 2))(i32({4, 5})), {4, 2});
       }},
      {invalid, "lenet: the images are [3,8,1]; [height, width, channels] of 4 x 4 or more is needed",
       [] {
         lenet(10, {3, 8, 1});
       },
       [] {
         return has(begun(lenet(10, {4, 8, 1}))(f32({2, 32})), {2, 10});
       }},
      {invalid, "small_resnet: 0 classes and width 16 are asked for; both need at least 1",
       [] {
         small_resnet(0, {8, 8, 1});
       },
       [] {
         return has(begun(small_resnet(3, {5, 7, 2}, 4))(f32({2, 5, 7, 2})), {2, 3});
       }},
  };
  return rows;
}

}  // namespace logitape::tests
