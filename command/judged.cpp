// Tables, figures and text of what was predicted.
#include "judged.h"

#include <algorithm>
#include <cstdio>

namespace command {
namespace {

// By the class that was named, which a threshold may have decided: as if it had all of the probability.
lt::Tensor confusion_of(const Judged& j) {
  const auto classes = static_cast<std::int64_t>(j.prediction.probabilities.shape()[1]);
  const lt::Tensor named =
      lt::from_span(j.prediction.classes, {static_cast<std::int64_t>(j.prediction.classes.size())});
  return lt::confusion_matrix(lt::one_hot(named, classes), j.labels);
}

}  // namespace

double accuracy_of(const Judged& j) {
  const std::vector<std::int64_t> labels = j.labels.to_vector<std::int64_t>();
  std::int64_t right = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) right += j.prediction.classes[row] == labels[row];
  return labels.empty() ? 0 : static_cast<double>(right) / static_cast<double>(labels.size());
}

lt::TrainingReport report_of(const Judged& j, const lt::Classifier& classifier, const std::string& title) {
  lt::TrainingReport r{
      .title = title, .probabilities = j.prediction.probabilities, .labels = j.labels, .classes = classifier.classes()};
  r.numbers = j.numbers;
  r.names = j.rows.files;
  r.predicted = j.prediction.classes;
  const bool image = j.rows.image.rank() > 0;
  if (image) {
    std::vector<std::int64_t> extents{j.rows.size()};
    extents.insert(extents.end(), j.rows.image.begin(), j.rows.image.end());
    r.inputs = lt::reshape(j.rows.inputs, lt::Shape(extents));
  } else if (std::all_of(j.rows.features.begin(), j.rows.features.end(),
                         [](const auto& f) { return f.categories.empty(); })) {
    r.inputs = j.rows.inputs;  // text would appear as places among its categories
    for (const lt::Feature& f : j.rows.features) r.features.push_back(f.name);
  }
  return r;
}

lt::Table judged_table(const Judged& j, const lt::Classifier& classifier) {
  lt::Table table = lt::prediction_table(j.prediction, classifier.classes());
  lt::Column row{.name = "row", .values = {}, .categories = {}};
  std::vector<std::string> truth;
  for (const std::int64_t label : j.labels.to_vector<std::int64_t>()) {
    row.values.push_back(static_cast<double>(j.numbers[truth.size()]));
    truth.push_back(classifier.classes()[static_cast<std::size_t>(label)]);
  }
  const lt::Column place = j.rows.files.empty() ? row : lt::text_column("file", j.rows.files);
  table.columns.insert(table.columns.begin(), {place, lt::text_column("class", truth)});
  return table;
}

std::vector<std::string> write_figures(const std::string& folder, const std::vector<lt::Epoch>& history,
                                       const Judged& j, const lt::Classifier& classifier) {
  std::vector<std::string> paths;
  const auto put = [&](const char* name, const std::string& text) {
    paths.push_back(folder + "/" + name);
    lt::write_file(paths.back(), text);
  };
  if (!history.empty()) {
    put("loss.svg", svg(lt::loss_chart(history, "loss")));
    put("accuracy.svg", svg(lt::accuracy_chart(history, "accuracy")));
  }
  put("confusion.svg", svg(lt::confusion_map(confusion_of(j), "which are taken for which", classifier.classes())));
  lt::ReliabilityDiagram diagram = lt::reliability_diagram(j.prediction.probabilities, j.labels);
  diagram.title = "right against sure";
  put("reliability.svg", svg(diagram));
  put("roc.svg", svg(lt::roc_chart(lt::roc_curves(j.prediction.probabilities, j.labels), "each class against the rest",
                                   classifier.classes())));
  put("precision_recall.svg",
      svg(lt::precision_recall_chart(lt::precision_recall_curves(j.prediction.probabilities, j.labels),
                                     "precision against recall", classifier.classes())));
  return paths;
}

void print_result(const Judged& j, const lt::Classifier& classifier, const lt::Terminal& terminal) {
  const lt::Tensor confusion = confusion_of(j);
  const std::string text =
      lt::confusion_text(confusion, terminal, classifier.classes()) + "\n" +
      lt::scores_text(lt::class_scores(confusion), lt::roc_curves(j.prediction.probabilities, j.labels),
                      classifier.classes(), 20);
  std::fputs(text.c_str(), stdout);
}

}  // namespace command
