// The first bytes say which reader is asked; the reader's arrays or columns become examples.
#include "logitape/train/data/load.h"

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include <algorithm>
#include <filesystem>

#include "logitape/ops/rearrange.h"
#include "logitape/train/data/idx.h"
#include "logitape/train/data/npy.h"
#include "logitape/train/data/source.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "load_examples";

enum class Format { csv, idx, npy, npz, safetensors };

Format format_of(const std::string& path) {
  const auto stream = data::open_stream(op, path);
  char begin[9] = {};
  const std::string_view head(begin, stream->read(begin, sizeof begin));
  if (head.starts_with("\x93NUMPY")) return Format::npy;
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return Format::npz;
  if (head.size() >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 0x08 && head[2] <= 0x0e && head[3] >= 1 && head[3] <= max_rank)
    return Format::idx;
  // the length of a header in 8 bytes, of which no text has the upper ones 0
  if (head.size() == 9 && head[8] == '{' && head.substr(5, 3) == std::string_view("\0\0\0", 3)) return Format::safetensors;
  return Format::csv;
}

const Tensor* find(const std::vector<NamedTensor>& arrays, const std::string& asked, std::initializer_list<const char*> usual) {
  const auto named = [&](std::string_view name) -> const Tensor* {
    for (const NamedTensor& a : arrays)
      if (a.name == name) return &a.tensor;
    return nullptr;
  };
  if (!asked.empty()) return named(asked);
  for (const char* name : usual)
    if (const Tensor* found = named(name)) return found;
  return nullptr;
}

Examples from_arrays(const std::string& path, const std::vector<NamedTensor>& arrays, const LoadOptions& options) {
  const auto need = [&](const Tensor* found, const char* what, const std::string& asked) -> const Tensor& {
    std::vector<std::string> names;
    names.reserve(arrays.size());
    for (const NamedTensor& a : arrays) names.push_back(a.name + " " + describe(a.tensor));
    require(found != nullptr, op, "{} has no array {}{}; there are {}", path, asked.empty() ? "whose name says that it holds the " : "",
            asked.empty() ? what : fmt::format("'{}'", asked), fmt::format("{}", fmt::join(names, ", ")));
    return *found;
  };
  const Tensor& inputs = need(find(arrays, options.inputs, {"x", "X", "inputs", "images", "data", "features", "x_train", "X_train"}),
                              "inputs", options.inputs);
  if (!options.labelled) return examples_of(inputs);
  return examples_of(inputs, need(find(arrays, options.labels, {"y", "Y", "labels", "label", "targets", "target", "y_train", "Y_train"}),
                                  "labels", options.labels));
}

Tensor load_array(const std::string& path, std::FILE* progress) {
  const Format format = format_of(path);
  require(format == Format::npy || format == Format::idx, ErrorCode::io, op, "\"{}\" is neither an IDX nor a .npy file", path);
  return format == Format::npy ? load_npy(path, progress) : load_idx(path, progress);
}

// train-labels-idx1-ubyte beside train-images-idx3-ubyte, as MNIST's files are called; "" where there is none.
std::string labels_beside(const std::string& path) {
  for (const auto& [images, labels] : {std::pair{"images-idx3", "labels-idx1"}, std::pair{"images.idx3", "labels.idx1"}}) {
    const std::size_t at = path.rfind(images);
    if (at == std::string::npos) continue;
    std::string beside = std::string(path).replace(at, std::string_view(images).size(), labels);
    if (std::filesystem::exists(beside)) return beside;
  }
  return "";
}

Examples from_array(const std::string& path, const LoadOptions& options) {
  const Tensor array = load_array(path, options.progress);
  if (!options.labelled) return examples_of(array);
  const std::string labels = options.labels_file.empty() ? labels_beside(path) : options.labels_file;
  if (!labels.empty()) return examples_of(array, load_array(labels, options.progress));
  require(array.rank() == 2 && array.shape()[1] >= 2, op,
          "\"{}\" holds {} and no labels: name the file that has them (LoadOptions::labels_file, --labels-file), or put them in the last "
          "column of [n, columns]",
          path, array);
  const std::int64_t rows = array.shape()[0], inputs = array.shape()[1] - 1;
  return examples_of(slice(array, {0, 0}, {rows, inputs}), slice(array, {0, inputs}, {rows, 1}));
}

Examples load(const std::string& path, const LoadOptions& options) {
  switch (format_of(path)) {
    case Format::csv: {
      CsvOptions csv = options.csv;
      if (options.progress) csv.progress = options.progress;
      if (options.labelled && !csv.classes) csv.classes = options.label;
      return examples_of(read_csv(path, csv), {.label = options.label, .labelled = options.labelled, .image = options.image});
    }
    case Format::npz: return from_arrays(path, load_npz(path, options.progress), options);
    case Format::safetensors: return from_arrays(path, load_safetensors(path).tensors, options);
    default: return from_array(path, options);
  }
}

}  // namespace

Examples load_examples(const std::string& path, const LoadOptions& options) {
  Examples examples = load(path, options);
  examples.path = path;
  if (options.image) examples.image = *options.image;
  const std::int64_t elements = examples.size() > 0 ? examples.inputs.size() / examples.size() : 0;
  require(examples.image.rank() == 0 || examples.image.size() == elements, op, "\"{}\": an image {} has {} elements, a row has {}", path,
          examples.image, examples.image.size(), elements);
  return examples;
}

}  // namespace logitape::inline v0
