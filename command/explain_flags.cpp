// Numbers, the loss, and how it is shown.
#include "explain_flags.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "flags.h"

namespace command {
namespace {

void add_input_flags(CLI::App& app, ExplainFlags& f) {
  const auto text = [&](const char* flag, std::string& to, const char* type, const char* what) {
    app.add_option(flag, to, what)->type_name(type)->group("Numbers");
  };
  text("--logits", f.logits, "X ...", "the scores, one a class; several rows with a semicolon between");
  text("--labels", f.labels, "T ...", "the probabilities that the classes should get");
  text("--class", f.classes, "C",
       "in place of --labels: the class that is right, by number from 0 or by name; one a row");
  text("--names", f.names, "NAME ...", "of the classes, blanks or commas between");
  text("--file", f.file, "FILE", "CSV with a column of logits for each class, or .npy of [rows, classes]");
  text("--label", f.label_column, "COLUMN",
       "CSV: the column that names the right class, or has its number (the last; none with --class or --labels)");
  text("--labels-file", f.labels_file, "FILE", ".npy: the right classes, [rows], or labels, [rows, classes]");
  app.add_option("--row", f.row, "which row is told step by step, counted from 0; of a file, that row alone")
      ->capture_default_str()
      ->type_name("N")
      ->group("Numbers");
  app.add_option("--axis", f.axis, "along which the classes are: -1, the last; 0 if each column is a row of its own")
      ->capture_default_str()
      ->type_name("N")
      ->group("Numbers");
}

void add_loss_flags(CLI::App& app, ExplainFlags& f) {
  const auto text = [&](const char* flag, std::string& to, const char* type, const char* what) {
    return app.add_option(flag, to, what)->type_name(type)->group("Loss");
  };
  text("--dtype", f.dtype, "D", "f64, f32, bf16 or f16: how numbers are kept")
      ->check(CLI::IsMember({"f64", "f32", "bf16", "f16"}))
      ->capture_default_str();
  text("--smoothing", f.smoothing, "E", "0 to 1: labels become (1 - E)*t + E/classes (0)");
  text("--temperature", f.temperature, "T", "logits are divided by it (1)");
  text("--weights", f.weights, "W ...", "labels are multiplied by them, one a class (1)");
  text("--mask", f.mask, "C ...", "classes that cannot happen, by number or name");
  text("--reduction", f.reduction, "R", "of several rows' losses: mean, sum or none")
      ->check(CLI::IsMember({"mean", "sum", "none"}))
      ->capture_default_str();
  text("--denominator", f.denominator, "D", "what the mean divides by: count of rows, weights, or batch (first axis)")
      ->check(CLI::IsMember({"count", "weights", "batch"}))
      ->capture_default_str();
  text("--learning-rate", f.learning_rate, "R", "of the one step of descent (1)");
}

void add_show_flags(CLI::App& app, ExplainFlags& f) {
  const char* const group = "Output";
  app.add_flag("--quiz", f.quiz, "asks before it shows, and keeps score")->group(group);
  app.add_option("--break", f.mistake,
                 "plants a mistake and lets the gradient checker find it: sign, missing-mass, missing-lse, factor-n or "
                 "transposed")
      ->check(CLI::IsMember({"sign", "missing-mass", "missing-lse", "factor-n", "transposed"}))
      ->type_name("MISTAKE")
      ->group(group);
  app.add_flag("--json", f.json, "all of it for a program, as one JSON object")->group(group);
  app.add_option("--html", f.page, "all of it as one page with figures, for a browser and for paper")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--width", f.width, "columns, 40 to 120 (those of the terminal; else 80)")
      ->check(whole_number(40, 120))
      ->type_name("N")
      ->group(group);
  add_color_flag(app, f.color);
}

}  // namespace

void add_explain_flags(CLI::App& app, ExplainFlags& f) {
  add_input_flags(app, f);
  add_loss_flags(app, f);
  add_show_flags(app, f);
}

std::vector<std::string> joined_numbers(std::vector<std::string> words) {
  constexpr std::string_view lists[] = {"--logits", "--labels", "--weights", "--class", "--mask"};
  const auto is_number = [](std::string_view word) {
    if (word.starts_with("\xe2\x88\x92")) return true;  // the minus of Unicode
    while (!word.empty() && std::string_view("[(+-.,;").find(word[0]) != std::string_view::npos) {
      if (word.starts_with("--")) return false;
      word.remove_prefix(1);
      if (word.empty()) return true;
    }
    return std::isdigit(static_cast<unsigned char>(word[0])) != 0 || word.starts_with("inf") || word.starts_with("nan");
  };
  std::vector<std::string> all;
  bool in_list = false, has_value = false;
  for (const std::string_view word : words) {
    if (in_list && has_value && is_number(word)) {
      all.back().append(" ").append(word);
      continue;
    }
    has_value = in_list;  // the first word behind the flag is its value, whatever it is
    const std::string_view flag = word.substr(0, word.find('='));
    if (!in_list || all.empty() || word.starts_with("--")) {
      in_list = std::find(std::begin(lists), std::end(lists), flag) != std::end(lists);
      has_value = in_list && flag.size() < word.size();
    }
    all.emplace_back(word);
  }
  return all;
}

}  // namespace command
