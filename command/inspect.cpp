// logitape inspect: what is in a file, whichever it is of those that are read here; of a model, its card.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "command.h"
#include "flags.h"
#include "pictures.h"
#include "standard_input.h"
#include "words.h"

namespace command {
namespace {

constexpr const char* about = R"(Says what is in a file.

  logitape inspect flowers.csv                 rows, and each column's values
  logitape inspect t10k-images-idx3-ubyte.gz   arrays: dtype, shape, range
  logitape inspect classifier.safetensors      a model's card: what it takes, what
                                               it tells, how it was prepared
  logitape inspect photos/                     classes, pictures, their sizes
  logitape inspect cat.jpg                     a picture

Files are CSV, IDX, .npy, .npz and safetensors, the first four also packed by
gzip, and pictures PNG and JPEG. A file that is something else is called by its name.
)";

using Rows = std::vector<std::vector<std::string>>;

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", x);
  return text;
}

// "0 to 255, mean 33.3; 2 NaN"
std::string range_of(const std::vector<double>& values) {
  double least = HUGE_VAL, most = -HUGE_VAL, sum = 0;
  std::int64_t finite = 0, missing = 0;
  for (const double x : values) {
    if (x != x) ++missing;
    if (!std::isfinite(x)) continue;
    least = std::min(least, x), most = std::max(most, x), sum += x, ++finite;
  }
  const auto infinite = static_cast<std::int64_t>(values.size()) - finite - missing;
  std::string text =
      finite == 0 ? "no finite number"
                  : number(least) + " to " + number(most) + ", mean " + number(sum / static_cast<double>(finite));
  if (infinite > 0) text += ", " + std::to_string(infinite) + " infinite";
  return text;
}

std::string missing_of(const std::vector<double>& values) {
  return std::to_string(std::count_if(values.begin(), values.end(), [](double x) { return x != x; }));
}

// "3 texts: setosa 50, versicolor 50, virginica 50"; of many the most frequent five
std::string texts_of(const lt::Column& column) {
  std::vector<std::pair<std::int64_t, std::size_t>> counts;
  for (std::size_t c = 0; c < column.categories.size(); ++c) counts.push_back({0, c});
  for (const double x : column.values)
    if (x == x) --counts[static_cast<std::size_t>(x)].first;
  std::sort(counts.begin(), counts.end());
  std::string text = count(static_cast<std::int64_t>(counts.size()), "text") + ": ";
  for (std::size_t i = 0; i < std::min<std::size_t>(counts.size(), 5); ++i)
    text += (i == 0 ? "" : ", ") + column.categories[counts[i].second] + " " + std::to_string(-counts[i].first);
  return counts.size() > 5 ? text + ", ..." : text;
}

void show_table(const Fact& called, const std::string& file) {
  const lt::Table table = lt::read_csv(file, {.allow_missing = true, .progress = lt::show_reading(stderr)});
  std::vector<Fact> facts = {called,
                             {"format", "CSV"},
                             {"rows", std::to_string(table.rows())},
                             {"columns", std::to_string(table.columns.size())}};
  for (const std::string& note : table.notes) facts.push_back({"note", note});
  print_facts(facts);
  Rows rows = {{"column", "kind", "missing", "values"}};
  for (const lt::Column& c : table.columns)
    rows.push_back({c.name, c.is_text() ? "text" : "number", missing_of(c.values),
                    c.is_text() ? texts_of(c) : range_of(c.values)});
  std::printf("\n");
  print_rows(rows);
}

void show_arrays(const Fact& called, const char* format, const std::vector<lt::NamedTensor>& arrays) {
  std::int64_t numbers = 0, bytes = 0;
  Rows rows = {{"array", "dtype", "shape", "missing", "values"}};
  for (const auto& [name, array] : arrays) {
    numbers += array.size();
    bytes += array.size() * static_cast<std::int64_t>(lt::byte_size(array.dtype()));
    const std::vector<double> values = array.to(lt::DType::f64).to_vector<double>();
    rows.push_back({name, std::string(lt::name(array.dtype())), to_string(array.shape()), missing_of(values),
                    values.empty() ? "" : range_of(values)});
  }
  print_facts({called,
               {"format", format},
               {"arrays", std::to_string(arrays.size())},
               {"numbers", std::to_string(numbers) + ", " + std::to_string(bytes) + " bytes"}});
  std::printf("\n");
  print_rows(rows);
}

void show_metadata(const lt::Metadata& metadata) {
  if (metadata.empty()) return;
  std::printf("\n");
  for (const auto& [name, value] : metadata) {
    const std::string shown = value.size() > 200 ? value.substr(0, 200) + "..." : value;
    std::printf("%s: %s\n", lt::printable(name).c_str(), lt::printable(shown).c_str());
  }
}

