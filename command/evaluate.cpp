// logitape evaluate: what a classifier is worth on rows whose classes are known.
#include <cstdio>
#include <memory>

#include "command.h"
#include "flags.h"
#include "insight.h"
#include "judged.h"
#include "pictures.h"
#include "use.h"

namespace command {
namespace {

constexpr const char* about = R"(Says how often a classifier is right, on rows whose classes are known.

  logitape evaluate runs/classifier/classifier.safetensors more.csv
  logitape evaluate MODEL more.csv --out judged
  logitape evaluate MODEL photos/          a folder a class; of a split its test/

The file is read as the training file was read, with the same flags, unless you
give others; only weights are asked for each time, by --weight-column: without
it every row counts as one. With --out it leaves report.html, the figures, and predictions.csv
in that folder.
)";

int evaluate_as(UseFlags f) {
  require_named(f, "evaluate");
  if (!f.out.empty()) require_outside("--out", f.out, f.data.path);
  const std::string title = title_of(f.data.path);
  f.data.path = part_to_judge(f.data.path);
  const std::string page_file = f.out + "/report.html", table_file = f.out + "/predictions.csv";
  if (!f.out.empty())
    for (const std::string& path : {page_file, table_file})
      require_other_file("--out", path, {f.data.path, f.data.labels_file, f.model});
  const lt::Classifier classifier = classifier_of(f);
  const lt::Examples rows = examples_of_file(f.data, how_to_read(classifier, f.data, true));
  const Judged judged = of_rows(f.data.path, [&]() -> Judged {
    return {rows, row_numbers(rows), classifier.predict(rows), (*classifier.preprocessing)(rows).labels};
  });
  print_facts(data_facts(f.data, rows));
  print_facts(new_texts(rows, *classifier.preprocessing));
  print_facts({{"device", lt::kind_of(f.device)}});
  print_score(judged, classifier, count(rows.size(), "row"));
  std::printf("\n");
  print_result(judged, classifier, terminal(f.color));
  if (f.out.empty()) return 0;
  for (const std::string& path : {page_file, table_file}) lt::check_writable(path);
  lt::TrainingReport report = report_of(judged, classifier, title);
  report.data = data_facts(f.data, rows);
  report.importance = importance_of(judged, classifier);
  report.settings = {{"model", f.model},
                     {"task", std::string(lt::name(classifier.task()))},
                     {"architecture", classifier.architecture()},
                     {"device", lt::kind_of(f.device)}};
  lt::write_file(page_file, lt::html(report));
  lt::write_csv(table_file, judged_table(judged, classifier));
  std::vector<std::string> written = {page_file, table_file};
  for (std::string& path : write_figures(f.out, {}, judged, classifier)) written.push_back(std::move(path));
  print_written(written);
  return 0;
}

Work add(CLI::App& app) {
  const auto f = std::make_shared<UseFlags>();
  add_use_flags(app, *f, "a folder for the page, the figures and the predictions", "DIR");
  return [f](const Call&) { return evaluate_as(*f); };
}

}  // namespace

const Command evaluate = {
    .name = "evaluate", .summary = "the accuracy on rows whose classes are known", .about = about, .add_flags = add};

}  // namespace command
