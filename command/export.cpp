// logitape export: a classifier for where logitape is not.
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "command.h"
#include "flags.h"
#include "words.h"

namespace command {
namespace {

constexpr const char* about = R"(Writes a classifier in another form, its preprocessing included.

  logitape export runs/classifier/classifier.safetensors --to header
  logitape export MODEL --to onnx --out flowers.onnx

  header   one C++11 header without dependencies: predict(row, probabilities)
  onnx     a graph for onnxruntime and others: an input for each column of a
           table, or one for all; outputs label and probabilities
)";

struct ExportFlags {
  std::string model, to, out;
};

int export_as(const ExportFlags& f) {
  if (f.model.empty()) throw std::invalid_argument("the model is missing: logitape export MODEL --to header or onnx");
  if (f.to.empty()) throw std::invalid_argument("--to is missing: the form, header or onnx");
  const std::string out =
      f.out.empty() ? std::filesystem::path(f.model).replace_extension(f.to == "onnx" ? ".onnx" : ".h").string()
                    : f.out;
  require_other_file("--out", out, {f.model});
  const lt::Classifier classifier = lt::Classifier::load(f.model);
  f.to == "onnx" ? lt::export_onnx(out, classifier) : lt::export_header(out, classifier);
  print_written({out});
  return 0;
}

Work add(CLI::App& app) {
  const auto f = std::make_shared<ExportFlags>();
  app.add_option("model,--model", f->model, "what training left")->type_name("MODEL");
  app.add_option("--to", f->to, "the form: header or onnx")
      ->check(CLI::IsMember({"header", "onnx"}))
      ->type_name("FORM");
  app.add_option("--out", f->out, "the file (the model's name with another end)")->type_name("FILE");
  return [f](const Call&) { return export_as(*f); };
}

}  // namespace

const Command export_model = {.name = "export",
                              .summary = "a classifier for where logitape is not: a C++ header, or ONNX",
                              .about = about,
                              .add_flags = add};

}  // namespace command
