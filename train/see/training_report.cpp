// The page and its text, from the top: the result in a few numbers, the training, the classes, how far the
// probabilities can be believed, the hardest rows, and what it was made with.
#include "logitape/train/see/training_report.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/see/detail/html.h"
#include "logitape/train/see/detail/task_parts.h"
#include "logitape/train/see/detail/text_canvas.h"
#include "logitape/train/see/figure.h"
#include "logitape/train/see/text_figure.h"

namespace logitape::inline v0 {
namespace {

using train::HeldOut;
using train::percent;
using Facts = std::vector<TrainingReport::Fact>;

constexpr double figure_width = 470;  // two fit beside each other on a wide screen; readable when shrunk to a phone's

std::string area_text(double area) { return std::isnan(area) ? "-" : fmt::format("{:.4f}", area); }

// What was held out where the task is not classes; empty if nothing was, or if it is.
train::TaskParts task_parts(const char* op, const TrainingReport& r, const Terminal& terminal) {
  if (r.task == Task::classes || !r.labels.defined()) return {};
  return r.task == Task::multilabel ? train::parts_of_labels(op, r) : train::parts_of_numbers(op, r, terminal);
}

std::optional<HeldOut> classes_held_out(const char* op, const TrainingReport& r) {
  return r.task == Task::classes ? train::held_out(op, r) : std::nullopt;
}

bool has_accuracy(const TrainingReport& r) {
  return r.task == Task::classes ||
         std::ranges::any_of(r.history, [](const Epoch& e) { return e.accuracy == e.accuracy; });
}

// The result in a few numbers.
Facts headline(const TrainingReport& r, const std::optional<HeldOut>& h, Facts facts) {
  if (h) {
    facts.push_back({"held out, right", percent(h->scores.accuracy)});
    facts.push_back({"mean F1", percent(h->scores.macro.f1)});
    facts.push_back({"mean area", area_text(h->mean_area())});
    facts.push_back({"calibration error", percent(expected_calibration_error(h->reliability))});
    facts.push_back({"rows held out", std::to_string(h->rows())});
  }
  if (!r.history.empty()) {
    const double seconds = r.history.back().seconds;
    facts.push_back({"epochs", std::to_string(r.history.size())});
    facts.push_back({"seconds", seconds < 10 ? fmt::format("{:.2g}", seconds)
                                             : fmt::format("{:.{}f}", seconds, seconds < 100 ? 1 : 0)});
  }
  return facts;
}

std::string tiles(const Facts& facts) {
  std::string text = "<dl class=\"tiles\">\n";
  for (const auto& [name, value] : facts) text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
  return text + "</dl>\n";
}

std::string svg_of(LineChart chart) {
  chart.width = figure_width;
  return svg(chart);
}

std::string history_section(const TrainingReport& r) {
  std::vector<std::string> shown = {
      train::figure(svg_of(loss_chart(r.history, "Loss by epoch")),
                    r.task == Task::classes ? "How much the true classes surprised it: lower is better."
                                            : "Lower is better. Where training goes on falling and held out does not, "
                                              "it learns by heart.")};
  if (has_accuracy(r))
    shown.push_back(train::figure(
        svg_of(accuracy_chart(r.history, "Accuracy by epoch")),
        "The rows it got right. Where training goes on rising and held out does not, it learns by heart."));
  return train::section("Training", train::figures(shown));
}

std::string classes_section(const TrainingReport& r, const HeldOut& h) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name, const ClassScore& s, const std::string& area,
                       const std::string& learnt) {
    const auto shown = [&](double part) { return s.occurs() ? percent(part) : "-"; };
    std::vector<std::string> row = {name, shown(s.precision),          shown(s.recall), shown(s.f1),
                                    area, fmt::format("{}", s.members)};
    if (!r.training_counts.empty()) row.push_back(learnt);
    rows.push_back(std::move(row));
  };
  std::int64_t learnt = 0;
  for (const std::int64_t n : r.training_counts) learnt += n;
  for (std::size_t c = 0; c < h.names.size(); ++c)
    add(h.names[c], h.scores.classes[c], area_text(h.curves[c].area),
        r.training_counts.empty() ? "" : std::to_string(r.training_counts[c]));
  add("mean", h.scores.macro, area_text(h.mean_area()), std::to_string(learnt));
  add("mean, by rows", h.scores.weighted, "", "");
  std::vector<std::string> head = {"class", "precision", "recall", "F1", "area", "rows"};
  if (!r.training_counts.empty()) head.emplace_back("learnt from");
  return train::section(
      "Classes",
      train::table(head, rows, 2) +
          "<p>Precision: of the rows read as this class, those that are. Recall: of the rows of this class, those "
          "read so. F1: their harmonic mean. A class that does not occur (-) is in no mean. Area: under the curve "
          "below; "
          "1 is perfect, 0.5 is chance.</p>\n");
}

std::string confusion_section(const HeldOut& h) {
  return train::section(
      "Confusion", train::figures({train::figure(svg(confusion_map(h.confusion, "Which are read as which", h.names)),
                                                 "A row is what it is, a column what it was read as; off the diagonal "
                                                 "stand the mistakes.")}));
}

