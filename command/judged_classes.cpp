// One class of several: accuracy, confusion, and what the probabilities are worth.
#include "judged.h"

namespace command {
namespace by_class {  // each task has functions of these names
namespace {

// By the class that was named, which a threshold may have decided: as if it had all of the probability.
lt::Tensor decided(const Judged& j) {
  const auto classes = static_cast<std::int64_t>(j.prediction.probabilities.shape()[1]);
  return lt::one_hot(lt::from_span(j.prediction.classes, {static_cast<std::int64_t>(j.prediction.classes.size())}),
                     classes);
}

double accuracy_of(const lt::Tensor& scores, const lt::Tensor& labels, const lt::Tensor& weights) {
  return weights.defined() ? lt::accuracy(scores, labels, weights) : lt::accuracy(scores, labels);
}

double score(const Judged& j) { return accuracy_of(decided(j), j.labels, j.rows.weights); }

Fact constant(const lt::Classifier& c, const lt::Dataset& train, const lt::Dataset& test) {
  std::vector<double> members(c.classes().size());
  const std::vector<std::int64_t> labels = train.labels.to_vector<std::int64_t>();
  const std::vector<double> weights =
      train.weights.defined() ? train.weights.to_vector<double>() : std::vector<double>(labels.size(), 1);
  for (std::size_t row = 0; row < labels.size(); ++row) members[static_cast<std::size_t>(labels[row])] += weights[row];
  const lt::Tensor one = lt::from_span(members, {1, static_cast<std::int64_t>(members.size())});
  const lt::Tensor always = lt::broadcast_to(one, {test.size(), static_cast<std::int64_t>(members.size())});
  return {"most frequent class", percent(accuracy_of(always, test.labels, test.weights))};
}

std::string neighbours(const lt::Classifier& c, const lt::Dataset& known, const lt::Dataset& asked, int k) {
  const lt::Tensor votes = lt::NearestNeighbours{known, k, static_cast<std::int64_t>(c.classes().size())}(asked.inputs);
  return percent(accuracy_of(votes, asked.labels, asked.weights));
}

std::string tables(const Judged& j, const lt::Classifier& c, const lt::Terminal& terminal) {
  const lt::Tensor confusion = lt::confusion_matrix(decided(j), j.labels);
  return lt::confusion_text(confusion, terminal, c.classes()) + "\n" +
         lt::scores_text(lt::class_scores(confusion), lt::roc_curves(j.prediction.probabilities, j.labels), c.classes(),
                         20) +
         (j.rows.weights.defined() ? "(these count rows, without their weights)\n" : "");
}

void report(const Judged& j, const lt::Classifier& c, lt::TrainingReport& r) {
  r.probabilities = j.prediction.probabilities;
  r.labels = j.labels;
  r.classes = c.classes();
  r.predicted = j.prediction.classes;
}

lt::Column truth(const Judged& j, const lt::Classifier& c) {
  std::vector<std::string> names;
  for (const std::int64_t label : j.labels.to_vector<std::int64_t>())
    names.push_back(c.classes()[static_cast<std::size_t>(label)]);
  return lt::text_column("class", names);
}

std::vector<std::pair<const char*, std::string>> figures(const Judged& j, const lt::Classifier& c) {
  const lt::Tensor& p = j.prediction.probabilities;
  lt::ReliabilityDiagram diagram = lt::reliability_diagram(p, j.labels);
  diagram.title = "right against sure";
  return {{"confusion.svg", svg(lt::confusion_map(lt::confusion_matrix(decided(j), j.labels),
                                                  "which are taken for which", c.classes()))},
          {"reliability.svg", svg(diagram)},
          {"roc.svg", svg(lt::roc_chart(lt::roc_curves(p, j.labels), "each class against the rest", c.classes()))},
          {"precision_recall.svg", svg(lt::precision_recall_chart(lt::precision_recall_curves(p, j.labels),
                                                                  "precision against recall", c.classes()))}};
}

}  // namespace
}  // namespace by_class

const Judge of_classes = {.measure = "accuracy",
                          .score = by_class::score,
                          .written = percent,
                          .others = [](const Judged&) { return std::string(); },
                          .constant = by_class::constant,
                          .neighbours = by_class::neighbours,
                          .tables = by_class::tables,
                          .report = by_class::report,
                          .truth = by_class::truth,
                          .figures = by_class::figures};

}  // namespace command
