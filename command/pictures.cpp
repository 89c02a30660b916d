// The headers of pictures tell what is in a folder; no pixel is read for it.
#include "pictures.h"

#include <logitape.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "standard_input.h"

namespace command {
namespace {

namespace fs = std::filesystem;

std::string extents_text(const lt::PictureInfo& p) {
  return std::to_string(p.width) + " x " + std::to_string(p.height);
}
std::string colour_text(const lt::PictureInfo& p) { return p.channels == 1 ? "grey" : "colour"; }

// What the pictures of a class have been found to be.
struct Seen {
  std::int64_t count = 0, broken = 0;
  std::map<std::string, std::int64_t> kinds;  // "JPEG, colour"
  lt::PictureInfo least, most;                // by pixels

  void add(const lt::PictureInfo& p) {
    const auto pixels = [](const lt::PictureInfo& x) { return x.height * x.width; };
    if (count == broken || pixels(p) < pixels(least)) least = p;
    if (count == broken || pixels(p) > pixels(most)) most = p;
    ++kinds[p.format + ", " + colour_text(p)];
    ++count;
  }
  std::string kinds_text() const {
    std::string text;
    for (const auto& [kind, n] : kinds) text += (text.empty() ? "" : "; ") + std::to_string(n) + " " + kind;
    return text;
  }
};

}  // namespace

std::vector<Fact> use_parts(TrainFlags& f) {
  const lt::ImageParts parts = lt::image_parts(f.data.path);
  if (parts.train.empty()) return {};
  f.data.path = parts.train;
  const std::string& held_out = parts.test.empty() ? parts.validation : parts.test;
  if (f.test_data.empty()) f.test_data = held_out;
  if (f.validation == 0 && f.validation_data.empty() && f.test_data != parts.validation)
    f.validation_data = parts.validation;
  std::vector<Fact> facts;
  if (!f.test_data.empty()) facts.push_back({"held out", f.test_data});
  if (!f.validation_data.empty()) facts.push_back({"chosen by", f.validation_data});
  return facts;
}

std::string part_to_judge(const std::string& path) {
  const lt::ImageParts parts = lt::image_parts(path);
  return parts.train.empty()         ? path
         : !parts.test.empty()       ? parts.test
         : !parts.validation.empty() ? parts.validation
                                     : parts.train;
}

void require_outside(const std::string& flag, const std::string& written, const std::string& data) {
  std::error_code unknown;
  if (!fs::is_directory(data, unknown)) return;
  const std::string within =
      fs::relative(fs::weakly_canonical(written, unknown), fs::weakly_canonical(data, unknown), unknown).string();
  if (unknown || within.empty() || within == ".." || within.starts_with("../")) return;
  throw std::invalid_argument(flag + " \"" + written + "\" lies in the folder of pictures, \"" + data +
                              "\", where it would be a class the next time: give another folder");
}

std::string title_of(const std::string& path) {
  fs::path named = fs::path(displayed(path)).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();  // it ended in a slash
  const std::string title = named.filename().string();
  return title.empty() || title == "." || title == ".." ? path : title;
}

void show_folder(const Fact& called, const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> parts = {{"", folder}};
  if (const lt::ImageParts split = lt::image_parts(folder); !split.train.empty())
    parts = {{"train/", split.train}, {"validation/", split.validation}, {"test/", split.test}};
  std::vector<Fact> facts = {called, {"format", "a folder of pictures, a folder a class"}}, notes;
  std::vector<std::vector<std::string>> rows = {{"class", "pictures", "smallest", "largest", "kinds"}};
  std::int64_t all = 0;
  for (const auto& [name, path] : parts) {
    if (path.empty()) continue;
    const lt::ImageFiles files = lt::image_files(path);
    std::vector<Seen> seen(files.classes.size());
    for (std::size_t i = 0; i < files.paths.size(); ++i) {
      Seen& of_class = seen[static_cast<std::size_t>(files.labels[i])];
      try {
        of_class.add(lt::picture_info(files.paths[i]));
      } catch (const lt::Error& error) {
        ++of_class.count, ++of_class.broken;
        notes.push_back({"note", sentence_of(error)});
      }
    }
    for (std::size_t c = 0; c < seen.size(); ++c)
      rows.push_back({name + files.classes[c], std::to_string(seen[c].count),
                      seen[c].kinds.empty() ? "" : extents_text(seen[c].least),
                      seen[c].kinds.empty() ? "" : extents_text(seen[c].most), seen[c].kinds_text()});
    all += static_cast<std::int64_t>(files.paths.size());
    if (!files.others.empty())
      notes.push_back({"note", count(static_cast<std::int64_t>(files.others.size()), "file") +
                                   " of other kinds, as \"" + files.others[0] + "\""});
  }
  facts.push_back({"pictures", std::to_string(all)});
  constexpr std::size_t most_notes = 20;
  const std::size_t shown = std::min(notes.size(), most_notes);
  facts.insert(facts.end(), notes.begin(), notes.begin() + static_cast<std::ptrdiff_t>(shown));
  if (shown < notes.size()) facts.push_back({"note", std::to_string(notes.size() - shown) + " more like these"});
  print_facts(facts);
  std::printf("\n");
  print_rows(rows);
}

void show_picture(const Fact& called, const std::string& file) {
  const lt::PictureInfo p = lt::picture_info(file);
  std::vector<Fact> facts = {called,
                             {"format", "a picture, " + p.format},
                             {"pixels", extents_text(p)},
                             {"channels", std::to_string(p.channels) + ", " + colour_text(p)}};
  if (p.orientation != 1)
    facts.push_back({"stored", "turned, by EXIF's orientation " + std::to_string(p.orientation) + "; read upright"});
  print_facts(facts);
}

}  // namespace command
