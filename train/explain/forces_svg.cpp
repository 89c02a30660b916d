// The forces on the logits, from the top: the title; the legend and a pair of bars for each class; the arrows from
// their line of zero, with their numbers; the classes' names.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/explain/detail/drawing.h"
#include "logitape/train/explain/figures.h"
#include "logitape/train/see/detail/scale.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0 {
namespace {

using train::Anchor;
using train::Svg;

constexpr std::size_t most_columns = 20, kept_columns = 16;
constexpr int name_columns = 16;
constexpr const char *raises = "f0", *lowers = "f1";
constexpr double forces_left = 64, forces_right = 16, bars_high = 130, arrows_high = 110, line = 24;

struct ForceColumn {
  std::string name;
  double p, t, push;
};

std::vector<ForceColumn> force_columns(const Forces& f) {
  const std::size_t classes = f.classes.size();
  require(classes > 0, "Forces", "\"{}\" has no class; at least one is needed", f.title);
  require(f.probabilities.size() == classes && f.labels.size() == classes && f.gradient.size() == classes, "Forces",
          "\"{}\" has {} classes, but {} probabilities, {} labels and {} gradients", f.title, classes,
          f.probabilities.size(), f.labels.size(), f.gradient.size());
  std::vector<std::size_t> shown(classes);
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  std::vector<bool> drawn(classes, true);
  if (classes > most_columns) {
    const auto size = [&](std::size_t c) {
      const double largest =
          std::max({std::fabs(f.gradient[c]), std::fabs(f.labels[c]), std::fabs(f.probabilities[c])});
      return std::isfinite(f.gradient[c]) ? largest : INFINITY;  // what went wrong is seen first
    };
    std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
    shown.resize(kept_columns);
    std::sort(shown.begin(), shown.end());
    drawn.assign(classes, false);
    for (const std::size_t c : shown) drawn[c] = true;
  }
  const std::vector<std::string> names = train::shortened(f.classes, name_columns);
  std::vector<ForceColumn> columns;
  columns.reserve(shown.size() + 1);
  for (const std::size_t c : shown) columns.push_back({names[c], f.probabilities[c], f.labels[c], -f.gradient[c]});
  if (shown.size() == classes) return columns;
  ForceColumn others{fmt::format("{} others", classes - shown.size()), 0, 0, 0};
  for (std::size_t c = 0; c < classes; ++c)
    if (!drawn[c]) others.p += f.probabilities[c], others.t += f.labels[c], others.push -= f.gradient[c];
  columns.push_back(others);
  return columns;
}

// The range of some numbers and 0.
struct Span {
  double low = 0, high = 0;
  void take(double v) {
    if (std::isfinite(v) && std::fabs(v) < 1e300) low = std::min(low, v), high = std::max(high, v);
  }
};

// The names below, the numbers at the arrows: upright where they are wider than a column.
bool fits(const std::vector<std::string>& texts, double width) {
  return std::all_of(texts.begin(), texts.end(),
                     [&](const std::string& t) { return train::text_width(t, train::font_size) <= width - 4; });
}

double longest(const std::vector<std::string>& texts) {
  double width = 0;
  for (const std::string& t : texts) width = std::max(width, train::text_width(t, train::font_size));
  return width;
}

// What stands where, in pixels.
struct ForcesPlan {
  std::vector<ForceColumn> columns = {};
  std::vector<std::string> names = {}, numbers = {};
  double column = 0, right = 0, bars_top = 0, arrows_top = 0;  // the tops are those of the plots
  bool upright_names = false, upright_numbers = false;
  double room = 0;  // for a number above and below the arrows
  double names_top = 0;

