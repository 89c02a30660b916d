// Models at hand for images: LeNet and a small residual network, to train as they are or to read as examples.
#pragma once
#include <vector>

#include "logitape/train/nn/image_layers.h"
#include "logitape/train/nn/norm_layers.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// For images [height, width, channels] of 4 x 4 or more; x may be [batch, height*width*channels] as well. In order: two
// convolutions of 5 x 5, each with pooling behind it; three linear layers of 120, 84 and `classes` units; relu between
// them. The first convolution is padded, the second only if images are smaller than 20 x 20: 28 x 28 becomes 5 x 5, and
// 8 x 8 becomes 2 x 2. Errors: a smaller image, classes below 1. After LeCun, Bottou, Bengio, Haffner, "Gradient-based
// learning applied to document recognition", 1998, but with relu for tanh and the largest element for the mean.
Sequential lenet(std::int64_t classes, const Shape& image);

// y = relu(norm2(conv2(relu(norm1(conv1(x))))) + x), both convolutions 3 x 3. Where the stride or the channels change,
// x goes through a convolution of 1 x 1 and a norm of its own. He, Zhang, Ren, Sun, "Deep residual learning for image
// recognition", 2016.
class ResidualBlock {
 public:
  ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride = 1);

  Tensor operator()(const Tensor& x);
  Tensor operator()(const Tensor& x, InEvaluation) const;
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show);
  void visit_buffers(const ParameterVisitor& show);
  std::string str() const;

  // Copies of its parts, in order: conv1, norm1, conv2, norm2, then the convolution and the norm that x goes through,
  // if there are any.
  std::vector<AnyModule> modules() const;

 private:
  template <class F>
  void each(F f);
  template <class Self, class... Mode>
  static Tensor run(Self& self, const Tensor& x, Mode... mode);

  std::int64_t in_, out_, stride_;
  Conv2d conv1_, conv2_, shortcut_;
  BatchNorm norm1_, norm2_, shortcut_norm_;
};

// For images [height, width, channels]; x may be [batch, height*width*channels] as well. In order: a convolution of
// 3 x 3; residual blocks of width, 2*width and 4*width channels; the mean of each channel; a linear layer. The second
// and the third block halve the image. At width 16 it has 78,000 numbers. Errors: an image that is not of rank 3,
// classes or width below 1.
Sequential small_resnet(std::int64_t classes, const Shape& image, std::int64_t width = 16);

}  // namespace logitape::inline v0
