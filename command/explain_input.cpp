// Typed numbers, a row of a table, a row of an array.
#include "explain_input.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace command {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + lt::printable(text) + "\""; }

// The words between blanks and commas.
std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::string_view(" ,;\t\n[]()").find(c) == std::string_view::npos) words.back() += c;
    else if (!words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// A class by its name or number. `classes` are the names; without names there are so many.
std::int64_t class_number(std::string_view flag, const std::string& word, const std::vector<std::string>& names,
                          std::int64_t classes) {
  const auto found = std::find(names.begin(), names.end(), word);
  if (found != names.end()) return found - names.begin();
  std::int64_t number = -1;
  const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && rest == word.data() + word.size() && number >= 0 && number < classes) return number;
  const std::string range = "0 to " + std::to_string(classes - 1);
  if (error == std::errc::result_out_of_range || (error == std::errc() && rest == word.data() + word.size()))
    throw std::invalid_argument(std::string(flag) + ": there is no class " + word + ": " + std::to_string(classes) +
                                " logits are classes " + range);
  std::string known;
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 8); ++i) known += (i > 0 ? ", " : "") + names[i];
  throw std::invalid_argument(std::string(flag) + ": " + in_quotes(word) + " is no class: write a number, " + range +
                              (names.empty() ? ", or name the classes with --names"
                                             : ", or a name: " + known + (names.size() > 8 ? ", ..." : "")));
}

double option_number(const char* flag, const std::string& text, double otherwise) {
  if (text.empty()) return otherwise;
  if (const auto value = lt::typed_number(text)) return *value;
  throw std::invalid_argument(std::string(flag) + " needs a number, as 0.5, not " + in_quotes(text));
}

// How many classes and rows there are, whatever the axis; axes that do not exist are explain()'s to refuse.
std::int64_t classes_of(const lt::Tensor& logits, std::int64_t axis) {
  const int rank = logits.rank();
  const std::int64_t at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < rank ? logits.shape()[static_cast<int>(at)] : logits.size();
}

void read_typed_labels(const ExplainFlags& f, ExplainInput& in) {
  const std::int64_t classes = classes_of(in.logits, in.options.axis), rows = in.logits.size() / classes;
  if (!f.classes.empty()) {
    std::vector<std::int64_t> all;
    for (const std::string& word : words_in(f.classes))
      if (word != "class") all.push_back(class_number("--class", word, in.options.classes, classes));
    if (static_cast<std::int64_t>(all.size()) != rows)
      throw std::invalid_argument("--class names " + std::to_string(all.size()) + " classes for " +
                                  std::to_string(rows) + (rows == 1 ? " row" : " rows") +
                                  " of logits: each row has one class that is right");
    in.labels = in.logits.rank() == 1 ? lt::from_span(all, {}) : lt::from_span(all, {rows});
    return;
  }
  in.labels = lt::typed_numbers(f.labels, "the labels");
  if (in.labels.size() == 1 && in.logits.size() > 1)
    throw std::invalid_argument("--labels has 1 number for " + std::to_string(in.logits.size()) +
                                " logits: each class has a label, as in 1 0 0. If it is the number of the right "
                                "class, write --class " +
                                f.labels);
  if (in.labels.size() != in.logits.size())
    throw std::invalid_argument("--labels has " + std::to_string(in.labels.size()) + " numbers for " +
                                std::to_string(in.logits.size()) +
                                " logits: each logit has one label. (A comma stands between numbers; fractions have a "
                                "point, as 0.5.)");
  if (in.labels.shape() != in.logits.shape()) in.labels = lt::reshape(in.labels, in.logits.shape());
}

// One row of a table: its columns of numbers are logits, but for the label's.
void read_csv_row(const ExplainFlags& f, ExplainInput& in) {
  const bool typed = !f.classes.empty() || !f.labels.empty();
  const bool labelled = !typed || !f.label_column.empty();
  const lt::Table table = lt::read_csv(f.file, labelled ? lt::CsvOptions{.classes = f.label_column} : lt::CsvOptions{});
  if (f.row < 0 || f.row >= table.rows())
    throw std::invalid_argument("--row " + std::to_string(f.row) + ": " + in_quotes(f.file) + " has " +
                                std::to_string(table.rows()) + " rows, counted from 0");
  const std::size_t place = labelled ? table.place_of(f.label_column) : table.columns.size(),
                    row = static_cast<std::size_t>(f.row);
  std::vector<double> logits;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const lt::Column& column = table.columns[c];
    if (c == place) continue;
    if (column.is_text())
      throw std::invalid_argument("column " + in_quotes(column.name) + " of " + in_quotes(f.file) +
                                  " is text: every column but that of the label is the logits of a class");
    logits.push_back(column.values[row]);
    in.options.classes.push_back(column.name);
  }
  const auto classes = static_cast<std::int64_t>(logits.size());
  if (classes < 2)
    throw std::invalid_argument(in_quotes(f.file) + " has " + std::to_string(classes) +
                                (classes == 1 ? " column" : " columns") + " of logits" +
                                (labelled ? " beside the label" : "") +
                                ": with one class its probability is always 1, and there is nothing to learn. Give a "
                                "column for each of two or more classes");
  if (const auto named = static_cast<std::int64_t>(table.class_names.size()); named > 0 && named != classes)
    throw std::invalid_argument(
        in_quotes(f.file) + " has " + std::to_string(classes) + " columns of numbers for " + std::to_string(named) +
        " classes: they describe its rows and are no logits. A model makes logits of them, one a "
        "class");
  in.logits = lt::from_span(logits, {classes});
  in.options.row = 0;
  if (typed) return read_typed_labels(f, in);
  const std::string label = table.columns[place].text(row);
  const auto found = std::find(in.options.classes.begin(), in.options.classes.end(), label);
  const auto number = lt::typed_number(label);
  const bool is_place =
      number && *number == std::floor(*number) && *number >= 0 && *number < static_cast<double>(classes);
  if (found == in.options.classes.end() && !is_place)
    throw std::invalid_argument("row " + std::to_string(f.row) + " of " + in_quotes(f.file) + " has the label " +
                                in_quotes(label) + " in column " + in_quotes(table.columns[place].name) +
                                ", which is neither a column of logits nor a number from 0 to " +
                                std::to_string(classes - 1) +
                                ": the file has a column of logits for each class, and the label names one of them");
  const std::int64_t right =
      found != in.options.classes.end() ? found - in.options.classes.begin() : static_cast<std::int64_t>(*number);
  in.labels = lt::from_span(std::vector<std::int64_t>{right}, {});
}

