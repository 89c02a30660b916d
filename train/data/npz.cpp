// A .npz file is a zip archive whose files are arrays, NAME.npy.
#include "logitape/train/data/foreign.h"
#include "logitape/train/data/npy.h"
#include "logitape/train/data/npy_reader.h"
#include "logitape/train/data/zip.h"

namespace logitape::inline v0 {

std::vector<NamedTensor> load_npz(const std::string& path, std::FILE* progress) {
  const data::File file("load_npz", path);
  const std::vector<data::ZipEntry> entries = data::read_zip_directory(file);
  std::uint64_t all = 0;
  std::vector<std::string> names;
  for (const data::ZipEntry& entry : entries) {
    all += entry.size;
    names.push_back(entry.name);
  }
  if (const std::string format = data::foreign_archive(names); !format.empty()) file.refuse("is {}", format);
  data::LateBar bar(progress, "reading " + path, all);
  std::vector<NamedTensor> arrays;
  for (const data::ZipEntry& entry : entries) {
    if (!entry.name.ends_with(".npy")) file.refuse("has \"{}\", which is no array: a .npz file holds .npy files only", entry.name);
    arrays.push_back({entry.name.substr(0, entry.name.size() - 4), data::read_npy(*data::open_zip_entry(file, entry))});
    bar.advance(entry.size);
  }
  return arrays;
}

}  // namespace logitape::inline v0
