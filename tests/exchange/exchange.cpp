// exchange IN OUT: reads every file of IN and writes what it holds to OUT: an array as NAME.npy or NAME.ARRAY.npy, all
// arrays of an archive as NAME.safetensors too, a table as NAME.
#include <logitape.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace lt = logitape;

namespace {

void pass_on(const std::filesystem::path& file, const std::string& to) {
  const std::string path = file.string(), name = to + "/" + file.filename().string();
  std::vector<lt::NamedTensor> arrays;
  if (path.ends_with(".csv") || path.ends_with(".csv.gz"))
    return lt::write_csv(name, lt::read_csv(path, {.allow_missing = true}));
  if (path.ends_with(".npz")) arrays = lt::load_npz(path);
  else if (path.ends_with(".safetensors")) arrays = lt::load_safetensors(path).tensors;
  else
    return lt::save_npy(name + ".npy",
                        path.find(".npy") != std::string::npos ? lt::load_npy(path) : lt::load_idx(path));
  for (const auto& [array, tensor] : arrays)
    if (tensor.dtype() != lt::DType::bf16)
      lt::save_npy(std::string(name).append(".").append(array).append(".npy"), tensor);
  lt::save_safetensors(name + ".safetensors", arrays);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) return 2;
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
      pass_on(entry.path(), argv[2]);
      ++files;
    }
    std::printf("%d files read and written\n", files);
  } catch (const lt::Error& error) {
    std::fprintf(stderr, "exchange: %s\n", error.what());
    return 1;
  }
}
