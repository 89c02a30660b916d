// logitape export: a classifier for where logitape is not.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

#include "command.h"
#include "flags.h"
#include "standard_input.h"
#include "words.h"

namespace command {
namespace {

constexpr const char* about = R"(Writes a classifier in another form, its preprocessing included.

  logitape export runs/classifier/classifier.safetensors --to header
  logitape export MODEL --to onnx --out flowers.onnx
  logitape export MODEL --to c --int8 --calibrate train.csv --data test.csv

  header   one C++11 header without dependencies: predict(row, probabilities)
  onnx     a graph for onnxruntime and others: an input for each column of a
           table, or one for all; outputs label and probabilities
  c        one file of C99 for boards and programs that are no C++; with
           --int8 in 8-bit integers, without double: a quarter of the bytes.
           Their ranges come from the rows of --calibrate, such as those of
           training: a classifier's file does not hold them, and which rows
           the board will see is for you to say
)";

struct ExportFlags {
  std::string model, to, out, name, calibrate, data;
  bool int8 = false;
};

void check(const ExportFlags& f) {
  if (f.model.empty())
    throw std::invalid_argument("the model is missing: logitape export MODEL --to header, onnx or c");
  if (f.to.empty()) throw std::invalid_argument("--to is missing: the form, header, onnx or c");
  if (f.int8 && f.to != "c") throw std::invalid_argument("--int8 is for --to c, not --to " + f.to);
  if (f.int8 && f.calibrate.empty())
    throw std::invalid_argument("--int8 needs --calibrate FILE: rows such as training had, whose ranges it takes");
  if (!f.int8 && !(f.calibrate.empty() && f.data.empty()))
    throw std::invalid_argument("--calibrate and --data are for --int8");
  if (f.to == "onnx" && !f.name.empty()) throw std::invalid_argument("--name is for --to header and c");
}

// With the labels where the file has them.
lt::Examples rows_of(const lt::Classifier& classifier, const std::string& path, bool& labelled) {
  const auto& prepare = classifier.preprocessing;
  if (!prepare)
    throw std::invalid_argument("the classifier keeps no preprocessing, and \"" + path + "\" cannot be read without");
  try {
    labelled = true;
    return lt::load_examples(readable(path), prepare->how_to_read(true));
  } catch (const lt::Error&) {
    labelled = false;
    return lt::load_examples(readable(path), prepare->how_to_read(false));
  }
}

// What the integers cost, as sentences.
std::string before_and_after(const lt::Classifier& classifier, const lt::Int8Classifier& int8, const ExportFlags& f) {
  bool labelled = false;
  const std::string& path = f.data.empty() ? f.calibrate : f.data;
  const lt::Examples rows = rows_of(classifier, path, labelled);
  const std::vector<std::int64_t> before = classifier.predict(rows).classes, after = int8.classes_of(rows);
  std::int64_t same = 0, right_before = 0, right_after = 0;
  const std::vector<std::int64_t> labels =
      labelled ? (*classifier.preprocessing)(rows).labels.to_vector<std::int64_t>() : before;
  for (std::size_t i = 0; i < before.size(); ++i) {
    same += before[i] == after[i];
    right_before += before[i] == labels[i];
    right_after += after[i] == labels[i];
  }
  const auto percent = [&](std::int64_t count) {
    return 100 * static_cast<double>(count) / static_cast<double>(before.size());
  };
  std::string text;
  if (labelled)
    text = fmt::format("accuracy {:.2f}% in floats, {:.2f}% in 8-bit integers; ", percent(right_before),
                       percent(right_after));
  return text + fmt::format("{} of {} rows of {} get the same class", same, before.size(),
                            std::filesystem::path(path).filename().string());
}

void export_c(const std::string& out, const lt::Classifier& classifier, const ExportFlags& f) {
  lt::COptions options;
  if (!f.name.empty()) options.name = f.name;
  if (!f.int8) return lt::export_c(out, classifier, options);
  bool labelled = false;
  const lt::Int8Classifier int8(classifier, rows_of(classifier, f.calibrate, labelled));
  options.about = before_and_after(classifier, int8, f);
  int8.export_c(out, options);
  std::printf("%s\n", options.about.c_str());
}

int export_as(const ExportFlags& f) {
  check(f);
  const std::string out =
      f.out.empty() ? std::filesystem::path(f.model).replace_extension(f.to == "onnx" ? ".onnx" : ".h").string()
                    : f.out;
  require_other_file("--out", out, {f.model, f.calibrate, f.data});
  const lt::Classifier classifier = lt::Classifier::load(f.model);
  if (f.to == "onnx") lt::export_onnx(out, classifier);
  else if (f.to == "c") export_c(out, classifier, f);
  else if (f.name.empty()) lt::export_header(out, classifier);
  else lt::export_header(out, classifier, {.name = f.name});
  print_written({out});
  return 0;
}

Work add(CLI::App& app) {
  const auto f = std::make_shared<ExportFlags>();
  app.add_option("model,--model", f->model, "what training left")->type_name("MODEL");
  app.add_option("--to", f->to, "the form: header, onnx or c")
      ->check(CLI::IsMember({"header", "onnx", "c"}))
      ->type_name("FORM");
  app.add_option("--out", f->out, "the file (the model's name with another end)")->type_name("FILE");
  app.add_option("--name", f->name, "header, c: the namespace, or what begins every name (classifier)")
      ->type_name("NAME");
  app.add_flag("--int8", f->int8, "c: in 8-bit integers, without double");
  app.add_option("--calibrate", f->calibrate, "--int8: rows such as training had, whose ranges count")
      ->type_name("FILE");
  app.add_option("--data", f->data, "--int8: labelled rows to measure accuracy on (those of --calibrate)")
      ->type_name("FILE");
  return [f](const Call&) { return export_as(*f); };
}

}  // namespace

const Command export_model = {.name = "export",
                              .summary = "a classifier for where logitape is not: a C++ header, C, or ONNX",
                              .about = about,
                              .add_flags = add};

}  // namespace command
