// A .npz file is a zip archive whose files are arrays, NAME.npy.
#include "logitape/train/files/detail/foreign.h"
#include "logitape/train/files/detail/npy_reader.h"
#include "logitape/train/files/detail/zip.h"
#include "logitape/train/files/npy.h"

namespace logitape::inline v0 {
namespace {

// Calls read(name, stream) for each array.
void for_each_array(const std::string& path, const ReadProgress& progress, const auto& read) {
  const data::File file("load_npz", path);
  const std::vector<data::ZipEntry> entries = data::read_zip_directory(file);
  std::uint64_t all = 0;
  std::vector<std::string> names;
  for (const data::ZipEntry& entry : entries) {
    all += entry.size;
    names.push_back(entry.name);
  }
  if (const std::string format = data::foreign_archive(names); !format.empty()) file.refuse("is {}", format);
  data::Teller teller(progress, path, all);
  for (const data::ZipEntry& entry : entries) {
    if (!entry.name.ends_with(".npy"))
      file.refuse("has \"{}\", which is no array: a .npz file holds .npy files only", entry.name);
    read(entry.name.substr(0, entry.name.size() - 4), *data::open_zip_entry(file, entry));
    teller.advance(entry.size);
  }
}

}  // namespace

std::vector<NamedTensor> load_npz(const std::string& path, const ReadProgress& progress) {
  std::vector<NamedTensor> arrays;
  for_each_array(path, progress, [&](const std::string& name, data::Stream& stream) {
    arrays.push_back({name, data::read_npy(stream)});
  });
  return arrays;
}

std::vector<data::FileArray> data::read_npz_arrays(const std::string& path, const ReadProgress& progress) {
  std::vector<FileArray> arrays;
  for_each_array(path, progress, [&](const std::string& name, Stream& stream) {
    FileArray& array = arrays.emplace_back();
    try {
      array = read_npy_array(stream);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unsupported) throw;
      array.refusal = std::string(error.what()).substr(error.op().size() + 2);
    }
    array.name = name;
  });
  return arrays;
}

}  // namespace logitape::inline v0