  double middle(std::size_t i) const { return forces_left + (static_cast<double>(i) + 0.5) * column; }
};

ForcesPlan plan_of(const Forces& f) {
  ForcesPlan p{.columns = force_columns(f)};
  for (const ForceColumn& c : p.columns) {
    p.names.push_back(c.name);
    p.numbers.push_back(train::signed_number(c.push));
  }
  p.column = std::clamp(420 / static_cast<double>(p.columns.size()), 22.0, 84.0);
  const double title = train::strong_width(f.title, train::title_size);
  const double legend = train::strong_width(f.probability_name + f.label_name, train::font_size) + 90;
  const double least = std::max({title, legend, train::strong_width(f.push_name, train::font_size), 210.0});
  p.right = forces_left + std::max(p.column * static_cast<double>(p.columns.size()), least);
  p.upright_names = !fits(p.names, p.column);
  p.upright_numbers = !fits(p.numbers, p.column);
  p.room = p.upright_numbers ? longest(p.numbers) + 14 : line;
  p.bars_top = 44 + line + 10;
  p.arrows_top = p.bars_top + bars_high + 20 + line + p.room;
  p.names_top = p.arrows_top + arrows_high + p.room + 8;
  return p;
}

void draw_bars(Svg& page, const Forces& f, const ForcesPlan& plan) {
  Span span;
  for (const ForceColumn& c : plan.columns) span.take(c.p), span.take(c.t);
  if (span.low == span.high) span.high = 1;
  const train::Scale scale = train::scale_for({}, span.low, span.high, false);
  const auto down = [&](double v) { return plan.bars_top + (1 - scale.at(v)) * bars_high; };
  double x = forces_left;
  const double y = plan.bars_top - 16;
  page.box(x, y - 11, 12, 12, "f2");
  page.text(x + 18, y, f.probability_name, "strong");
  x += 18 + train::strong_width(f.probability_name, train::font_size) + 24;
  page.box(x, y - 11, 12, 12, "axis");
  page.text(x + 18, y, f.label_name, "strong");
  for (std::size_t i = 0; i<scale.ticks.size(); i += scale.ticks.size()> 6 ? 2 : 1) {
    const train::Tick& t = scale.ticks[i];
    page.line(forces_left, down(t.value), plan.right, down(t.value), "grid");
    page.text(forces_left - 10, down(t.value) + 5, t.label, "quiet", Anchor::end);
  }
  const double wide = std::min(26.0, plan.column * 0.4);
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const ForceColumn& c = plan.columns[i];
    const auto bar = [&](double left, double value, const char* style) {
      if (!std::isfinite(value) || std::fabs(value) >= 1e300) return;
      page.box(left, std::min(down(value), down(0)), wide, std::fabs(down(value) - down(0)), style);
    };
    bar(plan.middle(i) - wide - 1, c.p, "f2");
    bar(plan.middle(i) + 1, c.t, "axis");
  }
  page.line(forces_left, down(0), plan.right, down(0), "axis");
}

void draw_arrows(Svg& page, const Forces& f, const ForcesPlan& plan) {
  Span span;
  for (const ForceColumn& c : plan.columns) span.take(c.push);
  const double across = span.high - span.low, scale = across > 0 ? arrows_high / across : 0;
  const double zero = plan.arrows_top + (across > 0 ? span.high * scale : arrows_high / 2);
  page.text(forces_left, plan.arrows_top - plan.room - 8, f.push_name, "strong");
  page.line(forces_left, zero, plan.right, zero, "axis");
  page.text(forces_left - 10, zero + 5, "0", "quiet", Anchor::end);
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const double push = plan.columns[i].push, x = plan.middle(i);
    const double length = std::isfinite(push) && std::fabs(push) < 1e300 ? push * scale : 0;
    draw_arrow(page, x, zero, x, zero - length, push > 0 ? raises : lowers, std::min(5.0, plan.column / 5));
    const std::string& number = plan.numbers[i];
    if (plan.upright_numbers)
      page.text_upwards(x + 5, zero - length + (push < 0 ? 8 : -8), number, "", push < 0 ? Anchor::end : Anchor::start);
    else page.text(x, zero - length + (push < 0 ? 18 : -8), number, "", Anchor::middle);
  }
}

std::string in_words(const Forces& f, const std::vector<ForceColumn>& columns) {
  std::string text = "A pair of bars and an arrow for each class.";
  for (const ForceColumn& c : columns)
    text += fmt::format(" {}: {} {}, {} {}, the logit is pushed {} by {}.", c.name, f.probability_name,
                        train::short_number(c.p), f.label_name, train::short_number(c.t),
                        c.push > 0   ? "up"
                        : c.push < 0 ? "down"
                                     : "nowhere",
                        train::short_number(std::fabs(c.push)));
  return text;
}

}  // namespace

std::string svg(const Forces& forces) {
  const ForcesPlan plan = plan_of(forces);
  const double below = plan.upright_names ? longest(plan.names) : train::font_size;
  Svg page(std::ceil(plan.right + forces_right), std::ceil(plan.names_top + below + 16), forces.title,
           in_words(forces, plan.columns));
  page.text(forces_left, 34, forces.title, "title");
  draw_bars(page, forces, plan);
  draw_arrows(page, forces, plan);
  for (std::size_t i = 0; i < plan.names.size(); ++i) {
    if (plan.upright_names) page.text_upwards(plan.middle(i) + 5, plan.names_top, plan.names[i], "quiet", Anchor::end);
    else page.text(plan.middle(i), plan.names_top + 15, plan.names[i], "quiet", Anchor::middle);
  }
  return std::move(page).str();
}

}  // namespace logitape::inline v0
