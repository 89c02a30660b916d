// Tables, comparisons and boxes of an explanation's page, its rules of CSS and its script.
#include "logitape/train/explain/detail/page_parts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "logitape/core/detail/require.h"
#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/see/detail/html.h"
#include "logitape/train/see/detail/svg.h"

namespace logitape::inline v0::lesson {

using train::escaped;

namespace {

// Escaped; no line breaks behind a minus, as in -log p and 1e-16.
std::string running(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word = escaped(text.substr(0, end));
    const bool whole = end < 24 && word.find('-') != std::string::npos;
    html += whole ? "<span class=\"whole\">" + word + "</span>" : word;
    if (end < text.size()) html += " ";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return html;
}

}  // namespace

const std::string_view page_rules = R"(
:root { --good: #116329; --bad: #b3261e; --lit: #b34700 }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --lit: #f0883e } }
.skip { position: absolute; left: 8px; top: -80px; background: var(--paper); color: var(--right); padding: 8px 14px;
  border: 2px solid var(--right); border-radius: 6px }
.skip:focus { top: 8px }
a { color: var(--right) }
:focus-visible { outline: 3px solid var(--right); outline-offset: 2px }
h2, h3 { scroll-margin-top: 12px }
h3 { font-size: 17px; margin: 24px 0 8px }
nav ol { columns: 19em; column-gap: 28px; margin: 8px 0 0; padding-left: 2em }
nav li { break-inside: avoid; padding: 2px 0 }
.formula { font: 16px/1.6 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--tint); white-space: pre-wrap;
  border-left: 4px solid var(--right); margin: 12px 0; padding: 8px 14px; overflow-wrap: anywhere }
.numbers { margin: 14px 0 }
.numbers table { font-size: 14px }
.numbers td, .numbers thead th { padding-right: 18px }
.formula span { display: block; padding-left: 2em; text-indent: -2em }
.numbers, .pan { background: linear-gradient(to right, var(--paper) 30%, transparent) left / 40px 100% no-repeat local,
  linear-gradient(to left, var(--paper) 30%, transparent) right / 40px 100% no-repeat local,
  linear-gradient(to right, var(--soft), transparent) left / 10px 100% no-repeat scroll,
  linear-gradient(to left, var(--soft), transparent) right / 10px 100% no-repeat scroll }
.whole { white-space: nowrap }
caption { text-align: left; color: var(--soft); font-size: 14px; padding-bottom: 4px }
tbody th { font-weight: 500 }
.wide thead th, .wide tbody th { white-space: normal; overflow-wrap: anywhere; max-width: 16em }
.wide thead th { min-width: 4em }
.wide tbody th { min-width: 5em }
.ticks { list-style: none; margin: 14px 0; padding: 0; max-width: 46em }
.ticks li { padding: 3px 0 3px 7.5em; position: relative; break-inside: avoid }
.ticks strong { position: absolute; left: 0; color: var(--good) }
.ticks .fail strong { color: var(--bad) }
.ticks .unknown strong { color: var(--soft) }
.pan { overflow-x: auto; max-width: 100% }
.pan svg { min-width: var(--least) }
figure { margin: 14px 0 }
.player { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 12px 0 }
.player[hidden] { display: none }
.player button { font: inherit; min-height: 44px; min-width: 76px; padding: 6px 16px; border-radius: 8px;
  border: 1px solid var(--soft); background: var(--tint); color: var(--ink); cursor: pointer }
.player p { flex-basis: 100%; min-height: 3em; margin: 0 }
.flow tr.now > * { background: var(--tint); box-shadow: inset 0 0 0 2px var(--lit) }
.flow td, .flow thead th { text-align: left }
.flow td:last-child { white-space: normal }
.logitape-tape .node.now .box { stroke: var(--lit); stroke-width: 4 }
.logitape-tape .later .back { visibility: hidden }
.logitape-tape .edge.now { stroke: var(--lit); stroke-width: 4 }
@media (prefers-reduced-motion: no-preference) { .logitape-tape .box { transition: stroke-width 0.2s } }
@media (max-width: 560px) { .ticks li { padding-left: 0 } .ticks strong { position: static; margin-right: 6px } }
@media print { .skip, .player, nav { display: none } .pan { overflow: visible } .pan svg { min-width: 0 }
  figure svg { max-height: 235mm } h2, h3, caption { break-after: avoid } .formula, .ticks li { break-inside: avoid }
  .logitape-tape .later .back { visibility: visible }
  body { font-size: 11pt } .numbers table { font-size: 8.5pt } .numbers th, .numbers td { padding-right: 8px } }
)";

