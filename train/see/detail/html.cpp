// The page's frame, its style sheet, tables and figures. The figures' own classes are those of svg.cpp.
#include "logitape/train/see/detail/html.h"

#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/see/detail/svg.h"

namespace logitape::inline v0::train {
namespace {

constexpr std::string_view page_style = R"(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --rule: #d1d9e0; --tint: #f6f8fa;
  --right: #0072b2; --wrong: #d55e00 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --rule: #3d444d;
          --tint: #151b23; --right: #58a6ff; --wrong: #f0883e }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
       font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere }
main { max-width: 1060px; margin: 0 auto; padding: 20px 16px 48px }
h1 { font-size: 28px; line-height: 1.25; margin: 8px 0 20px }
h2 { font-size: 20px; margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--rule) }
p { margin: 8px 0; max-width: 46em }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 10px; margin: 0 }
.tiles div { background: var(--tint); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 12px }
.tiles dt { color: var(--soft); font-size: 14px }
.tiles dd { margin: 0; font-size: 24px; font-weight: 600; font-variant-numeric: tabular-nums }
.figures { display: flex; flex-wrap: wrap; gap: 16px 28px; align-items: flex-start }
figure { margin: 0; max-width: 100% }
figure svg { display: block; max-width: 100%; height: auto }
figcaption { color: var(--soft); font-size: 14px; max-width: 470px; margin-top: 4px }
.wide { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top }
th:first-child, td:first-child { text-align: left }
.wide th, .wide td { white-space: nowrap; overflow-wrap: normal }
.wide td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 6em; max-width: 16em }
thead th { color: var(--soft); font-weight: 500 }
.mean td { color: var(--soft); border-bottom-style: dashed }
.facts td:last-child { text-align: left; padding-right: 0 }
.facts td:first-child { color: var(--soft) }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 12px }
.card { background: var(--tint); border: 1px solid var(--rule); border-radius: 8px; padding: 12px; break-inside: avoid }
.card img { width: 112px; max-height: 160px; object-fit: contain; image-rendering: pixelated;
            display: block; margin-bottom: 8px;
  border-radius: 4px }
.card p { margin: 0 0 6px }
.card small { color: var(--soft); white-space: nowrap }
.card table { font-size: 13px; margin-bottom: 8px; width: 100% }
.card th, .card td { padding: 1px 8px 1px 0 }
.beliefs { display: grid; grid-template-columns: minmax(2em, auto) 1fr auto; gap: 2px 8px;
           align-items: center; font-size: 14px;
  font-variant-numeric: tabular-nums }
.beliefs b { font-weight: inherit; max-width: 9em }
.beliefs i { background: var(--wrong); height: 9px; border-radius: 2px; min-width: 1px }
.beliefs i.true { background: var(--right) }
.beliefs span { text-align: right }
@media (max-width: 560px) { h1 { font-size: 23px } .tiles dd { font-size: 20px }
  table { font-size: 14px } th, td { padding-right: 10px } }
@media print { main { max-width: none; padding: 0 } h2 { break-after: avoid }
  figure, tr, .tiles div { break-inside: avoid }
  .wide { overflow: visible } * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
)";

std::string table_row(const char* cell, const std::vector<std::string>& row, const char* style) {
  std::string text = fmt::format("<tr{}>", style);
  for (const std::string& value : row) text += fmt::format("<{0}>{1}</{0}>", cell, escaped(value));
  return text + "</tr>\n";
}

}  // namespace

std::string page_begin(std::string_view title, std::string_view more_style, std::string_view above) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{0}</title>\n<style>{1}{2}</style>\n</head>\n"
      "<body>\n{3}<main id=\"content\">\n<h1>{0}</h1>\n",
      escaped(title), page_style, more_style, above);
}

std::string page_end() { return "</main>\n</body>\n</html>\n"; }

std::string section(std::string_view title, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", escaped(title), content);
}

std::string figure(std::string_view svg, std::string_view caption) {
  return fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", svg, escaped(caption));
}

std::string figures(const std::vector<std::string>& all) {
  std::string text = "<div class=\"figures\">\n";
  for (const std::string& one : all) text += one;
  return text + "</div>\n";
}

std::string facts_table(const std::vector<TrainingReport::Fact>& facts) {
  std::string text = "<table class=\"facts\">\n";
  for (const TrainingReport::Fact& f : facts) text += table_row("td", {f.name, f.value}, "");
  return text + "</table>\n";
}

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows,
                  std::size_t averages) {
  std::string text = "<div class=\"wide\"><table>\n<thead>" + table_row("th", head, "") + "</thead>\n<tbody>\n";
  for (std::size_t r = 0; r < rows.size(); ++r)
    text += table_row("td", rows[r], r + averages >= rows.size() ? " class=\"mean\"" : "");
  return text + "</tbody>\n</table></div>\n";
}

}  // namespace logitape::inline v0::train
