// Files of data: each format by its reader, and any file by load_examples, which looks at the first bytes; what was
// read is used, as a training would.
#include <logitape.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/fuzz/targets.h"
#include "train/files/detail/json.h"

namespace logitape::fuzz {

const std::string& as_file(Bytes bytes, const char* ending) {
  static const std::string folder = [] {
    const bool in_memory = std::filesystem::is_directory("/dev/shm");
    return (in_memory ? std::string("/dev/shm") : std::filesystem::temp_directory_path().string()) + "/logitape-fuzz." +
           std::to_string(getpid());
  }();
  static std::string path;
  if (!path.empty()) std::remove(path.c_str());
  path = folder + ending;
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) std::abort();
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) std::abort();
  std::fclose(file);
  return path;
}

namespace {

// What is read can be looked at: nothing in it is out of bounds, no number was never set.
void look_at(const Tensor& t) { (void)to_string(t); }

void csv(Bytes bytes) {
  Source source(bytes.first(std::min<std::size_t>(bytes.size(), 2)));
  CsvOptions options;
  const std::uint8_t choice = source.byte();
  if (choice & 1) options.header = (choice & 2) != 0;
  if (choice & 4) options.decimal = (choice & 8) ? ',' : '.';
  if (choice & 16) options.allow_missing = true;
  if (choice & 32) options.classes = "";
  const Table table = read_csv(as_file(bytes.subspan(std::min<std::size_t>(bytes.size(), 1)), ".csv"), options);
  for (const Column& column : table.columns)
    if (static_cast<std::int64_t>(column.values.size()) != table.rows()) std::abort();
}

void idx(Bytes bytes) { look_at(load_idx(as_file(bytes, ".idx"))); }
void npy(Bytes bytes) { look_at(load_npy(as_file(bytes, ".npy"))); }
void npz(Bytes bytes) {
  for (const NamedTensor& t : load_npz(as_file(bytes, ".npz"))) look_at(t.tensor);
}
void safetensors(Bytes bytes) {
  for (const NamedTensor& t : load_safetensors(as_file(bytes, ".safetensors")).tensors) look_at(t.tensor);
}
void json(Bytes bytes) {
  (void)data::parse_json_or_nothing(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void examples(Bytes bytes) {
  Source source(bytes.first(std::min<std::size_t>(bytes.size(), 1)));
  const Examples e = load_examples(as_file(bytes.subspan(std::min<std::size_t>(bytes.size(), 1)), ".data"),
                                   {.labelled = (source.byte() & 1) == 0});
  if (!e.labels.defined()) return;
  const Preprocessing preprocessing = Preprocessing::fit(e);
  look_at(preprocessing(e).inputs);
}

}  // namespace

extern const std::vector<Target> of_files = {{"csv", csv},          {"idx", idx},   {"npy", npy},
                                             {"npz", npz},          {"json", json}, {"safetensors", safetensors},
                                             {"examples", examples}};

}  // namespace logitape::fuzz
