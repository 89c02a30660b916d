// Labels of which a row has any: each one's scores, and precision against recall.
#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/multilabel.h"
#include "logitape/train/see/detail/html.h"
#include "logitape/train/see/detail/task_parts.h"
#include "logitape/train/see/detail/text_canvas.h"
#include "logitape/train/see/figure.h"
#include "logitape/train/see/text_figure.h"

namespace logitape::inline v0::train {
namespace {

std::vector<std::string> label_row(const std::string& name, const ClassScore& s, const std::string& area) {
  const auto shown = [&](double part) { return s.occurs() ? percent(part) : "-"; };
  return {name, shown(s.precision), shown(s.recall), shown(s.f1), area, fmt::format("{:.6g}", s.members)};
}

}  // namespace

TaskParts parts_of_labels(const char* op, const TrainingReport& r) {
  const MultilabelScores scores = multilabel_scores(r.decided, r.labels, r.weights);
  const std::vector<PrecisionRecallCurve> curves = label_curves(r.probabilities, r.labels);
  std::vector<std::string> names = r.classes;
  for (std::size_t k = 0; r.classes.empty() && k < curves.size(); ++k) names.push_back(std::to_string(k));
  require(names.size() == curves.size(), op, "{} names are given for {} labels", names.size(), curves.size());
  std::vector<std::vector<std::string>> rows;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const double area = curves[k].average_precision;
    rows.push_back(label_row(names[k], scores.labels[k], area == area ? fmt::format("{:.4f}", area) : "-"));
  }
  rows.push_back(label_row("mean", scores.macro, ""));
  rows.push_back(label_row("all together", scores.micro, ""));
  LineChart chart = precision_recall_chart(curves, "Precision against recall", names);
  chart.width = 470;
  TaskParts parts;
  parts.headline = {{"micro F1", percent(scores.micro.f1)},
                    {"macro F1", percent(scores.macro.f1)},
                    {"all labels right", percent(scores.subset_accuracy)},
                    {"Hamming loss", percent(scores.hamming_loss)},
                    {"rows held out", std::to_string(r.labels.shape()[0])}};
  parts.html = section(
      "Labels",
      table({"label", "precision", "recall", "F1", "AP", "rows"}, rows, 2) +
          "<p>Precision: of the rows said to have the label, those that have it. Recall: of the rows that have it, "
          "those said so. F1: their harmonic mean. AP: the average precision over all thresholds.</p>\n" +
          figures({figure(svg(chart), "From the left, as the threshold falls. Up and right is better.")}));
  parts.text = labels_text(scores, curves, names) + "\n";
  return parts;
}

}  // namespace logitape::inline v0::train
