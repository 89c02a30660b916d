// The first bytes choose the reader; its arrays or columns become examples.
#include "logitape/train/data/load.h"

#include <filesystem>

#include "logitape/train/data/detail/load_arrays.h"
#include "logitape/train/data/images.h"
#include "logitape/train/files/detail/pixels.h"
#include "logitape/train/files/detail/source.h"
#include "logitape/train/files/format.h"
#include "logitape/train/files/idx.h"
#include "logitape/train/files/safetensors.h"

namespace logitape::inline v0 {
namespace {

using data::FileArray;

constexpr const char* load_op = "load_examples";

std::vector<FileArray> arrays_of(std::vector<NamedTensor> tensors) {
  std::vector<FileArray> arrays;
  for (NamedTensor& t : tensors) arrays.push_back({.name = std::move(t.name), .numbers = std::move(t.tensor)});
  return arrays;
}

FileArray load_array(const std::string& path, const ReadProgress& progress) {
  const FileFormat format = format_of(load_op, path);
  require(format == FileFormat::npy || format == FileFormat::idx, ErrorCode::io, load_op,
          "\"{}\" is neither an IDX nor a .npy file", path);
  if (format == FileFormat::idx) return {.numbers = load_idx(path, progress)};
  return data::read_npy_array(*data::open_stream("load_npy", path, progress));
}

// train-labels-idx1-ubyte for train-images-idx3-ubyte, as MNIST's files are called; "" if there is none.
std::string labels_beside(const std::string& path) {
  for (const auto& [images, labels] :
       {std::pair{"images-idx3", "labels-idx1"}, std::pair{"images.idx3", "labels.idx1"}}) {
    const std::size_t at = path.rfind(images);
    if (at == std::string::npos) continue;
    std::string beside = std::string(path).replace(at, std::string_view(images).size(), labels);
    if (std::filesystem::exists(beside)) return beside;
  }
  return "";
}

Examples from_array(const std::string& path, const LoadOptions& options) {
  const FileArray array = load_array(path, options.progress);
  const std::string labels = options.labels_file.empty() ? labels_beside(path) : options.labels_file;
  if (!options.labelled || labels.empty()) return data::examples_of_table(path, array, options);
  return data::examples_of_arrays(path, array, load_array(labels, options.progress), options);
}

Examples load(const std::string& path, const LoadOptions& options) {
  switch (format_of(load_op, path)) {
    case FileFormat::picture:  // the reader of CSV says what to do with it
    case FileFormat::csv: {
      CsvOptions csv = options.csv;
      if (options.progress) csv.progress = options.progress;
      if (options.labelled && !csv.classes && options.task != Task::regression) csv.classes = options.label;
      csv.classes_are_text = csv.classes && options.task == Task::multilabel;
      if (!csv.only.empty() && !options.weights.empty()) csv.only.push_back(options.weights);
      return examples_of(read_csv(path, csv), {.label = options.label,
                                               .labelled = options.labelled,
                                               .task = options.task,
                                               .weights = options.weights,
                                               .image = options.image});
    }
    case FileFormat::npz:
      require(options.labels_file.empty(), load_op,
              "\"{}\" holds arrays with names; the labels are one of them (LoadOptions::labels, --labels NAME), in no "
              "other file \"{}\"",
              path, options.labels_file);
      return data::examples_of_arrays(path, data::read_npz_arrays(path, options.progress), options);
    case FileFormat::safetensors:
      return data::examples_of_arrays(path, arrays_of(load_safetensors(path).tensors), options);
    default: return from_array(path, options);
  }
}

}  // namespace

Examples load_examples(const std::string& path, const LoadOptions& options) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown) || (!options.labelled && data::begins_as_picture(path))) {
    require(!options.image || options.image->rank() >= 2, load_op,
            "\"{}\" holds pictures, and rows are to be no images (LoadOptions::image, --image)", path);
    ImageOptions images{.labelled = options.labelled, .progress = options.progress};
    if (options.image) {
      images.height = (*options.image)[0], images.width = (*options.image)[1];
      images.channels = options.image->rank() == 3 ? (*options.image)[2] : 1;
    }
    return load_images(path, images);
  }
  Examples examples = load(path, options);
  examples.path = path;
  return examples;
}

}  // namespace logitape::inline v0
