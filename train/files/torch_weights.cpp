// A name and an order of axes for each parameter first, then all values, then the boxes: nothing is half loaded.
#include "logitape/train/files/torch_weights.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/files/detail/weight_names.h"

namespace logitape::inline v0::train {
namespace {

constexpr const char* load_op = "load_torch_weights";
constexpr const char* save_op = "save_torch_weights";

// The rows of a weight behind a Flatten: from [height * width, channels] to [channels, height * width], or back.
Tensor reordered(const Tensor& t, std::int64_t first) {
  if (first == 1 || t.shape()[0] == first) return t;
  return reshape(permute(reshape(t, {first, t.shape()[0] / first, -1}), {1, 0, 2}), t.shape());
}

// A tensor of ours as the file has it, and back.
Tensor to_file(const Tensor& ours, const FileWeight& w) {
  Tensor t = w.channels > 1 ? reordered(ours, ours.shape()[0] / w.channels) : ours;
  if (w.layout == WeightLayout::keras) return t;
  if (w.box->kind == ParameterKind::linear_weight) return transpose(t);
  if (w.box->kind == ParameterKind::convolution_weight) return permute(t, {3, 2, 0, 1});
  return t;
}
Tensor from_file(const Tensor& theirs, const FileWeight& w) {
  const bool torch = w.layout == WeightLayout::torch;
  if (torch && w.box->kind == ParameterKind::convolution_weight) return permute(theirs, {2, 3, 1, 0});
  Tensor t = torch && w.box->kind == ParameterKind::linear_weight ? transpose(theirs) : theirs;
  return w.channels > 1 ? reordered(t, w.channels) : t;
}

// The shape that the file's tensor must have.
Shape shape_in_file(const FileWeight& w) {
  const Shape& s = w.box->value.shape();
  if (w.layout == WeightLayout::keras) return s;
  if (w.box->kind == ParameterKind::linear_weight) return {s[1], s[0]};
  if (w.box->kind == ParameterKind::convolution_weight) return {s[3], s[2], s[0], s[1]};
  return s;
}

// Whether two shapes have the same extents in another order.
bool is_transposed(const Shape& a, const Shape& b) {
  std::vector<std::int64_t> x(a.begin(), a.end()), y(b.begin(), b.end());
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  return x == y && x.size() > 1;
}

// Files that people have instead, by their first bytes.
void check_format(const std::string& path) {
  char head[9] = {};
  std::ifstream(path, std::ios::binary).read(head, sizeof head);
  if (head[8] == '{') return;  // behind the length of a header, whose bytes may be anything
  const std::string_view begins(head, sizeof head);
  require(!begins.starts_with("PK\3\4") && !begins.starts_with("\x80\2"), ErrorCode::io, load_op,
          "\"{}\" is a file of torch.save or of Keras, a zip or a pickle: write the tensors with safetensors, "
          "save_file(model.state_dict(), path)",
          path);
  require(!begins.starts_with("\x89HDF"), ErrorCode::io, load_op,
          "\"{}\" is an HDF5 file: write the tensors with safetensors, save_file({{v.path: v.numpy() for v in "
          "model.variables}}, path)",
          path);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 40;
  std::vector<std::string> quoted;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) quoted.push_back("\"" + names[i] + "\"");
  std::string text = fmt::format("{}", fmt::join(quoted, ", "));
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

// What only one of the two has. Error: there is any, and the loading is strict; or nothing else is left.
void check_names(const std::string& path, const LoadedWeights& only, std::size_t wanted, bool strict) {
  if (only.missing.empty() && only.unexpected.empty()) return;
  if (!strict && only.missing.size() < wanted) return;
  std::string text;
  if (!only.missing.empty())
    text += fmt::format("it lacks {} of the model's {} tensors: {}", only.missing.size(), wanted, listed(only.missing));
  if (!only.unexpected.empty())
    text += fmt::format("{}it has {} that the model has not: {}", text.empty() ? "" : "; ", only.unexpected.size(),
                        listed(only.unexpected));
  fail(ErrorCode::invalid_argument, load_op, "\"{}\" has other tensors than the model: {}", path, text);
}

// The file's tensor for that box. Errors: another shape; no floating dtype; a number that the model's dtype cannot
// hold.
Tensor value_for(const std::string& path, const Tensor& theirs, const FileWeight& w) {
  const Tensor& old = w.box->value;
  const Shape needed = shape_in_file(w);
  require(theirs.shape() == needed, load_op, "\"{}\" has \"{}\" as {}, and {} is needed for \"{}\"{}", path, w.name,
          theirs, needed, w.box->name, is_transposed(theirs.shape(), needed) ? ": transposed?" : "");
  require(is_floating(theirs.dtype()), load_op, "\"{}\" has \"{}\" as {}, the model as {}: weights are no integers",
          path, w.name, theirs, old.dtype());
  const Tensor rounded = theirs.to(old.dtype());
  if (theirs.dtype() != old.dtype()) {
    const std::vector<double> from = theirs.to_vector<double>(), to = rounded.to_vector<double>();
    for (std::size_t i = 0; i < from.size(); ++i)
      require(!std::isfinite(from[i]) || std::isfinite(to[i]), ErrorCode::out_of_range, load_op,
              "\"{}\" has {} as element {} of \"{}\", which the model's {} cannot hold", path, from[i], i, w.name,
              old.dtype());
  }
  const Tensor fresh = from_file(rounded, w);
  const Tensor there = fresh.to(old.device());
  return old.requires_grad() ? variable(there) : there;
}

}  // namespace

LoadedWeights load_torch(const std::string& path, std::span<Parameter* const> boxes, FlattenedChannels channels,
                         const TorchWeightsOptions& options) {
  const NoGrad guard;
  const std::vector<FileWeight> weights = file_weights(load_op, boxes, std::move(channels), options);
  check_format(path);
  Safetensors file = load_safetensors(path);
  std::map<std::string_view, const Tensor*> by_name;
  for (const auto& [name, tensor] : file.tensors) by_name.emplace(name, &tensor);
  LoadedWeights loaded{.missing = {}, .unexpected = {}, .metadata = std::move(file.metadata)};
  std::set<std::string_view> known;
  for (const FileWeight& w : weights) {
    known.insert(w.name);
    known.insert(w.counter);
    if (!by_name.contains(w.name)) loaded.missing.push_back(w.name);
  }
  for (const auto& [name, tensor] : file.tensors)
    if (!known.contains(name)) loaded.unexpected.push_back(name);
  check_names(path, loaded, weights.size(), options.strict);
  std::vector<std::pair<Parameter*, Tensor>> values;
  for (const FileWeight& w : weights)
    if (const auto found = by_name.find(w.name); found != by_name.end())
      values.emplace_back(w.box, value_for(path, *found->second, w));
  for (auto& [box, value] : values) box->value = std::move(value);
  return loaded;
}

void save_torch(const std::string& path, std::span<Parameter* const> boxes, FlattenedChannels channels,
                const TorchWeightsOptions& options) {
  const NoGrad guard;
  const bool torch = options.layout == WeightLayout::torch;
  std::vector<NamedTensor> tensors;
  for (const FileWeight& w : file_weights(save_op, boxes, std::move(channels), options)) {
    tensors.push_back({w.name, to_file(w.box->value.to(Device::cpu()), w)});
    if (!w.counter.empty()) tensors.push_back({w.counter, tensor(std::int64_t{0})});
  }
  save_safetensors(path, tensors, torch ? Metadata{{"format", "pt"}} : Metadata{});
}

}  // namespace logitape::inline v0::train
