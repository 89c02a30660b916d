// Walks folders. Paths are compared as bytes, so that the order is the same everywhere.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/images.h"
#include "logitape/train/files/detail/number.h"
#include "logitape/train/files/detail/pixels.h"

namespace logitape::inline v0 {
namespace {

namespace fs = std::filesystem;
constexpr const char* files_op = "image_files";

struct Entries {
  std::vector<std::string> files, folders;  // names, in ascending order
};
Entries entries_of(const std::string& folder) {
  Entries all;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code unknown;  // a link that leads nowhere is neither
    if (name.starts_with('.')) continue;
    if (at->is_directory(unknown)) all.folders.push_back(name);
    else if (at->is_regular_file(unknown)) all.files.push_back(name);
  }
  require(!error, ErrorCode::io, files_op, "the folder \"{}\" cannot be read: {}", folder, error.message());
  std::ranges::sort(all.files);
  std::ranges::sort(all.folders);
  return all;
}

// A folder, whatever path leads to it.
using Place = std::pair<dev_t, ino_t>;
Place place_of(const std::string& folder) {
  struct stat about = {};
  (void)::stat(folder.c_str(), &about);
  return {about.st_dev, about.st_ino};
}

// A folder and those below it. above: the places on the way to it, to which a link may lead back.
void walk(const std::string& folder, std::vector<Place>& above, std::vector<std::pair<std::string, Entries>>& found) {
  above.push_back(place_of(folder));
  Entries all = entries_of(folder);
  for (const std::string& name : all.folders) {
    const std::string below = folder + "/" + name;
    if (std::ranges::find(above, place_of(below)) == above.end()) walk(below, above, found);
  }
  found.emplace_back(folder, std::move(all));
  above.pop_back();
}

// As sorted(os.walk(folder)) has them.
void add_pictures(const std::string& folder, ImageFiles& to) {
  std::vector<std::pair<std::string, Entries>> found;
  std::vector<Place> above;
  walk(folder, above, found);
  std::ranges::sort(found, {}, [](const auto& f) -> const std::string& { return f.first; });
  for (const auto& [within, entries] : found)
    for (const std::string& name : entries.files) {
      std::string path = within + "/" + name;
      const bool picture = data::begins_as_picture(path) || data::is_picture_name(name);
      (picture ? to.paths : to.others).push_back(std::move(path));
    }
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

ImageFiles image_files(const std::string& path, bool labelled) {
  ImageFiles found;
  const std::string folder = without_slash(path);
  std::error_code unknown;
  if (!labelled && !fs::is_directory(folder, unknown)) {
    found.paths.push_back(folder);
    return found;
  }
  require(fs::is_directory(folder, unknown), ErrorCode::io, files_op, "\"{}\" is no folder", path);
  if (!labelled) {
    add_pictures(folder, found);
    require(!found.paths.empty(), ErrorCode::io, files_op, "the folder \"{}\" has no PNG or JPEG pictures", path);
    return found;
  }
  require(image_parts(folder).train.empty(), ErrorCode::io, files_op,
          "the folder \"{}\" holds the parts of a split: read one of them, as in \"{}/train\"", path, folder);
  found.classes = entries_of(folder).folders;
  require(!found.classes.empty(), ErrorCode::io, files_op,
          "the folder \"{}\" has no folders: each class needs one, with its pictures", path);
  std::string without;
  for (std::size_t c = 0; c < found.classes.size(); ++c) {
    const std::string& name = found.classes[c];
    require(data::is_utf8(name), ErrorCode::io, files_op,
            "the name of the folder \"{}/{}\" is not UTF-8, as that of a class has to be: rename it", folder, name);
    const std::size_t before = found.paths.size();
    add_pictures(folder + "/" + name, found);
    if (found.paths.size() == before) without += (without.empty() ? "\"" : ", \"") + name + "\"";
    found.labels.resize(found.paths.size(), static_cast<std::int64_t>(c));
  }
  require(without.empty(), ErrorCode::io, files_op,
          "\"{}\" has folders without a PNG or JPEG picture: {}; each is a class, so put pictures there or remove it",
          path, without);
  return found;
}

// Classes may be called train and test too: then there are others, or train has no folders.
ImageParts image_parts(const std::string& path) {
  constexpr std::array<std::pair<const char*, std::string ImageParts::*>, 5> names = {
      {{"train", &ImageParts::train},
       {"val", &ImageParts::validation},
       {"valid", &ImageParts::validation},
       {"validation", &ImageParts::validation},
       {"test", &ImageParts::test}}};
  const std::string folder = without_slash(path);
  ImageParts parts;
  std::error_code unknown;
  if (!fs::is_directory(folder, unknown) || !fs::is_directory(folder + "/train", unknown) ||
      entries_of(folder + "/train").folders.empty())
    return parts;
  for (const std::string& name : entries_of(folder).folders) {
    const auto known = std::ranges::find(names, name, [](const auto& n) { return std::string(n.first); });
    if (known == names.end()) return {};
    std::string& part = parts.*known->second;
    require(part.empty(), ErrorCode::io, files_op, "both \"{}\" and \"{}/{}\" would be for validation: remove one",
            part, folder, name);
    part = folder + "/" + name;
  }
  return parts;
}

}  // namespace logitape::inline v0
