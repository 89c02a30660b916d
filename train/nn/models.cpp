// The models, layer by layer.
#include "logitape/train/nn/models.h"

#include <algorithm>

#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/nn/layers.h"

namespace logitape::inline v0 {

Sequential lenet(std::int64_t classes, const Shape& image) {
  require(image.rank() == 3 && image[0] >= 4 && image[1] >= 4 && image[2] >= 1, "lenet",
          "the images are {}; [height, width, channels] of 4 x 4 or more is needed", image);
  require(classes >= 1, "lenet", "{} classes are asked for; at least 1 is needed", classes);
  const std::int64_t padding = std::min(image[0], image[1]) < 20 ? 2 : 0;
  const auto left = [&](int axis) {
    return (image[axis] / 2 + 2 * padding - 4) / 2;
  };  // of the image's extent, what both poolings leave
  return {Unflatten{image},
          Conv2d{image[2], 6, 5, {.padding = 2}},
          Relu{},
          MaxPool2d{},
          Conv2d{6, 16, 5, {.padding = padding}},
          Relu{},
          MaxPool2d{},
          Flatten{},
          Linear{16 * left(0) * left(1), 120},
          Relu{},
          Linear{120, 84},
          Relu{},
          Linear{84, classes}};
}

// The norm behind a convolution has the bias.
ResidualBlock::ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride)
    : in_(in), out_(out), stride_(stride),
      conv1_(named("conv1", Conv2d{in, out, 3, {.stride = stride, .padding = 1, .bias = false}})),
      conv2_(named("conv2", Conv2d{out, out, 3, {.padding = 1, .bias = false}})),
      shortcut_(named("shortcut", Conv2d{in, out, 1, {.stride = stride, .bias = false}})),
      norm1_(named("norm1", BatchNorm{out})), norm2_(named("norm2", BatchNorm{out})),
      shortcut_norm_(named("shortcut_norm", BatchNorm{out})) {}

// Calls f for each part that is in use, in order.
template <class F>
void ResidualBlock::each(F f) {
  f(conv1_), f(norm1_), f(conv2_), f(norm2_);
  if (stride_ != 1 || in_ != out_) f(shortcut_), f(shortcut_norm_);
}

// mode: nothing, or `evaluation`; then the block is const.
template <class Self, class... Mode>
Tensor ResidualBlock::run(Self& b, const Tensor& x, Mode... mode) {
  const Tensor y = b.norm2_(b.conv2_(relu(b.norm1_(b.conv1_(x), mode...))), mode...);
  return relu(y + (b.stride_ != 1 || b.in_ != b.out_ ? b.shortcut_norm_(b.shortcut_(x), mode...) : x));
}

Tensor ResidualBlock::operator()(const Tensor& x) { return run(*this, x); }
Tensor ResidualBlock::operator()(const Tensor& x, InEvaluation) const { return run(*this, x, evaluation); }

void ResidualBlock::initialise(Generator& rng) {
  ResidualBlock fresh = *this;  // put in place last: if this throws, nothing has changed
  Generator moved = rng;
  fresh.each([&](auto& part) { part.initialise(moved); });
  *this = fresh;
  rng = moved;
}

void ResidualBlock::visit(const ParameterVisitor& show) {
  each([&](auto& part) { part.visit(show); });
}

void ResidualBlock::visit_buffers(const ParameterVisitor& show) {
  each([&](auto& part) {
    if constexpr (HasBuffers<decltype(part)>) part.visit_buffers(show);
  });
}

std::vector<AnyModule> ResidualBlock::modules() const {
  std::vector<AnyModule> copies;
  ResidualBlock copy = *this;
  copy.each([&](const auto& part) { copies.emplace_back(part); });
  return copies;
}

std::string ResidualBlock::str() const { return fmt::format("ResidualBlock{{{}, {}, {}}}", in_, out_, stride_); }

Sequential small_resnet(std::int64_t classes, const Shape& image, std::int64_t width) {
  require(image.rank() == 3, "small_resnet", "the images are {}; [height, width, channels] is needed", image);
  require(classes >= 1 && width >= 1, "small_resnet", "{} classes and width {} are asked for; both need at least 1",
          classes, width);
  return {Unflatten{image},
          Conv2d{image[2], width, 3, {.padding = 1, .bias = false}},
          BatchNorm{width},
          Relu{},
          ResidualBlock{width, width},
          ResidualBlock{width, 2 * width, 2},
          ResidualBlock{2 * width, 4 * width, 2},
          GlobalAvgPool2d{},
          Linear{4 * width, classes}};
}

}  // namespace logitape::inline v0
