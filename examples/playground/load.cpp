// The learner's file becomes examples by the same reader as a file of train_classifier; the page then hears what was
// found in it.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "answers.h"
#include "session.h"

namespace lt = logitape;

namespace {

// The bytes of base64 text. Error: text of another form.
std::string bytes_of_base64(const std::string& text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (c == '=') break;
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) throw std::invalid_argument("base64 holds a character that is none of it");
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return bytes;
}

// A folder for one file, as long as it lives. In the browser it is in memory.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "logitape_XXXXXX") {
    std::string pattern = path_.string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("there is no place for a file");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file() const { return (path_ / "file").string(); }

 private:
  std::filesystem::path path_;
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

const std::map<std::string, std::string> bundled = {
    {"digits", "digits.csv"}, {"iris", "iris.csv"}, {"wine", "wine.csv"}};

lt::LoadOptions options_of(const Data& data) {
  return {.label = data.label, .csv = {.decimal = data.decimal, .allow_missing = true, .ignore = data.ignored}};
}

// Reads bytes as a file; sentences name the file as the learner does.
lt::Examples examples_of_bytes(const Data& data, const std::string& bytes) {
  const Folder folder;
  try {
    lt::write_file(folder.file(), bytes);
    lt::Examples read = lt::load_examples(folder.file(), options_of(data));
    for (std::string& note : read.notes) note = replaced(note, folder.file(), data.name);
    read.path = data.name;
    return read;
  } catch (const lt::Error& error) {
    const std::string sentence = error.what() + (error.op().empty() ? 0 : error.op().size() + 2);
    throw std::invalid_argument(replaced(sentence, folder.file(), data.name));
  }
}

std::unique_ptr<Data> data_of(const Request& r) {
  auto data = std::make_unique<Data>();
  data->name = r.text("name", "");
  data->label = r.text("label", "");
  data->ignored = r.texts("ignore");
  const std::string decimal = r.choice("decimal", {"auto", ".", ","});
  data->decimal = decimal == "auto" ? '\0' : decimal[0];
  data->test = r.number("test", 0.2, 0.01, 0.9);
  const auto known = bundled.find(data->name);
  if (r.has("text") && r.has("base64")) throw std::invalid_argument("a file comes as text or as base64, not as both");
  if (r.has("text") || r.has("base64")) {
    if (data->name.empty()) data->name = "your file";
    data->all = examples_of_bytes(*data, r.has("text") ? r.text("text", "") : bytes_of_base64(r.text("base64", "")));
  } else if (known != bundled.end()) {
    data->all = lt::load_examples(LOGITAPE_EXAMPLE_DATA "/" + known->second, options_of(*data));
    data->name = known->second;
  } else {
    throw std::invalid_argument("there is no data set \"" + data->name +
                                "\" here: digits, iris and wine are; another file comes with its text");
  }
  return data;
}

// One input column: its name and kind, and what its cells are like.
Json feature_json(const lt::Examples& e, std::size_t column, const std::vector<double>& cells) {
  const lt::Feature& feature = e.features[column];
  double least = INFINITY, most = -INFINITY, sum = 0;
  std::int64_t known = 0;
  for (std::size_t i = column; i < cells.size(); i += e.features.size()) {
    if (std::isnan(cells[i])) continue;
    least = std::min(least, cells[i]);
    most = std::max(most, cells[i]);
    sum += cells[i];
    ++known;
  }
  Json j = {
      {"name", feature.name}, {"kind", feature.categories.empty() ? "number" : "text"}, {"missing", e.size() - known}};
  if (!feature.categories.empty()) {
    j["categories"] = std::vector<std::string>(
        feature.categories.begin(), feature.categories.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                                     feature.categories.size(), 100)));
  } else {
    j["minimum"] = json_of(least);
    j["maximum"] = json_of(most);
    j["mean"] = json_of(sum / static_cast<double>(known));
  }
  return j;
}

Json features_json(const lt::Examples& e) {
  Json features = Json::array();
  if (e.features.empty() || e.image.rank() > 0) return features;
  const std::vector<double> cells = e.inputs.to_vector<double>();
  for (std::size_t c = 0; c < e.features.size(); ++c) features.push_back(feature_json(e, c, cells));
  return features;
}

// The first rows as they stand in the file, the class behind; of wide rows the first cells.
Json sample_of(const lt::Examples& e) {
  Json rows = Json::array();
  const auto width = static_cast<std::size_t>(e.inputs.size() / e.size());
  for (std::int64_t i = 0; i < std::min<std::int64_t>(5, e.size()); ++i) {
    const std::vector<double> cells = e.inputs[i].to_vector<double>();
    Json row = Json::array();
    for (std::size_t c = 0; c < std::min<std::size_t>(width, 64); ++c) {
      const bool text = c < e.features.size() && !e.features[c].categories.empty() && !std::isnan(cells[c]);
      row.push_back(text ? Json(e.features[c].categories[static_cast<std::size_t>(cells[c])]) : json_of(cells[c]));
    }
    row.push_back(e.classes[static_cast<std::size_t>(e.labels[i].item<double>())]);
    rows.push_back(row);
  }
  return rows;
}

Json classes_json(const lt::Examples& e) {
  Json classes = Json::array();
  const std::vector<std::int64_t> sizes = lt::class_sizes(e);
  for (std::size_t c = 0; c < e.classes.size(); ++c) classes.push_back({{"name", e.classes[c]}, {"rows", sizes[c]}});
  return classes;
}

}  // namespace

Json answer_load(const Json& asked) {
  const Request r(asked, {"name", "text", "base64", "label", "ignore", "decimal", "seed", "test"});
  std::unique_ptr<Data> data = data_of(r);
  lt::Generator rng{static_cast<std::uint64_t>(r.whole("seed", 0, 0, std::int64_t{1} << 53))};
  const lt::Examples& e = data->all;
  const Parts parts(*data, data->test, rng);  // one class alone, or too few rows, are refused here
  const lt::Recipe recipe = lt::recipe_for(parts.prepare, parts.train.size(), parts.prepare.tokenizer ? "text" : "mlp");
  Json image = nullptr;
  if (e.image.rank() > 0) image = std::vector<std::int64_t>(e.image.begin(), e.image.end());
  const Json answer = {{"name", data->name},
                       {"rows", e.size()},
                       {"columns", e.inputs.size() / e.size()},
                       {"label", e.label},
                       {"classes", classes_json(e)},
                       {"features", features_json(e)},
                       {"image", image},
                       {"notes", e.notes},
                       {"train_rows", parts.train.size()},
                       {"test_rows", parts.test.size()},
                       {"recipe", recipe_json(recipe)},
                       {"sample", sample_of(e)}};
  keep(std::move(data));
  return answer;
}
