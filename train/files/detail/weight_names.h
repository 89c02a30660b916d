// What each parameter of a model is called in a file of another library, and what has to be done to its axes. Not
// installed.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "logitape/train/files/torch_weights.h"

namespace logitape::inline v0::train {

struct FileWeight {
  Parameter* box;
  std::string name;     // in the file
  std::string counter;  // of a running mean in torch's files: the name of num_batches_tracked; else empty
  WeightLayout layout;
  std::int64_t channels = 1;  // above 1: axis 0 is an image that was flattened, and torch has these channels first
};

// Errors: a parameter that is not initialised; a name in the options that the model has not, or that two would have; a
// number of channels that does not divide the inputs.
std::vector<FileWeight> file_weights(const char* op, std::span<Parameter* const> boxes, FlattenedChannels channels,
                                     const TorchWeightsOptions& options);

}  // namespace logitape::inline v0::train