// No < and no & in it: it stands in HTML as it is. A step back shows less of what flowed; before the first all is
// shown.
const std::string_view page_script = R"~(<script>
for (const player of document.querySelectorAll(".player")) {
  const id = player.dataset.tape, flow = document.getElementById(id + "-flow");
  const rows = [...flow.querySelectorAll("tbody tr")], svg = document.getElementById(id + "-picture");
  const order = new Map(rows.map((row, i) => [row.dataset.tick, i]));
  const status = player.querySelector("p"), play = player.querySelector("[data-do=play]");
  let at = -1, timer = 0;
  const show = () => {
    rows.forEach((row, i) => row.classList.toggle("now", i === at));
    for (const node of svg.querySelectorAll(".node")) {
      const place = order.has(node.dataset.tick) ? order.get(node.dataset.tick) : -1;
      node.classList.toggle("now", at >= 0 ? place === at : false);
      node.classList.toggle("later", at >= 0 ? place > at : false);
    }
    for (const edge of svg.querySelectorAll(".edge:not(.still)"))
      edge.classList.toggle("now", at >= 0 ? order.get(edge.dataset.to) === at : false);
    status.textContent = at >= 0 ? (at + 1) + " of " + rows.length + ": " + rows[at].dataset.words
                                 : "Step goes through what is shown: the gradient starts at the loss and flows up.";
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
  const step = by => { at = Math.max(-1, Math.min(rows.length - 1, at + by)); show(); };
  player.addEventListener("click", event => {
    const what = event.target.dataset.do;
    if (what === "play" ? timer === 0 : false) {
      if (at === rows.length - 1) at = -1;
      play.textContent = "Pause";
      step(1);
      timer = setInterval(() => { if (at === rows.length - 1) stop(); else step(1); }, 1600);
    } else {
      stop();
      if (what === "step") step(1);
      if (what === "back") step(-1);
      if (what === "all") { at = -1; show(); }
    }
  });
  player.hidden = false;
  show();
}
</script>
)~";

const std::string_view skip_link = "<a class=\"skip\" href=\"#content\">To the content</a>\n";

std::string number_table(const NamedNumbers& n) {
  std::string caption = n.symbol + (n.symbol.empty() || n.meaning.empty() ? "" : ": ") + n.meaning;
  std::string text =
      fmt::format("<div class=\"wide numbers\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n",
                  escaped(caption.empty() ? "numbers" : caption));
  if (!caption.empty()) text += "<caption>" + escaped(caption) + "</caption>\n";
  text += "<thead><tr><td></td>";
  for (const std::string& name : n.columns) text += "<th scope=\"col\">" + escaped(name) + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t r = 0; r < n.rows.size(); ++r) {
    text += "<tr><th scope=\"row\">" + escaped(n.rows[r]) + "</th>";
    for (std::size_t c = 0; c < n.columns.size(); ++c) {
      const double value = n.values[r * n.columns.size() + c];
      text += "<td>" + (std::isnan(value) ? std::string() : number(value)) + "</td>";  // NaN: nothing stands there
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string comparison_list(const std::vector<Comparison>& comparisons) {
  if (comparisons.empty()) return "";
  std::string text = "<ul class=\"ticks\">\n";
  for (const Comparison& c : comparisons) {
    const bool pass = c.verdict == Verdict::pass, fail = c.verdict == Verdict::fail;
    std::string said = c.claim + ": " + c.second_way;
    if (c.verdict == Verdict::inconclusive) said += ". " + c.reason;
    else if (c.difference == 0) said += ", the same";
    else said += ", off by " + number(c.difference, 2) + "; up to " + number(c.allowed, 2) + " is allowed";
    if (fail) said += ". What is allowed is for: " + c.reason;
    text += fmt::format("<li class=\"{}\"><strong>{}</strong> {}</li>\n",
                        pass   ? "pass"
                        : fail ? "fail"
                               : "unknown",
                        pass   ? "✓ agrees"
                        : fail ? "✗ differs"
                               : "? unknown",
                        running(said));
  }
  return text + "</ul>\n";
}

std::string formulas(std::string_view lines) {
  std::string text = "<pre class=\"formula\">";
  while (!lines.empty()) {  // a line at a time: escaped() has no line breaks
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    text += "<span>" + escaped(lines.substr(0, end)) + "</span>";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text + "</pre>\n";
}

std::string paragraph(std::string_view text) { return "<p>" + running(text) + "</p>\n"; }

std::string drawing(std::string_view svg, std::string_view name, std::string_view caption) {
  const std::size_t at = svg.find(" width=\"") + 8;
  const double wide = std::strtod(std::string(svg.substr(at, 12)).c_str(), nullptr);
  const double least = wide > 480 ? 0.75 * wide : 0;  // smaller, and its numbers cannot be read
  return fmt::format(
      "<figure>\n<div class=\"pan\" style=\"--least: {:.0f}px\"{}>\n{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
      least, least > 0 ? fmt::format(" tabindex=\"0\" role=\"region\" aria-label=\"{}\"", escaped(name)) : "", svg,
      escaped(caption));
}

}  // namespace logitape::inline v0::lesson