// What a classifier takes and tells.
void show_card(const Fact& called, const std::string& file) {
  const lt::Classifier classifier = lt::Classifier::load(file);
  std::int64_t weights = 0;
  for (const lt::Parameter& p : lt::Classifier(classifier).model().named_parameters()) weights += p.value.size();
  std::vector<Fact> facts = {called,
                             {"format", "a classifier of logitape, in safetensors"},
                             {"model", classifier.architecture()},
                             {"weights", std::to_string(weights)},
                             {"task", std::string(lt::name(classifier.task()))}};
  const bool by_class = classifier.task() == lt::Task::classes;
  if (by_class) facts.push_back({"temperature", number(classifier.temperature())});
  if (classifier.threshold)
    facts.push_back(
        {"threshold", number(*classifier.threshold) + ", from which on a row is " + classifier.classes()[1]});
  std::string classes;
  const auto& p = classifier.preprocessing;
  for (std::size_t c = 0; c < classifier.classes().size(); ++c)
    classes += (c == 0 ? "" : ", ") + classifier.classes()[c] +
               (p && c < p->class_sizes.size() ? " " + std::to_string(p->class_sizes[c]) : "");
  for (std::size_t k = 0; k < classifier.thresholds.size(); ++k)
    facts.push_back({"threshold", number(classifier.thresholds[k]) + " of " + classifier.classes()[k]});
  if (classifier.task() == lt::Task::regression)
    facts.push_back({"target", "output * " + number(p->target.scale) + " + " + number(p->target.offset)});
  else
    facts.push_back(
        {by_class ? "classes" : "labels", classes + (p && !p->class_sizes.empty() ? " (rows in training)" : "")});
  if (!p) facts.push_back({"rows", "as they are: it has no preprocessing"});
  if (p && !p->label.empty()) facts.push_back({by_class ? "class is" : "target is", p->label});
  if (p && !p->image.empty()) facts.push_back({"rows", "images " + to_string(lt::Shape(p->image))});
  else if (p && p->tokenizer) facts.push_back({"rows", "free text in one column"});
  else if (p && !p->from_table) facts.push_back({"rows", "arrays " + to_string(lt::Shape(p->row))});
  print_facts(facts);
  if (!p || !p->from_table || p->columns.empty()) return;
  Rows rows = {{"column", "kind", "prepared"}};
  for (const lt::PreparedColumn& c : p->columns) {
    std::string texts;
    for (std::size_t i = 0; i < std::min<std::size_t>(c.categories.size(), 8); ++i)
      texts += (i == 0 ? "" : ", ") + (c.categories[i].empty() ? "(missing)" : c.categories[i]);
    if (c.categories.size() > 8) texts += ", ... " + std::to_string(c.categories.size()) + " texts";
    rows.push_back({c.name, c.categories.empty() ? "number" : "text",
                    c.categories.empty()
                        ? "(x - " + number(c.offset) + ") / " + number(c.scale) + "; missing: " + number(c.mean)
                        : texts});
  }
  std::printf("\n");
  print_rows(rows);
}

int inspect_file(const std::string& typed) {
  if (typed.empty()) throw std::invalid_argument("the file is missing: logitape inspect FILE");
  const std::string file = readable(typed);
  const Fact called{"file", displayed(typed)};
  if (std::error_code unknown; std::filesystem::is_directory(file, unknown)) {
    show_folder({"folder", typed}, file);
    return 0;
  }
  switch (lt::format_of("inspect", file)) {
    case lt::FileFormat::csv: show_table(called, file); break;
    case lt::FileFormat::picture: show_picture(called, file); break;
    case lt::FileFormat::idx: show_arrays(called, "IDX", {{"", lt::load_idx(file)}}); break;
    case lt::FileFormat::npy: show_arrays(called, ".npy", {{"", lt::load_npy(file)}}); break;
    case lt::FileFormat::npz: show_arrays(called, ".npz", lt::load_npz(file)); break;
    case lt::FileFormat::safetensors: {
      const lt::Safetensors read = lt::load_safetensors(file);
      if (read.metadata.contains("logitape.classifier")) {
        show_card(called, file);
        break;
      }
      show_arrays(
          called,
          read.metadata.contains("logitape.checkpoint") ? "a checkpoint of logitape, in safetensors" : "safetensors",
          read.tensors);
      show_metadata(read.metadata);
    }
  }
  return 0;
}

Work add(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  app.add_option("file", *file, "the file; - is standard input")->type_name("FILE");
  return [file](const Call&) { return inspect_file(*file); };
}

}  // namespace

const Command inspect = {
    .name = "inspect", .summary = "what is in a file; of a model, its card", .about = about, .add_flags = add};

}  // namespace command
