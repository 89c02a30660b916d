// What the digits example shows of a trained network: its worst mistakes as pictures, the chart of its training, and a
// page with all of it.
#pragma once
#include <logitape.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "digits_settings.h"

// A digit that was read as another one.
struct Mistake {
  std::size_t row;     // in the test set
  std::int64_t truth;  // the digit it is
  std::int64_t named;  // the digit that the network read
  double belief;       // the probability it gave to that digit
  double loss;
};

// The `most` mistakes of the largest loss, worst first. logits [rows, classes], labels [rows].
inline std::vector<Mistake> worst_mistakes(const logitape::Tensor& logits, const logitape::Tensor& labels,
                                           std::size_t most) {
  const auto truth = labels.to_vector<std::int64_t>(), named = logitape::argmax(logits, 1).to_vector<std::int64_t>();
  const auto belief = logitape::max(logitape::softmax(logits), {.axes = {-1}}).to_vector<double>();
  const auto loss =
      logitape::cross_entropy(logits, labels, {.reduction = logitape::Reduction::none}).to_vector<double>();
  std::vector<Mistake> mistakes;
  for (std::size_t row = 0; row < truth.size(); ++row)
    if (named[row] != truth[row]) mistakes.push_back({row, truth[row], named[row], belief[row], loss[row]});
  std::sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) { return a.loss > b.loss; });
  mistakes.resize(std::min(mistakes.size(), most));
  return mistakes;
}

// One row of pixels, 0 to 1, as ink: two characters a pixel, because a character is twice as high as it is wide.
inline std::string ink(std::span<const float> pixels, bool unicode) {
  static constexpr const char* shades[2][5] = {{"  ", "..", "oo", "OO", "@@"}, {"  ", "░░", "▒▒", "▓▓", "██"}};
  std::string line;
  for (const float p : pixels) line += shades[unicode][std::clamp(std::lround(p * 4), 0L, 4L)];
  return line;
}

// The digits side by side, each 16 columns wide, with their true and their predicted class. inputs [rows, 64].
inline void print_mistakes(std::FILE* out, const logitape::Tensor& inputs, const std::vector<Mistake>& mistakes,
                           bool unicode) {
  const auto pixels = inputs.to_vector<float>();
  const auto in_columns = [](std::string text) {
    return text.append(16 - std::min<std::size_t>(text.size(), 16), ' ');
  };
  std::string lines[11];  // eight of ink, three of words
  for (const Mistake& m : mistakes) {
    for (std::size_t y = 0; y < 8; ++y) lines[y] += ink(std::span(pixels).subspan(64 * m.row + 8 * y, 8), unicode);
    char sure[16];
    std::snprintf(sure, sizeof sure, "(%.1f%%)", 100 * m.belief);
    lines[8] += in_columns(" is " + std::to_string(m.truth));
    lines[9] += in_columns(" read as " + std::to_string(m.named));
    lines[10] += in_columns(std::string(" ") + sure);
  }
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    std::fprintf(out, "%s\n", line.c_str());
  }
}

// The loss above, on a log axis; the accuracies below.
inline logitape::LineChart training_chart(const std::vector<logitape::Epoch>& history, const std::string& title) {
  logitape::LineChart::Series loss{.name = "training"}, training{.name = "training"}, test{.name = "test"};
  for (const logitape::Epoch& e : history) {
    for (auto* series : {&loss, &training, &test}) series->x.push_back(e.number);
    loss.y.push_back(e.loss);
    training.y.push_back(100 * e.accuracy);
    test.y.push_back(100 * e.held_out_accuracy);
  }
  logitape::LineChart chart{.title = title, .x = {.label = "epoch", .whole = true}};
  chart.panel({.label = "loss", .log = true}, {loss});
  chart.panel({.label = "accuracy, %"}, {training, test});
  return chart;
}

// The content of the page; pixels are rows of 64.
inline logitape::TrainingReport digits_report(const std::string& title, const std::vector<logitape::Epoch>& history,
                                              const logitape::Tensor& logits, const logitape::Dataset& test_set,
                                              const Settings& settings) {
  logitape::TrainingReport report{.title = title, .history = history};
  report.probabilities = logitape::softmax(logits);
  report.labels = test_set.labels;
  report.inputs = logitape::reshape(test_set.inputs, {test_set.size(), 8, 8});
  report.data = {{"file", "examples/data/digits.csv"},
                 {"a row", "8 x 8 pixels, 0 to 1"},
                 {"held out", "one row in five, at random"}};
  report.settings = {
      {"layers", "64, 512 and 10 units, ReLU between"}, {"optimiser", "AdamW, learning rate 0.002, batches of 64"},
      {"epochs", std::to_string(settings.epochs)},      {"seed", std::to_string(settings.seed)},
      {"threads", std::to_string(settings.threads)},    {"device", logitape::kind_of(settings.device)}};
  return report;
}