void read_npy_row(const ExplainFlags& f, ExplainInput& in) {
  const auto row_of = [&](const std::string& path, bool labels) {
    lt::Tensor all = lt::load_npy(path);
    if (labels && all.rank() == 1 && all.size() > 1 && lt::is_index(all.dtype())) {
      if (f.row < all.size()) return all[f.row];
    } else if (all.rank() == 1) return all;
    if (all.rank() != (labels && lt::is_index(all.dtype()) ? 1 : 2))
      throw std::invalid_argument(in_quotes(path) + " has the shape " + to_string(all.shape()) +
                                  ": logits are [rows, classes], class indices [rows]");
    if (f.row >= all.shape()[0])
      throw std::invalid_argument("--row " + std::to_string(f.row) + ": " + in_quotes(path) + " has " +
                                  std::to_string(all.shape()[0]) + " rows, counted from 0");
    return all[f.row];
  };
  in.logits = row_of(f.file, false).to(lt::DType::f64);
  in.options.row = 0;
  if (!f.labels_file.empty()) {
    in.labels = row_of(f.labels_file, true);
    return;
  }
  if (f.classes.empty() && f.labels.empty())
    throw std::invalid_argument("which class is right? Give --class, --labels or --labels-file beside " +
                                in_quotes(f.file));
  read_typed_labels(f, in);
}

}  // namespace

ExplainInput input_of(const ExplainFlags& f) {
  ExplainInput in;
  lt::ExplainOptions& o = in.options;
  o.axis = f.axis;
  o.row = f.row;
  if (f.row < 0) throw std::invalid_argument("--row counts from 0: " + std::to_string(f.row) + " is no row");
  o.classes = words_in(f.names);
  if (!f.classes.empty() && !f.labels.empty())
    throw std::invalid_argument("--class and --labels say the same in two ways: give one of them");
  if (!f.file.empty() && !f.logits.empty())
    throw std::invalid_argument("--file and --logits are two sources of logits: give one of them");
  if (f.file.empty() && (!f.label_column.empty() || !f.labels_file.empty()))
    throw std::invalid_argument("--label and --labels-file belong to a --file of logits");
  if (!f.file.empty()) {
    const bool npy = f.file.ends_with(".npy") || f.file.ends_with(".npy.gz");
    npy ? read_npy_row(f, in) : read_csv_row(f, in);
  } else if (f.logits.empty() && f.labels.empty() && f.classes.empty()) {
    in.logits = lt::tensor({4.0, 2.0, 1.0});
    in.labels = lt::tensor({1.0, 0.0, 0.0});
  } else {
    if (f.logits.empty()) throw std::invalid_argument("--logits is missing: the scores of the classes, as in 4 2 1");
    if (f.labels.empty() && f.classes.empty())
      throw std::invalid_argument(
          "which class is right? Give --class 0, or a label for each class: --labels \"1 0 0\"");
    in.logits = lt::typed_numbers(f.logits, "the logits");
    if (in.logits.rank() == 2 && in.logits.shape()[1] == 1 && f.axis == -1 && in.logits.size() > 1)
      throw std::invalid_argument(
          "each row of the logits has one number: a semicolon ends a row, and blanks or commas "
          "stand between the numbers of a row");
    read_typed_labels(f, in);
  }
  const std::int64_t classes = classes_of(in.logits, o.axis);
  o.dtype = f.dtype == "f64"    ? lt::DType::f64
            : f.dtype == "f32"  ? lt::DType::f32
            : f.dtype == "bf16" ? lt::DType::bf16
                                : lt::DType::f16;
  o.label_smoothing = option_number("--smoothing", f.smoothing, 0);
  o.temperature = option_number("--temperature", f.temperature, 1);
  o.learning_rate = option_number("--learning-rate", f.learning_rate, 1);
  if (!f.weights.empty()) o.class_weights = lt::typed_numbers(f.weights, "the weights").to_vector();
  for (const std::string& word : words_in(f.mask))
    o.masked_classes.push_back(class_number("--mask", word, o.classes, classes));
  o.reduction = f.reduction == "mean"  ? lt::Reduction::mean
                : f.reduction == "sum" ? lt::Reduction::sum
                                       : lt::Reduction::none;
  o.denominator = f.denominator == "count"     ? lt::Denominator::count
                  : f.denominator == "weights" ? lt::Denominator::weights
                                               : lt::Denominator::batch;
  return in;
}

}  // namespace command
