// logitape predict: the classes of rows that have none.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "command.h"
#include "flags.h"
#include "use.h"

namespace command {
namespace {

constexpr const char* about = R"(Says the class of each row of a file, and how sure it is of every class.

  logitape predict runs/classifier/classifier.safetensors new.csv
  logitape predict MODEL new.csv --format jsonl --out predictions.jsonl
  head -1000 rows.csv | logitape predict MODEL - | head
  logitape predict MODEL photos/           every picture in it, by its file
  logitape predict MODEL cat.jpg

The file is read as the training file was read, with the same flags, unless you
give others: --header, --separator, --decimal, --text, --missing,
--missing-values; columns that training lacked, and those of --ignore, are
skipped. The answer has a line for each row, in their order: the class, and the
probability of each class. What is doubtful about the rows is said on stderr.
)";

// An array that is a table by itself has the classes in the last column; new rows may have them there too.
lt::Examples without_labels(lt::Examples rows, const lt::Classifier& classifier) {
  const lt::Tensor& x = rows.inputs;
  const auto& p = classifier.preprocessing;
  if (p && !p->from_table && p->row.size() == 1 && x.rank() == 2 && x.shape()[1] == p->row[0] + 1)
    rows.inputs = lt::slice(x, {0, 0}, {-1, p->row[0]});
  return rows;
}

// Pictures by the names of their files, which need not be rows of anything.
lt::Table table_of(const lt::Prediction& said, const lt::Classifier& classifier, const lt::Examples& rows) {
  lt::Table table = lt::prediction_table(said, classifier.classes());
  if (!rows.files.empty()) table.columns.insert(table.columns.begin(), lt::text_column("file", rows.files));
  return table;
}

int predict_as(const UseFlags& f) {
  require_named(f, "predict");
  std::error_code no_such_file;
  if (!f.out.empty() && std::filesystem::equivalent(f.out, f.data.path, no_such_file))
    throw std::invalid_argument("--out and --data are the same file, \"" + f.out +
                                "\": the predictions would replace the rows");
  if (!f.out.empty()) require_other_file("--out", f.out, {f.model});
  const lt::Classifier classifier = classifier_of(f);
  lt::Examples rows = without_labels(examples_of_file(f.data, how_to_read(classifier, f.data, false)), classifier);
  if (f.data.path == "-" && !rows.files.empty()) rows.files[0] = displayed(f.data.path);
  if (!rows.files.empty())  // which picture is left out, and why
    for (const std::string& note : rows.notes) std::fprintf(stderr, "note: %s\n", lt::printable(note).c_str());
  const lt::Prediction said = of_rows(f.data.path, [&] { return classifier.predict(rows); });
  if (classifier.preprocessing)
    for (const auto& [name, value] : new_texts(rows, *classifier.preprocessing))  // printed beside the table, not in it
      std::fprintf(stderr, "%s: %s\n", name.c_str(), lt::printable(value).c_str());
  const std::string text = f.format == "jsonl" ? lt::prediction_lines(said, classifier.classes(), rows.files)
                                               : lt::csv_text(table_of(said, classifier, rows));
  if (f.out.empty()) {
    std::fputs(text.c_str(), stdout);
  } else {
    lt::write_file(f.out, text);
    print_written({f.out});
  }
  return 0;
}

Work add(CLI::App& app) {
  const auto f = std::make_shared<UseFlags>();
  add_use_flags(app, *f, "where the predictions go; without it, to the terminal", "FILE");
  app.add_option("--format", f->format, "csv, or jsonl: a JSON object a line")
      ->check(CLI::IsMember({"csv", "jsonl"}))
      ->capture_default_str()
      ->type_name("FORMAT")
      ->group("Output");
  return [f](const Call&) { return predict_as(*f); };
}

}  // namespace

const Command predict = {
    .name = "predict", .summary = "the classes of rows that have none", .about = about, .add_flags = add};

}  // namespace command
