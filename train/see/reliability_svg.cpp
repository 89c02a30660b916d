// A reliability diagram, from the top: the title and the error, bars over how sure the model was, and below them the
// number of rows of each bar. A gap is orange if the model was too sure, green if not sure enough.
#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/see/detail/svg.h"
#include "logitape/train/see/figure.h"

namespace logitape::inline v0 {
namespace {

using train::Anchor;
using train::Svg;

constexpr double page_left = 76, side = 376, top = 76, width = page_left + side + 28;
constexpr double counts_top = top + side + 22, counts_height = 64, height = counts_top + counts_height + 66;

double across(double fraction) { return page_left + side * fraction; }
double down(double fraction) { return top + side * (1 - fraction); }

void draw_axes(Svg& page) {
  for (int tick = 0; tick <= 5; ++tick) {
    const double at = tick / 5.0;
    const std::string number = fmt::format("{}", 20 * tick);
    page.line(page_left, down(at), page_left + side, down(at), "grid");
    page.line(across(at), top, across(at), top + side, "grid");
    page.text(page_left - 10, down(at) + 5, number, "quiet", Anchor::end);
    page.text(across(at), counts_top + counts_height + 22, number, "quiet", Anchor::middle);
  }
}

}  // namespace

std::string svg(const ReliabilityDiagram& diagram) {
  Svg page(width, height, diagram.title);
  page.text(page_left, 34, diagram.title, "title");
  page.text(page_left, 60, fmt::format("calibration error {:.1f}%", 100 * expected_calibration_error(diagram)),
            "strong");
  draw_axes(page);
  std::int64_t most = 1;
  for (const ReliabilityDiagram::Bin& bin : diagram.bins) most = std::max(most, bin.rows);
  for (const ReliabilityDiagram::Bin& bin : diagram.bins) {
    if (bin.rows == 0) continue;
    const double x = across(bin.low) + 1, wide = side * (bin.high - bin.low) - 2;
    const double low = std::min(bin.accuracy, bin.confidence), high = std::max(bin.accuracy, bin.confidence);
    page.box(x, down(low), wide, side * low, "f0", 0.85);
    page.box(x, down(high), wide, side * (high - low), bin.accuracy < bin.confidence ? "f1" : "f2", 0.5);
    page.line(x, down(bin.accuracy), x + wide, down(bin.accuracy), "axis");
    const double share = counts_height * static_cast<double>(bin.rows) / static_cast<double>(most);
    page.box(x, counts_top + counts_height - share, wide, share, "f0", 0.85);
  }
  page.path(fmt::format("M{:.1f} {:.1f} L{:.1f} {:.1f}", page_left, top + side, page_left + side, top),
            "line s4 dashed");
  page.line(page_left, top + side, page_left + side, top + side, "axis");
  page.line(page_left, counts_top + counts_height, page_left + side, counts_top + counts_height, "axis");
  page.text(page_left - 10, counts_top + 12, fmt::format("{}", most), "quiet", Anchor::end);
  page.text_upwards(26, top + side / 2, "right, %", "strong", Anchor::middle);
  page.text_upwards(26, counts_top + counts_height / 2, "rows", "strong", Anchor::middle);
  page.text(page_left + side / 2, height - 16, "how sure it was, %", "strong", Anchor::middle);
  return std::move(page).str();
}

}  // namespace logitape::inline v0
