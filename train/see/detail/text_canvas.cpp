// Lines in steps of one dot, the dots of a character as Unicode's braille patterns.
#include "logitape/train/see/detail/text_canvas.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {
namespace {

// Braille pattern U+2800 + dots, in UTF-8.
std::string braille(unsigned dots) {
  return {'\xe2', static_cast<char>(0xa0 + (dots >> 6)), static_cast<char>(0x80 + (dots & 0x3f))};
}

// The bit of the dot in [row][column] of a character: the block's numbering goes down the left column first, and its
// last row was added later (The Unicode Standard, chapter 21.1, Braille).
constexpr unsigned dot_bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

}  // namespace

int columns_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string first_columns(std::string_view text, int columns) {
  std::size_t end = 0;
  for (int seen = 0; end < text.size(); ++end)
    if ((text[end] & 0xc0) != 0x80 && ++seen > columns) break;
  return std::string(text.substr(0, end));
}

std::string left_aligned(std::string_view text, int columns) {
  const std::string kept = first_columns(text, columns);
  return kept + std::string(static_cast<std::size_t>(std::max(0, columns - columns_of(kept))), ' ');
}

std::string right_aligned(std::string_view text, int columns) {
  const std::string kept = first_columns(text, columns);
  return std::string(static_cast<std::size_t>(std::max(0, columns - columns_of(kept))), ' ') + kept;
}

std::vector<std::string> shortened(const std::vector<std::string>& names, int columns) {
  std::vector<std::string> heads, tails;
  for (const std::string& name : names) {
    heads.push_back(first_columns(name, columns));
    tails.push_back(name.substr(first_columns(name, std::max(0, columns_of(name) - columns)).size()));
  }
  return std::set(heads.begin(), heads.end()).size() < names.size() ? tails : heads;
}

std::string bar(double fraction, int columns, bool unicode) {
  constexpr const char* eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int parts = unicode ? 8 : 1;
  const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * columns * parts));
  std::string text;
  for (int i = 0; i < filled / parts; ++i) text += unicode ? "█" : "#";
  if (unicode) text += eighths[filled % parts];
  return left_aligned(text, columns);
}

template <class Put>
void Canvas::walk(double x1, double y1, double x2, double y2, int wide, int high, Put put) {
  const auto place = [](double fraction, int count) { return std::clamp(fraction, 0.0, 1.0) * (count - 1); };
  const double left = place(x1, wide), top = place(1 - y1, high), right = place(x2, wide), bottom = place(1 - y2, high);
  const int steps = std::max(1, static_cast<int>(std::ceil(std::max(std::abs(right - left), std::abs(bottom - top)))));
  for (int i = 0; i <= steps; ++i) {
    const double along = static_cast<double>(i) / steps;
    put(static_cast<int>(std::lround(left + along * (right - left))),
        static_cast<int>(std::lround(top + along * (bottom - top))));
  }
}

void Canvas::line(double x1, double y1, double x2, double y2, std::string_view mark) {
  walk(x1, y1, x2, y2, columns_, rows_, [&](int x, int y) { at(x, y).mark = mark; });
}

void Canvas::dotted_line(double x1, double y1, double x2, double y2) {
  walk(x1, y1, x2, y2, 2 * columns_, 4 * rows_, [&](int x, int y) { at(x / 2, y / 4).dots |= dot_bits[y % 4][x % 2]; });
}

std::string Canvas::row(int number) const {
  std::string text;
  for (int c = 0; c < columns_; ++c) {
    const Cell& cell = cells_[index(c, number)];
    if (!cell.mark.empty()) text += cell.mark;
    else text += cell.dots ? braille(cell.dots) : " ";
  }
  return text;
}

std::string percent(double fraction, int decimals) {
  return std::isnan(fraction) ? "-" : fmt::format("{:.{}f}%", 100 * fraction, decimals);
}

}  // namespace logitape::inline v0::train
