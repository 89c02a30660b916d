// The hardest rows as cards: a picture if a row is one, else its values by name; then the model's probabilities as
// bars.
#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/index.h"
#include "logitape/train/see/detail/html.h"
#include "logitape/train/see/detail/png.h"
#include "logitape/train/see/detail/svg.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0::train {
namespace {

constexpr std::size_t most_values = 12;

// [rows, height, width], with or without 1 or 3 channels behind; not larger than a page can show.
bool are_pictures(const Tensor& inputs) {
  const Shape& s = inputs.shape();
  if (s.rank() != 3 && !(s.rank() == 4 && (s[3] == 1 || s[3] == 3))) return false;
  return s[1] >= 1 && s[2] >= 1 && s[1] <= 1024 && s[2] <= 1024;
}

// The shown rows alone: of pictures, all would be much.
struct Inputs {
  std::vector<double> values;
  std::size_t each;                                                   // values of a row
  double low = std::numeric_limits<double>::infinity(), high = -low;  // their range: black and white

  Inputs(const Tensor& inputs, const std::vector<HardRow>& shown)
      : values(gather(inputs, places_of(shown)).to_vector<double>()), each(values.size() / shown.size()) {
    for (const double v : values)
      if (std::isfinite(v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
  }
  static Tensor places_of(const std::vector<HardRow>& shown) {
    std::vector<std::int64_t> places;
    for (const HardRow& hard : shown) places.push_back(static_cast<std::int64_t>(hard.row));
    return from_span(places, {static_cast<std::int64_t>(places.size())});
  }
  std::span<const double> row(std::size_t place) const { return std::span(values).subspan(place * each, each); }
};

std::string name_of(const TrainingReport& report, std::size_t row) {
  if (!report.names.empty()) return report.names[row];
  return "row " + std::to_string(report.numbers.empty() ? static_cast<std::int64_t>(row) : report.numbers[row]);
}

std::string picture(const TrainingReport& report, const Inputs& inputs, std::size_t place) {
  std::vector<std::uint8_t> pixels;
  for (const double v : inputs.row(place)) {
    const double part = inputs.high > inputs.low ? (v - inputs.low) / (inputs.high - inputs.low) : 0;
    pixels.push_back(
        static_cast<std::uint8_t>(std::isfinite(part) ? std::lround(255 * std::clamp(part, 0.0, 1.0)) : 0));
  }
  const Shape& s = report.inputs.shape();
  return fmt::format("<img alt=\"\" src=\"data:image/png;base64,{}\">\n",
                     base64(png(pixels, s[1], s[2], s.rank() == 4 ? s[3] : 1)));
}

std::string values_table(const TrainingReport& report, const Inputs& inputs, std::size_t place) {
  const auto row = inputs.row(place);
  std::string text = "<table>\n";
  for (std::size_t i = 0; i < std::min(row.size(), most_values); ++i)
    text += fmt::format("<tr><td>{}</td><td>{:.6g}</td></tr>\n",
                        escaped(report.features.empty() ? fmt::format("feature {}", i) : report.features[i]), row[i]);
  if (row.size() > most_values)
    text += fmt::format("<tr><td>and {} more</td><td></td></tr>\n", row.size() - most_values);
  return text + "</table>\n";
}

std::string beliefs(const HeldOut& held_out, const HardRow& hard) {
  std::string text = "<div class=\"beliefs\">\n";
  for (const HardRow::Belief& b : hard.beliefs)
    text += fmt::format("<b>{}</b><i{} style=\"width:{:.1f}%\"></i><span>{}</span>\n", escaped(held_out.names[b.of]),
                        b.of == hard.truth ? " class=\"true\"" : "", 100 * std::clamp(b.probability, 0.0, 1.0),
                        percent(b.probability));
  return text + "</div>\n";
}

}  // namespace

std::string hardest_cards(const TrainingReport& report, const HeldOut& held_out) {
  std::optional<Inputs> inputs;
  if (report.inputs.defined() && !held_out.hardest.empty()) inputs.emplace(report.inputs, held_out.hardest);
  const bool pictures = inputs && are_pictures(report.inputs);
  std::string text = "<div class=\"cards\">\n";
  for (std::size_t place = 0; place < held_out.hardest.size(); ++place) {
    const HardRow& hard = held_out.hardest[place];
    const std::size_t named = hard.beliefs.front().of;
    text += "<div class=\"card\">\n";
    if (pictures) text += picture(report, *inputs, place);
    text += fmt::format("<p>is <strong>{}</strong>, {} <strong>{}</strong> <small>{}</small></p>\n",
                        escaped(held_out.names[hard.truth]), named == hard.truth ? "and read as" : "read as",
                        escaped(held_out.names[named]), escaped(name_of(report, hard.row)));
    if (inputs && !pictures) text += values_table(report, *inputs, place);
    text += beliefs(held_out, hard) + "</div>\n";
  }
  return text + "</div>\n";
}

}  // namespace logitape::inline v0::train
