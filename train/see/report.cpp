// Rows of the table of epochs, and the confusion matrix as text.
#include "logitape/train/see/report.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/require.h"
#include "logitape/train/metrics.h"
#include "logitape/train/see/text_canvas.h"

namespace logitape::inline v0 {
namespace {

using train::percent;

// 12345678 as "12,345,678"
std::string grouped(double x) {
  std::string digits = fmt::format("{:.0f}", x);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

}  // namespace

std::string epoch_header(const std::string& held_out) {
  return fmt::format("{:>8}{:>11}{:>12}{:>12}{:>15}{:>10}", "epoch", "loss", "training", held_out, "samples/s", "s");
}

std::string epoch_row(const Epoch& e) {
  return fmt::format("{:>8}{:>11.4f}{:>12}{:>12}{:>15}{:>10.2f}", e.number, e.loss, percent(e.accuracy), percent(e.held_out_accuracy),
                     grouped(e.samples_per_second), e.seconds);
}

bool epoch_is_shown(int number, int epochs, int rows) {
  const int step = std::max(1, static_cast<int>(std::ceil(static_cast<double>(epochs) / std::max(1, rows))));
  return number == 1 || number == epochs || number % step == 0;
}

std::string confusion_text(const Tensor& confusion, const Terminal& terminal, std::span<const std::string> names) {
  const std::vector<ClassCounts> classes = class_counts(confusion);
  require(names.empty() || names.size() == classes.size(), "confusion_text", "{} names are given for {} classes", names.size(),
          classes.size());
  const auto counts = confusion.to_vector<std::int64_t>();
  const auto name = [&](std::size_t c) { return names.empty() ? std::to_string(c) : names[c]; };
  std::size_t wide = 3;
  for (const std::int64_t n : counts) wide = std::max(wide, std::to_string(n).size());
  for (std::size_t c = 0; c < classes.size(); ++c) wide = std::max(wide, static_cast<std::size_t>(train::columns_of(name(c))));

  std::string text = fmt::format("{:>{}} read as\n{:>{}}", "", wide + 2, "is", wide + 2);
  for (std::size_t c = 0; c < classes.size(); ++c) text += fmt::format(" {:>{}}", name(c), wide);
  text += fmt::format("{:>9}\n", "found");
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    const ClassCounts& c = classes[truth];
    text += fmt::format("{:>{}}", name(truth), wide + 2);
    for (std::size_t named = 0; named < classes.size(); ++named) {
      const std::int64_t n = counts[truth * classes.size() + named];
      if (n == 0) text += std::string(wide, ' ') + terminal.styled(Terminal::dim, terminal.unicode ? "·" : ".");
      else text += terminal.styled(truth == named ? Terminal::bold : Terminal::red, fmt::format(" {:>{}}", n, wide));
    }
    text += fmt::format("{:>9}\n", percent(static_cast<double>(c.right) / static_cast<double>(c.members)));
  }
  return text;
}

}  // namespace logitape::inline v0
