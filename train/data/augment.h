// Pictures changed at random while they are learnt from, so that none is seen twice: mirrored, moved, cropped.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "logitape/core/named.h"
#include "logitape/core/random.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What is done to each picture of a batch, by draws of its own.
struct Augmentation {
  NamedOnly named_only = NamedOnly();
  bool flip = false;   // mirrored left to right, one time in two
  bool shift = false;  // moved by whole pixels, up to an eighth of its extents, any way; its edge is repeated
  bool crop = false;   // a part of it, of 3/4 to 1 of its extents, anywhere in it, brought back to size (bilinear)
  // What a row is: height, width, and channels if there is an axis of them; zeros: as the inputs have it.
  std::array<std::int64_t, 3> image = {};

  bool any() const { return flip || shift || crop; }
  std::string str() const;  // "flip,shift"; "none"
  // Of "flip,shift,crop", or some of them. Error invalid_argument: another word, or none.
  static Augmentation named(std::string_view list);
};

// Inputs [n, height, width], [n, height, width, channels], or any [n, ...] whose rows have the elements of `image`; of
// f32 or f64, and on any device. The same shape, off the tape. The draws of a picture are the same whatever is asked
// for. Errors: another dtype or shape.
Tensor augment(const Tensor& inputs, const Augmentation& how, Generator& rng);

}  // namespace logitape::inline v0