std::string belief_section(HeldOut& h) {
  h.reliability.title = "Right against sure";
  LineChart roc = roc_chart(h.curves, "Each class against the rest", h.names);
  LineChart found = precision_recall_chart(h.precision_recall, "Precision against recall", h.names);
  return train::section(
      "Probabilities",
      train::figures({train::figure(svg(h.reliability),
                                    "On the dashed line it is right as often as it says. Orange: surer than right; "
                                    "green: less sure than right."),
                      train::figure(svg_of(roc), "From bottom left, as the threshold falls. Up and left is better."),
                      train::figure(svg_of(found),
                                    "From the left, as the threshold falls. Up and right is better; for a "
                                    "class that is rare, look here.")}));
}

// The columns, those that matter most first.
std::string importance_section(const TrainingReport& r) {
  std::vector<ColumnImportance> sorted = r.importance;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.mean > b.mean; });
  constexpr std::size_t most = 30;
  std::vector<std::vector<std::string>> rows;
  for (const ColumnImportance& c : sorted)
    if (rows.size() < most) rows.push_back({c.name, percent(c.mean), percent(c.spread)});
  return train::section(
      "Columns",
      train::table({"column", "accuracy lost", "spread"}, rows) +
          (sorted.size() > most ? fmt::format("<p>And {} columns that matter less.</p>\n", sorted.size() - most) : "") +
          "<p>The accuracy on the rows held out that is lost when the cells of one column are dealt out anew among the "
          "rows. It tells what this model leans on: of two columns that say the same, neither may matter.</p>\n");
}

std::string learning_section(const TrainingReport& r) {
  std::vector<double> rows, training, held;
  for (const LearningPoint& p : r.learning_curve) {
    rows.push_back(static_cast<double>(p.rows));
    training.push_back(100 * p.training);
    held.push_back(100 * p.held_out);
  }
  LineChart chart{.title = "Accuracy by rows learnt from", .x = {.label = "rows", .log = true}};
  chart.panel({.label = "accuracy, %"}, {{"training", rows, training}, {"held out", rows, held}});
  return train::section(
      "More rows",
      train::figures({train::figure(svg_of(chart),
                                    "Where held out still rises at the right, more rows would help; where both lines "
                                    "have met, another model or other columns would.")}));
}

std::string made_of_section(const TrainingReport& r) {
  std::string text;
  for (const auto& [title, facts] :
       {std::pair<const char*, const Facts&>{"Data", r.data}, {"Settings", r.settings}, {"Times", r.timings}})
    if (!facts.empty()) text += train::section(title, train::facts_table(facts));
  return text;
}

std::string facts_text(const std::string& title, const Facts& facts) {
  std::string text = facts.empty() ? "" : title + "\n";
  for (const auto& [name, value] : facts) text += fmt::format("  {:<24} {}\n", printable(name), printable(value));
  return text.empty() ? text : text + "\n";
}

}  // namespace

std::string html(const TrainingReport& report) {
  std::optional<HeldOut> h = classes_held_out("html", report);
  const train::TaskParts parts = task_parts("html", report, {});
  std::string page = train::page_begin(report.title) + tiles(headline(report, h, parts.headline));
  if (!report.history.empty()) page += history_section(report);
  if (h) {
    page += classes_section(report, *h) + confusion_section(*h) + belief_section(*h);
    if (!h->hardest.empty())
      page += train::section("Hardest rows",
                             "<p>Those whose true class was given the least probability, and what it believed.</p>\n" +
                                 train::hardest_cards(report, *h));
  }
  page += parts.html;
  if (!report.importance.empty()) page += importance_section(report);
  if (!report.learning_curve.empty()) page += learning_section(report);
  return page + made_of_section(report) + train::page_end();
}

std::string report_text(const TrainingReport& report, const Terminal& terminal) {
  std::optional<HeldOut> h = classes_held_out("report_text", report);
  const train::TaskParts parts = task_parts("report_text", report, terminal);
  std::string text = printable(report.title) + "\n\n" + facts_text("Summary", headline(report, h, parts.headline));
  if (!report.history.empty()) text += chart_text(loss_chart(report.history, "Loss by epoch"), terminal) + "\n";
  if (!report.history.empty() && has_accuracy(report))
    text += chart_text(accuracy_chart(report.history, "Accuracy by epoch"), terminal) + "\n";
  text += parts.text;
  if (h) {
    h->reliability.title = "Right against sure";
    text += scores_text(h->scores, h->curves, h->names) + "\n" + confusion_text(h->confusion, terminal, h->names) +
            "\n" + reliability_text(h->reliability, terminal) + "\n";
  }
  Facts columns, learning, hardest;
  for (std::size_t i = 0; h && !report.names.empty() && i < h->hardest.size(); ++i) {
    const train::HardRow& hard = h->hardest[i];
    hardest.push_back(
        {h->names[hard.truth], "read as " + h->names[hard.beliefs.front().of] + ": " + report.names[hard.row]});
  }
  for (const ColumnImportance& c : report.importance)
    columns.push_back({c.name, fmt::format("{} of the accuracy, +- {}", percent(c.mean), percent(c.spread))});
  for (const LearningPoint& p : report.learning_curve)
    learning.push_back({fmt::format("{} rows", p.rows),
                        fmt::format("training {}, held out {}", percent(p.training), percent(p.held_out))});
  text += facts_text("Hardest rows", hardest) + facts_text("Columns, what shuffling each loses", columns) +
          facts_text("Accuracy by rows learnt from", learning);
  return text + facts_text("Data", report.data) + facts_text("Settings", report.settings) +
         facts_text("Times", report.timings);
}

}  // namespace logitape::inline v0
