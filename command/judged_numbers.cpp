// A number: how far predictions are from it, in its own units.
#include <cstdio>

#include "judged.h"

namespace command {
namespace by_number {  // each task has functions of these names
namespace {

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", x);
  return text;
}

lt::RegressionScores scores_of(const Judged& j) {
  return lt::regression_scores(j.prediction.values, j.rows.labels, j.rows.weights);
}

double root_mean_squared_error(const Judged& j) { return scores_of(j).root_mean_squared_error; }

std::string more(const lt::RegressionScores& s) {
  return "MAE " + number(s.mean_absolute_error) + ", R2 " + number(s.r2);
}

std::string others(const Judged& j) { return "; " + more(scores_of(j)); }

// Of prepared numbers, in the target's units.
std::string written_scores(const lt::Classifier& c, const lt::Tensor& said, const lt::Dataset& rows) {
  const lt::PreparedColumn& target = c.preprocessing->target;
  const auto in_units = [&](const lt::Tensor& x) { return x.to(lt::DType::f64) * target.scale + target.offset; };
  const lt::RegressionScores s = lt::regression_scores(in_units(said), in_units(rows.labels), rows.weights);
  return number(s.root_mean_squared_error) + "; " + more(s);
}

Fact constant(const lt::Classifier& c, const lt::Dataset& train, const lt::Dataset& test) {
  const lt::Tensor y = train.labels.to(lt::DType::f64);
  const lt::Tensor w = train.weights.defined() ? lt::reshape(train.weights, y.shape()) : lt::ones(y.shape(), y.dtype());
  const lt::Tensor mean = lt::sum(y * w) / lt::sum(w);
  return {"the mean of the others", written_scores(c, lt::broadcast_to(mean, test.labels.shape()), test)};
}

std::string neighbours(const lt::Classifier& c, const lt::Dataset& known, const lt::Dataset& asked, int k) {
  const lt::NearestNeighbours nearest{{known.inputs, lt::zeros({known.size()}, lt::DType::i64)}, k};
  const lt::Tensor near = lt::gather(known.labels, nearest.nearest(asked.inputs));  // [rows, k, 1]
  return written_scores(c, lt::mean(near.to(lt::DType::f64), lt::Axes{1}), asked);
}

std::string tables(const Judged&, const lt::Classifier&, const lt::Terminal&) { return ""; }

void report(const Judged& j, const lt::Classifier&, lt::TrainingReport& r) {
  r.labels = j.rows.labels;
  r.values = j.prediction.values;
  r.weights = j.rows.weights;
}

lt::Column truth(const Judged& j, const lt::Classifier&) {
  return {.name = "target", .values = j.rows.labels.to_vector<double>(), .categories = {}};
}

std::vector<std::pair<const char*, std::string>> figures(const Judged& j, const lt::Classifier&) {
  return {{"predictions.svg", svg(lt::prediction_chart(j.prediction.values, j.rows.labels, "predicted against true"))},
          {"residuals.svg", svg(lt::residual_chart(j.prediction.values, j.rows.labels, "residuals"))}};
}

}  // namespace
}  // namespace by_number

const Judge of_numbers = {.measure = "RMSE",
                          .score = by_number::root_mean_squared_error,
                          .written = by_number::number,
                          .others = by_number::others,
                          .constant = by_number::constant,
                          .neighbours = by_number::neighbours,
                          .tables = by_number::tables,
                          .report = by_number::report,
                          .truth = by_number::truth,
                          .figures = by_number::figures};

}  // namespace command
