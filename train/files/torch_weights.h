// Weights of other libraries in and out, as safetensors files with PyTorch's names and layouts, or with Keras's.
//   here                              Python, from safetensors.torch import save_file, load_file
//   load_torch_weights(path, model)   save_file(model.state_dict(), path)
//   save_torch_weights(path, model)   model.load_state_dict(load_file(path))
#pragma once
#include <concepts>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/files/safetensors.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// Whose names and order of axes a file has.
//   here                                    torch                        keras
//   Linear weight [in, out]                 weight [out, in]             kernel [in, out]
//   Conv2d weight [down, across, in, out]   weight [out, in, d, a]       kernel [d, a, in, out]
//   Embedding, EmbeddingBag weight          weight [rows, width]         embeddings [rows, width]
//   LayerNorm, BatchNorm weight, bias       weight, bias                 gamma, beta
//   BatchNorm running_mean, _variance       running_mean, running_var    moving_mean, moving_variance
// A bias is a bias. The parts of a name are joined by "." in torch's and by "/" in keras's. BatchNorm has one more in
// torch's files, num_batches_tracked: an i64 of 0 is written, and what is read is passed over. Parameters of layers of
// one's own keep their names and axes. Keras's Conv2D says how it pads by a word, its BatchNormalization has an epsilon
// of 1e-3 and a momentum of 0.99, which is 0.01 here: the layers must be made so.
enum class WeightLayout { torch, keras };

// How names and axes of a file become those of the model.
struct TorchWeightsOptions {
  NamedOnly named_only = NamedOnly();
  WeightLayout layout = WeightLayout::torch;
  // Names here and in the file: of a layer, {"0", "features.0"}; of a tensor, {"0.weight", "w"}; of all that has no
  // closer one, {"", "model"}. A tensor's name is the whole name in the file. Others keep their names.
  std::map<std::string, std::string> names = {};
  // PyTorch flattens images [channels, height, width], we [height, width, channels]. So the weight of a Linear (or a
  // norm) behind a Flatten has its inputs in another order, and has to know the channels: {"8", 16}. In a Sequential of
  // our layers they are found; give them for models of another type. 1: the order is as it is. Keras has our order.
  std::map<std::string, std::int64_t> flattened = {};
  bool strict = true;  // false: what only one of the two has is passed over; the names are returned
};

// What load_torch_weights passed over, and the texts of the file.
struct LoadedWeights {
  std::vector<std::string> missing;     // in the model and not in the file, as the file would name them
  std::vector<std::string> unexpected;  // in the file and not in the model
  Metadata metadata;
};

namespace train {

// The channels of a flattened image, by the name of the parameter here that reads it.
using FlattenedChannels = std::map<std::string, std::int64_t>;
// Those of a Sequential, as far as its layers are ours.
FlattenedChannels flattened_channels(const Sequential& model);
// Those of a model that is a Sequential or holds one as model(); of others none are known.
template <class M>
FlattenedChannels flattened_in(const M& model) {
  if constexpr (std::same_as<M, Sequential>) return flattened_channels(model);
  else if constexpr (requires {
                       { model.model() } -> std::same_as<const Sequential&>;
                     })
    return flattened_channels(model.model());
  else return {};
}

// load_torch_weights and save_torch_weights of these boxes.
LoadedWeights load_torch(const std::string& path, std::span<Parameter* const> boxes, FlattenedChannels channels,
                         const TorchWeightsOptions& options);
void save_torch(const std::string& path, std::span<Parameter* const> boxes, FlattenedChannels channels,
                const TorchWeightsOptions& options);

}  // namespace train

// Puts the file's values in the boxes of an initialised model. f16, bf16, f32 and f64 become the model's dtype, rounded
// to the nearest; what is infinite or NaN stays so. All or nothing: after an error the model is as it was. Errors:
// those of load_safetensors; io for a file of torch.save or HDF5, with what to write instead; names that only one of
// the two has, all of them listed; another shape, with both, and "transposed?" if its axes are those of the other in
// another order; integers for a weight; an f64 that f32 cannot hold; a name in the options that the model has not, or
// two tensors of one name; nothing in the file that the model has. A square matrix of the other layout cannot be seen.
template <HasParameters M>
LoadedWeights load_torch_weights(const std::string& path, M& model, const TorchWeightsOptions& options = {}) {
  return train::load_torch(path, weights_of(model), train::flattened_in(model), options);
}

// Writes the model's parameters and running means so that load_state_dict(load_file(path), strict=True) takes them in a
// model of the same layers. `strict` does not matter. Errors: those of save_safetensors; a parameter that is not
// initialised; names in the options as above. An old file then stays as it was.
template <HasParameters M>
void save_torch_weights(const std::string& path, const M& model, const TorchWeightsOptions& options = {}) {
  // visit shows boxes that may be written to; here they are only read
  train::save_torch(path, weights_of(const_cast<M&>(model)), train::flattened_in(model), options);
}

}  // namespace logitape::inline v0
