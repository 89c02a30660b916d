// Figures: ticks at round numbers, text escaped, gaps where there is nothing to draw, and XML whose tags close.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "logitape.h"
#include "logitape/train/see/detail/scale.h"
#include "logitape/train/see/detail/svg.h"
#include "tests/support/markup.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;

Texts labels(const LineChart::Axis& axis, double low, double high, bool tight = false) {
  Texts all;
  for (const train::Tick& t : train::scale_for(axis, low, high, tight).ticks)
    if (!t.label.empty()) all.push_back(t.label);
  return all;
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("ticks of a linear axis stand at 1, 2 or 5 times a power of ten, rounded out or inside") {
  CHECK(labels({}, 66.4, 100) == Texts{"60", "70", "80", "90", "100"});
  CHECK(labels({}, -0.3, 0.3) == Texts{"-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"});
  CHECK(labels({.whole = true}, 1, 30, true) == Texts{"5", "10", "15", "20", "25", "30"});
  CHECK(labels({.whole = true}, 1, 3, true) == Texts{"1", "2", "3"});
  CHECK(labels({.whole = true}, 1, 1, true) == Texts{"1"});
  CHECK(labels({}, 0, 3e9) == Texts{"0", "5e+08", "1e+09", "1.5e+09", "2e+09", "2.5e+09", "3e+09"});
}

TEST_CASE("ticks of a log axis stand at powers of ten, and between them where there is one decade only") {
  CHECK(labels({.log = true}, 0.0071, 1.34) == Texts{"0.01", "0.1", "1"});
  CHECK(labels({.log = true}, 2.5, 9) == Texts{"2", "5", "10"});
  CHECK(labels({.log = true}, 1e-9, 1e-7, true) == Texts{"10⁻⁹", "10⁻⁸", "10⁻⁷"});
  CHECK(labels({.log = true}, 1e-16, 1, true).size() == 9);
  const train::Scale scale = train::scale_for({.log = true}, 0.0071, 1.34, false);
  CHECK(scale.low == doctest::Approx(0.005).epsilon(1e-15));  // pow rounds
  CHECK(scale.high == 2);
  CHECK(scale.at(0.1) == doctest::Approx(std::log10(0.1 / 0.005) / std::log10(2 / 0.005))
                             .epsilon(1e-15));  // logarithms of about 2, their quotient
}

TEST_CASE("an axis of one value, of extremes or of nearly equal values has few ticks, in order, inside") {
  const double most = 1e300, least = 1e-300;
  for (const auto& range : std::vector<std::pair<double, double>>{{5, 5},
                                                                  {0, 0},
                                                                  {-most, most},
                                                                  {least, most},
                                                                  {least, least},
                                                                  {most, most},
                                                                  {1, 1 + 1e-15},
                                                                  {1e15, 1e15 + 0.25},
                                                                  {0, least}})
    for (const bool log : {false, true})
      for (const bool tight : {false, true}) {
        const double low = range.first,
                     high = range.second;  // INFO's lambda: clang captures no structured binding before 16
        if (log && !train::is_drawn({.log = true}, low)) continue;
        const train::Scale scale = train::scale_for({.log = log}, low, high, tight);
        INFO(low, " ", high, " ", log, " ", tight);
        CHECK(scale.low < scale.high);
        CHECK(scale.ticks.size() <= 700);  // a fine line a decade at most
        for (const train::Tick& t : scale.ticks) {
          CHECK(scale.at(t.value) >= -1e-6);  // rounding of the ticks' own values
          CHECK(scale.at(t.value) <= 1 + 1e-6);
        }
        CHECK(scale.at(low) >= -1e-9);
        CHECK(scale.at(high) <= 1 + 1e-9);
      }
}

TEST_CASE("text is escaped, and what XML cannot hold is replaced") {
  CHECK(train::escaped("a<b> & \"c\" é ∂") == "a&lt;b&gt; &amp; &quot;c&quot; é ∂");
  const std::string wrong = "\uFFFD";
  CHECK(train::escaped(std::string("\0\x1b", 2)) == wrong + wrong);
  CHECK(train::escaped("\xff\xc3") == wrong + wrong);
  CHECK(train::escaped("\xc0\xaf") == wrong + wrong);              // a longer form than needed
  CHECK(train::escaped("\xed\xa0\x80") == wrong + wrong + wrong);  // half of a pair
  CHECK(train::escaped("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
}

TEST_CASE("a chart has its title, axes, a line and a legend a series, and a gap where a value cannot be drawn") {
  LineChart chart{.title = "a <b> & c", .x = {.label = "epoch", .whole = true}};
  chart.panel({.label = "loss", .log = true}, {{.name = "training", .x = {1, 2, 3, 4, 5}, .y = {1, 0.5, 0, 0.2, 0.1}}});
  chart.panel({.label = "accuracy"},
              {{.name = "x", .x = {1, 2}, .y = {nan, 1}}, {.name = "y", .x = {1}, .y = {INFINITY}}});
  const std::string xml = svg(chart);
  CHECK(well_formed(xml));
  CHECK(count(xml, "a &lt;b&gt; &amp; c") == 3);  // for the eye, for the ear, as the file's title
  for (const char* const text : {">loss<", ">training<", ">accuracy<", ">x<", ">y<", ">epoch<", ">0.1<"})
    CHECK(count(xml, text) == 1);
  CHECK(count(xml, "<circle") == 5);
  CHECK(xml.find("nan") == std::string::npos);
  CHECK(xml.find("inf") == std::string::npos);
  // the line of the loss is lifted once: two moves, two strokes
  const std::size_t line = xml.find("<path d=\"M", xml.find(">0.1<"));
  const std::string commands = xml.substr(line, xml.find("class", line) - line);
  CHECK(count(commands, "M") == 2);
  CHECK(count(commands, "L") == 2);
}

TEST_CASE(
    "a chart of nothing that can be drawn is still a chart, and one without a panel or with ragged values is refused") {
  LineChart chart{.title = "diverged"};
  chart.panel({.label = "loss", .log = true}, {{.name = "training", .x = {1, 2}, .y = {nan, nan}}}).panel({}, {});
  CHECK(well_formed(svg(chart)));
  CHECK_THROWS_WITH_AS(svg(LineChart{.title = "none"}), "LineChart: \"none\" has no panel", Error);
  chart.panel({}, {{.name = "s", .x = {1, 2}, .y = {1}}});
  CHECK_THROWS_WITH_AS(svg(chart), "LineChart: series \"s\" has 2 x and 1 y", Error);
}

TEST_CASE("a heat map writes every count but the zeros, and mistakes in another colour") {
  const Tensor confusion = from_span(std::vector<std::int64_t>{12, 0, 34, 56}, {2, 2});
  const std::string xml = svg(confusion_map(confusion, "which", {"<a>", "b"}));
  CHECK(well_formed(xml));
  for (const char* const text : {">12<", ">34<", ">56<"}) CHECK(count(xml, text) == 1);
  CHECK(count(xml, ">0<") == 0);
  CHECK(count(xml, ">&lt;a&gt;<") == 2);
  CHECK(count(xml, "class=\"f0\"") == 2);
  CHECK(count(xml, "class=\"f1\"") == 1);
  CHECK(well_formed(svg(confusion_map(zeros({200, 200}, DType::i64), "many"))));
  CHECK(well_formed(svg(HeatMap{.title = "none"})));
}

TEST_CASE("a heat map names what it refuses") {
  CHECK_THROWS_WITH_AS(svg(HeatMap{.title = "t", .rows = {"a"}, .columns = {"b"}}),
                       "HeatMap: \"t\" has 0 values for 1 rows and 1 columns", Error);
  CHECK_THROWS_WITH_AS(svg(HeatMap{.title = "t", .rows = {"a"}, .columns = {"b", "c"}, .values = {1, -2}}),
                       "HeatMap: \"t\" has value -2 at row 0, column 1; 0 and more are shown", Error);
  CHECK_THROWS_WITH_AS(confusion_map(zeros({2, 2}, DType::i64), "t", {"a"}),
                       "confusion_map: 1 names are given for 2 classes", Error);
}

}  // namespace logitape::tests
