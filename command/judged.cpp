// Tables, figures and text of what was predicted, for any task.
#include "judged.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace command {

const Judge& judge_of(lt::Task task) {
  return task == lt::Task::multilabel ? of_labels : task == lt::Task::regression ? of_numbers : of_classes;
}

void print_score(const Judged& j, const lt::Classifier& classifier, const std::string& rows) {
  const Judge& judge = judge_of(classifier.task());
  const std::string weighted = j.rows.weights.defined() ? ", by their weights" : "";
  std::printf("\n%-11s %s of %s%s%s\n", judge.measure, judge.written(judge.score(j)).c_str(), rows.c_str(),
              weighted.c_str(), judge.others(j).c_str());
}

std::vector<Fact> baselines(const lt::Classifier& classifier, const lt::Dataset& train, const lt::Dataset& test) {
  lt::Generator rng{1};
  const auto some_of = [&rng](const lt::Dataset& rows, std::int64_t most) {  // the time grows with the pairs of rows
    if (rows.size() <= most) return rows;
    const lt::Batch some = *lt::Batches{rows, {.size = most, .shuffle = &rng}}.begin();
    return lt::Dataset{some.inputs, some.labels, some.weights};
  };
  const Judge& judge = judge_of(classifier.task());
  // that of a row's numbers too: of large pictures fewer
  const double less =
      std::min(1.0, std::sqrt(784.0 * static_cast<double>(train.size()) / static_cast<double>(train.inputs.size())));
  const lt::Dataset known = some_of(train, static_cast<std::int64_t>(10000 * less)),
                    asked = some_of(test, static_cast<std::int64_t>(2000 * less));
  const auto k = std::min<std::int64_t>(5, known.size());
  return {judge.constant(classifier, train, test),
          {std::to_string(k) + " nearest neighbours" +
               (known.size() < train.size() || asked.size() < test.size() ? ", of a sample" : ""),
           judge.neighbours(classifier, known, asked, static_cast<int>(k))}};
}

lt::TrainingReport report_of(const Judged& j, const lt::Classifier& classifier, const std::string& title) {
  lt::TrainingReport r{.title = title};
  r.task = classifier.task();
  r.numbers = j.numbers;
  r.names = j.rows.files;
  judge_of(r.task).report(j, classifier, r);
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
  for (const std::int64_t number : j.numbers) row.values.push_back(static_cast<double>(number));
  const lt::Column place = j.rows.files.empty() ? row : lt::text_column("file", j.rows.files);
  table.columns.insert(table.columns.begin(), {place, judge_of(classifier.task()).truth(j, classifier)});
  return table;
}

std::vector<std::string> write_figures(const std::string& folder, const std::vector<lt::Epoch>& history,
                                       const Judged& j, const lt::Classifier& classifier) {
  std::vector<std::string> paths;
  const auto put = [&](const char* name, const std::string& text) {
    paths.push_back(folder + "/" + name);
    lt::write_file(paths.back(), text);
  };
  if (!history.empty()) put("loss.svg", svg(lt::loss_chart(history, "loss")));
  if (!history.empty() && classifier.task() == lt::Task::classes)
    put("accuracy.svg", svg(lt::accuracy_chart(history, "accuracy")));
  for (const auto& [name, text] : judge_of(classifier.task()).figures(j, classifier)) put(name, text);
  return paths;
}

void print_result(const Judged& j, const lt::Classifier& classifier, const lt::Terminal& terminal) {
  std::fputs(judge_of(classifier.task()).tables(j, classifier, terminal).c_str(), stdout);
}

}  // namespace command
