// Any of several labels: F1 of all decisions together, and each label by itself.
#include <algorithm>

#include "judged.h"

namespace command {
namespace by_label {  // each task has functions of these names
namespace {

lt::MultilabelScores scores_of(const Judged& j) {
  return lt::multilabel_scores(j.prediction.decided, j.labels, j.rows.weights);
}

double micro_f1(const Judged& j) { return scores_of(j).micro.f1; }

std::string others(const Judged& j) {
  const lt::MultilabelScores s = scores_of(j);
  return "\n            macro F1 " + percent(s.macro.f1) + ", all labels of a row right " + percent(s.subset_accuracy) +
         ", Hamming loss " + percent(s.hamming_loss);
}

// The labels that at least half of the training rows have.
Fact constant(const lt::Classifier&, const lt::Dataset& train, const lt::Dataset& test) {
  const lt::Tensor frequent = lt::greater_equal(lt::mean(train.labels, lt::Axes{0}), 0.5);
  const lt::Tensor always = lt::broadcast_to(lt::unsqueeze(frequent, 0), test.labels.shape());
  return {"labels that half of the rows have",
          percent(lt::multilabel_scores(always, test.labels, test.weights).micro.f1)};
}

std::string neighbours(const lt::Classifier&, const lt::Dataset& known, const lt::Dataset& asked, int k) {
  const lt::NearestNeighbours nearest{{known.inputs, lt::zeros({known.size()}, lt::DType::i64)}, k};
  const lt::Tensor votes = lt::mean(lt::gather(known.labels, nearest.nearest(asked.inputs)), lt::Axes{1});
  return percent(lt::multilabel_scores(lt::greater(votes, 0.5), asked.labels, asked.weights).micro.f1);
}

std::string tables(const Judged& j, const lt::Classifier& c, const lt::Terminal&) {
  return lt::labels_text(scores_of(j), lt::label_curves(j.prediction.probabilities, j.labels), c.classes(), 20);
}

void report(const Judged& j, const lt::Classifier& c, lt::TrainingReport& r) {
  r.probabilities = j.prediction.probabilities;
  r.labels = j.labels;
  r.classes = c.classes();
  r.decided = j.prediction.decided;
  r.weights = j.rows.weights;
}

lt::Column truth(const Judged& j, const lt::Classifier& c) {
  const std::vector<float> ones = j.labels.to_vector<float>();
  const std::size_t width = c.classes().size();
  std::vector<std::string> cells;
  for (std::size_t row = 0; row < ones.size() / width; ++row) {
    std::vector<std::string> labels;
    for (std::size_t k = 0; k < width; ++k)
      if (ones[row * width + k] != 0) labels.push_back(c.classes()[k]);
    cells.push_back(lt::cell_of(labels));
  }
  return lt::text_column("labels", cells);
}

std::vector<std::pair<const char*, std::string>> figures(const Judged& j, const lt::Classifier& c) {
  return {
      {"precision_recall.svg", svg(lt::precision_recall_chart(lt::label_curves(j.prediction.probabilities, j.labels),
                                                              "precision against recall", c.classes()))}};
}

}  // namespace
}  // namespace by_label

const Judge of_labels = {.measure = "micro F1",
                         .score = by_label::micro_f1,
                         .written = percent,
                         .others = by_label::others,
                         .constant = by_label::constant,
                         .neighbours = by_label::neighbours,
                         .tables = by_label::tables,
                         .report = by_label::report,
                         .truth = by_label::truth,
                         .figures = by_label::figures};

}  // namespace command
