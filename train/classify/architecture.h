// Models with names: a line of text holds their architecture, in a file or on a command line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// Builds "NAME:SIZE,SIZE,...;OPTION=VALUE;...", not initialised:
//   linear:64,10                       Flatten, Linear{64, 10}: inputs, classes
//   mlp:64,512,128,10;dropout=0.2      the same with hidden layers between. activation=: relu (by default), gelu, silu
//                                      or tanh. dropout=: the rate behind each activation, by default 0
//   lenet:28,28,1,10                   lenet of train/nn/models.h: height, width, channels, classes
//   small_resnet:28,28,1,10;width=16   small_resnet, the same. width=: its first channels, by default 16
//   text:32768,16,2                    EmbeddingBag{32768, 16}, the mean of a text's ids, and Linear{16, 2}: buckets of
//                                      the HashingTokenizer, dimensions, classes
// Errors: an unknown name, a size that is not a whole number of 1 or more, too few or too many sizes, an option or
// value that the model does not have.
Sequential build_model(std::string_view architecture);

// The model of that text has at least so many weights. Nothing is built: the result tells whether a file can hold the
// model. Errors: a size that is not a whole number of 1 or more, an option given twice.
double least_weights(std::string_view architecture);

// The names of the models.
std::vector<std::string> model_names();

}  // namespace logitape::inline v0
