// Rows of the table of epochs, and the confusion matrix as text.
#include "logitape/train/see/report.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/metrics.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0 {
namespace {

using train::percent;

// 12345678 as "12,345,678"
std::string grouped(double x) {
  std::string digits = fmt::format("{:.0f}", x);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

constexpr int line_width = 80, found_columns = 9;

std::string matrix_text(const std::vector<std::int64_t>& counts, const std::vector<ClassCounts>& classes,
                        const std::vector<std::string>& names, int wide, const Terminal& terminal) {
  std::string text = fmt::format("{:>{}} read as\n{:>{}}", "", wide + 2, "is", wide + 2);
  for (const std::string& name : names) text += train::right_aligned(name, wide).insert(0, 1, ' ');
  text += fmt::format("{:>{}}\n", "found", found_columns);
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    const ClassCounts& c = classes[truth];
    text += train::right_aligned(names[truth], wide + 2);
    for (std::size_t named = 0; named < classes.size(); ++named) {
      const std::int64_t n = counts[truth * classes.size() + named];
      if (n == 0)
        text += std::string(static_cast<std::size_t>(wide), ' ') +
                terminal.styled(Terminal::dim, terminal.unicode ? "·" : ".");
      else text += terminal.styled(truth == named ? Terminal::bold : Terminal::red, fmt::format(" {:>{}}", n, wide));
    }
    text +=
        fmt::format("{:>{}}\n", percent(static_cast<double>(c.right) / static_cast<double>(c.members)), found_columns);
  }
  return text;
}

std::string frequent_mistakes(const std::vector<std::int64_t>& counts, const std::vector<std::string>& names) {
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0 && i / names.size() != i % names.size()) pairs.push_back(i);
  std::stable_sort(pairs.begin(), pairs.end(), [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  pairs.resize(std::min<std::size_t>(pairs.size(), 10));
  std::string text = pairs.empty() ? "No mistakes\n" : "The most frequent mistakes\n";
  for (const std::size_t i : pairs)
    text += fmt::format("{:>8}  {} read as {}\n", counts[i], names[i / names.size()], names[i % names.size()]);
  return text;
}

}  // namespace

std::string epoch_header(const std::string& held_out) {
  return fmt::format("{:>8}{:>11}{:>12}{:>12}{:>15}{:>10}", "epoch", "loss", "training", held_out, "samples/s", "s");
}

std::string epoch_row(const Epoch& e) {
  // where there is no accuracy, the loss tells how what is held out fares
  const bool has_loss_alone = std::isnan(e.held_out_accuracy) && !std::isnan(e.held_out_loss);
  const std::string held_out =
      has_loss_alone ? fmt::format("loss {:.4f}", e.held_out_loss) : percent(e.held_out_accuracy);
  return fmt::format("{:>8}{:>11.4f}{:>12}{:>12}{:>15}{:>10.2f}", e.number, e.loss, percent(e.accuracy), held_out,
                     grouped(e.samples_per_second), e.seconds);
}

bool epoch_is_shown(int number, int epochs, int rows) {
  const int step = std::max(1, static_cast<int>(std::ceil(static_cast<double>(epochs) / std::max(1, rows))));
  return number == 1 || number == epochs || number % step == 0;
}

std::string confusion_text(const Tensor& confusion, const Terminal& terminal, std::span<const std::string> names) {
  const std::vector<ClassCounts> classes = class_counts(confusion);
  require(names.empty() || names.size() == classes.size(), "confusion_text", "{} names are given for {} classes",
          names.size(), classes.size());
  const auto counts = confusion.to_vector<std::int64_t>();
  int least = 3, wide = 3;
  std::vector<std::string> shown;
  for (const std::int64_t n : counts) least = std::max(least, static_cast<int>(std::to_string(n).size()));
  for (std::size_t c = 0; c < classes.size(); ++c) {
    shown.push_back(names.empty() ? std::to_string(c) : printable(names[c]));
    wide = std::max(wide, train::columns_of(shown.back()));
  }
  const int room =
      (line_width - found_columns - 1) / static_cast<int>(classes.size() + 1) - 1;  // for a name or a count
  if (least > room) return frequent_mistakes(counts, train::shortened(shown, 28));
  wide = std::clamp(wide, least, room);
  return matrix_text(counts, classes, train::shortened(shown, wide), wide, terminal);
}

}  // namespace logitape::inline v0
