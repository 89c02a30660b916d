// The page of a training and its text: what stands in them, how it is escaped, and that nothing is asked from
// elsewhere.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "logitape.h"
#include "logitape/train/see/detail/png.h"
#include "logitape/train/see/detail/text_canvas.h"
#include "tests/support/markup.h"

namespace logitape::tests {
namespace {

// Twelve rows of three classes; row 7, of class 1, is read as 2 and row 4 is the least sure of the others.
TrainingReport report() {
  std::vector<double> probabilities;
  std::vector<std::int64_t> labels;
  for (int row = 0; row < 12; ++row) {
    const int truth = row % 3;
    for (int c = 0; c < 3; ++c) probabilities.push_back(c == truth ? 0.8 : 0.1);
    labels.push_back(truth);
  }
  const auto believe = [&](std::ptrdiff_t row, std::vector<double> p) {
    std::copy(p.begin(), p.end(), probabilities.begin() + 3 * row);
  };
  believe(7, {0.05, 0.05, 0.9});
  believe(4, {0.24, 0.52, 0.24});
  TrainingReport r{.title = "a <title> & more"};
  r.history = {{.number = 1, .loss = 1, .accuracy = 0.5, .held_out_accuracy = 0.4, .seconds = 1},
               {.number = 2, .loss = 0.5, .accuracy = 0.75, .held_out_accuracy = 0.6, .seconds = 2.5}};
  r.probabilities = from_span(probabilities, {12, 3});
  r.labels = from_span(labels, {12});
  r.classes = {"<script>alert(1)</script>", "één", "\"c\" & d"};
  r.hardest = 2;
  return r;
}

int longest_line(const std::string& text) {
  int most = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) most = std::max(most, train::columns_of(line));
  return most;
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("the page is well formed, has every part, and takes nothing from elsewhere") {
  TrainingReport r = report();
  r.data = {{"file", "a&b.csv"}};
  r.settings = {{"learning rate", "0.1"}};
  r.timings = {{"training", "2.5 s"}};
  r.training_counts = {10, 20, 30};
  const std::string page = html(r);
  CHECK(well_formed(page));
  CHECK(page.starts_with("<!DOCTYPE html>"));
  for (const char* const part : {"Loss by epoch", "Accuracy by epoch", "Which are read as which", "Right against sure",
                                 "Each class against the rest", "Precision against recall"})
    CHECK(count(page, part) == 3);  // a figure's title is for the eye, the ear and the tab
  for (const char* const part : {"<h2>Classes</h2>", "<h2>Hardest rows</h2>", "<h2>Data</h2>", "<h2>Settings</h2>",
                                 "<h2>Times</h2>", "a&amp;b.csv", "2.5 s", "<td>60</td>"})
    CHECK(count(page, part) == 1);
  CHECK(count(page, "http") == 6);  // the namespaces of six SVGs
  CHECK(count(page, "url(") + count(page, "src=") + count(page, "href") + count(page, "@import") == 0);
}

TEST_CASE("names are escaped everywhere in the page, and UTF-8 is kept") {
  const std::string page = html(report());
  CHECK(count(page, "<script") == 0);
  CHECK(count(page, "&lt;script&gt;alert(1)&lt;/") >= 5);  // table, both edges of the matrix, a legend, a card
  CHECK(count(page, "<title>a &lt;title&gt; &amp; more</title>") == 1);
  CHECK(count(page, "één") >= 5);
  CHECK(count(page, "<td>&quot;c&quot; &amp; d</td>") == 1);
}

TEST_CASE("the numbers on the page are those of the library's functions") {
  const std::string page = html(report());
  CHECK(count(page, "<dd>91.7%</dd>") == 1);  // 11 of 12
  // class 1: 3 of 4 found, all named so are; class 2: 4 found, 5 named so
  CHECK(count(page, "<td>één</td><td>100.0%</td><td>75.0%</td><td>85.7%</td>") == 1);
  CHECK(count(page, "<td>80.0%</td><td>100.0%</td><td>88.9%</td>") == 1);
  // 10 rows sure to 0.8 and right, one to 0.52 and right, one to 0.9 and wrong: (10*0.2 + 0.48 + 0.9) / 12
  CHECK(count(page, "calibration error 28.2%") == 1);
}

TEST_CASE("the hardest rows are those whose true class was given least, with their numbers, beliefs and values") {
  TrainingReport r = report();
  r.inputs = arange(24).to(DType::f32).to(DType::f64);
  r.inputs = reshape(r.inputs, {12, 2});
  r.features = {"length <mm>", "width"};
  r.numbers = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111};
  const std::string page = html(r), cards = page.substr(page.find("Hardest rows"));
  CHECK(count(cards, "class=\"card\"") == 2);
  CHECK(cards.find("row 107") < cards.find("row 104"));
  CHECK(count(cards, "is <strong>één</strong>, read as <strong>&quot;c&quot; &amp; d</strong> <small>row 107") == 1);
  CHECK(count(cards, "is <strong>één</strong>, and read as <strong>één</strong>") == 1);
  CHECK(count(cards, "<td>length &lt;mm&gt;</td><td>14</td>") == 1);
  CHECK(count(cards, "<i class=\"true\" style=\"width:5.0%\"></i><span>5.0%</span>") == 1);
}

TEST_CASE("inputs that are pictures are drawn, from the darkest shown to the lightest") {
  TrainingReport r = report();
  r.hardest = 1;
  std::vector<float> pixels(72, 9.f);
  const std::vector<float> hardest = {-1, 0, 1, 1, 0, -1};
  std::copy(hardest.begin(), hardest.end(), pixels.begin() + 42);
  r.inputs = from_span(pixels, {12, 2, 3});
  const std::vector<std::uint8_t> bytes = {0, 128, 255, 255, 128, 0};
  CHECK(count(html(r), "src=\"data:image/png;base64," + train::base64(train::png(bytes, 2, 3, 1)) + "\"") == 1);
  r.inputs = reshape(r.inputs, {12, 2, 3, 1});
  CHECK(count(html(r), "data:image/png") == 1);
  r.inputs = from_span(std::vector<float>(144), {12, 2, 2, 3});
  CHECK(count(html(r), "data:image/png") == 1);
  r.inputs = from_span(std::vector<float>(96), {12, 2, 2, 2});
  CHECK(count(html(r), "data:image/png") == 0);
}

TEST_CASE("a PNG has its signature, size and lines, and base64 is RFC 4648's") {
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6};
  const std::string file = train::png(pixels, 3, 2, 1);
  CHECK(file.starts_with("\x89PNG\r\n\x1a\n"));
  CHECK(file.substr(8, 17) == std::string("\0\0\0\rIHDR\0\0\0\2\0\0\0\3\x8", 17));
  CHECK(file.ends_with(std::string("\0\0\0\0IEND\xae\x42\x60\x82", 12)));  // the checksum that every PNG ends with
  CHECK(file.find(std::string("\0\1\2\0\3\4\0\5\6", 9)) != std::string::npos);
  CHECK(train::base64("") == "");
  CHECK(train::base64("f") == "Zg==");
  CHECK(train::base64("fo") == "Zm8=");
  CHECK(train::base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("whatever is missing is left out of the page, and a training that went wrong still has one") {
  CHECK(well_formed(html({})));
  TrainingReport diverged{.history = {{.number = 1, .loss = nan, .accuracy = nan}}};
  CHECK(well_formed(html(diverged)));
  CHECK(count(html(diverged), "nan") == 0);
  TrainingReport r = report();
  r.history.clear();
  r.probabilities = full({12, 3}, 1.0 / 3, DType::f64);
  r.labels = zeros({12}, DType::i64);  // one class only: no areas
  r.hardest = 0;
  CHECK(well_formed(html(r)));
  CHECK(count(html(r), "Hardest") + count(html(r), "Loss by epoch") + count(html(r), "nan") == 0);
  CHECK(count(html(r), "<td>-</td>") ==
        4 + 2 * 3);  // areas and their mean; the scores of two classes that do not occur
}

TEST_CASE("a page of many classes names the mistakes in text, and shows eight curves") {
  TrainingReport r;
  Generator rng{4};
  r.probabilities = softmax(randn({300, 60}, rng));
  std::vector<std::int64_t> labels(300);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % 60);
  r.labels = from_span(labels, {300});
  CHECK(well_formed(html(r)));
  const std::string legend = html(r).substr(html(r).find("Each class against the rest"));
  CHECK(count(legend.substr(0, legend.find("</svg>")), "h22") == 9);  // with chance
  const std::string text = report_text(r, {});
  CHECK(count(text, "The most frequent mistakes") == 1);
  CHECK(longest_line(text) <= 80);
}

TEST_CASE("the text has the same numbers in at most 80 columns, in ASCII where that is all there is") {
  TrainingReport r = report();
  r.classes[1] = std::string(100, 'n');
  const std::string plain = report_text(r, {}), rich = report_text(r, {.columns = 200, .unicode = true});
  CHECK(longest_line(plain) <= 80);
  CHECK(longest_line(rich) <= 80);
  r.classes[1] = "nnn";
  CHECK(std::all_of(plain.begin(), plain.end(), [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
  for (const char* const part : {"91.7%", "85.7%", "calibration error 28.2%", "learning"})
    CHECK(count(plain, part) == (std::string(part) == "learning" ? 0 : count(rich, part)));
  CHECK(longest_line(chart_text(loss_chart(r.history, "t"), {.columns = 50})) <= 50);
}

TEST_CASE("a chart in text has a line's ends in its corners, and dots where there is Unicode") {
  LineChart chart{.title = "title", .x = {.label = "x"}};
  chart.panel({.label = "y"}, {{.name = "up", .x = {0, 1}, .y = {0, 1}}});
  const std::string text = chart_text(chart, {.columns = 40});
  std::istringstream lines(text);
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(line);
  REQUIRE(rows.size() == 2 + 12 + 2);
  CHECK(rows[0] == "title");
  CHECK(rows[1] == "y   * up");
  CHECK(rows[2].starts_with("     1.0 |"));
  CHECK(rows[2].size() == 40);
  CHECK(rows[2].back() == '*');
  CHECK(rows[13].starts_with("     0.0 |*"));
  const std::string dots = chart_text(chart, {.columns = 40, .unicode = true});
  CHECK(count(dots, "⠁") + count(dots, "⡀") + count(dots, "⢀") + count(dots, "⡠") + count(dots, "⠔") > 0);
  CHECK(count(dots, "*") == 0);
  chart.panels[0].series[0].y = {nan, nan};
  CHECK(count(chart_text(chart, {.columns = 40}), "*") == 1);  // the legend's
  CHECK_THROWS_WITH_AS(chart_text(LineChart{.title = "none"}, {}), "chart_text: \"none\" has no panel", Error);
}

TEST_CASE("a reliability diagram as text has a bar of each bin that has rows and a stroke where it should end") {
  ReliabilityDiagram d{.title = "t",
                       .bins = {{.low = 0, .high = 0.5, .rows = 0},
                                {.low = 0.5, .high = 1, .rows = 4, .confidence = 0.75, .accuracy = 0.5}}};
  CHECK(reliability_text(d, {.columns = 40}) ==
        "t\n"
        "     sure, %   rows   right calibration error 25.0%\n"
        "   50 to 100      4   50.0% ######  |\n");
  CHECK(count(reliability_text(d, {.unicode = true}), "█") == 26);  // half of 52
  CHECK(well_formed(svg(d)));
  CHECK(count(svg(d), "calibration error 25.0%") == 1);
}

TEST_CASE("scores as text have the columns' names above them, and names are cut") {
  const ClassScores s = class_scores(tensor({{8, 0}, {1, 1}}).to(DType::i64));
  const std::vector<std::string> names = {"a", std::string(40, 'b')};
  const std::string text = scores_text(s, {}, names);
  CHECK(count(text, "       a      88.9%   100.0%    94.1%        8\n") == 1);
  CHECK(count(text, std::string(24, 'b') + "     100.0%    50.0%    66.7%        2\n") == 1);
  CHECK(count(text, std::string(25, 'b')) == 0);
  CHECK_THROWS_WITH_AS(scores_text(s, {}, std::vector<std::string>{"a"}),
                       "scores_text: 1 names are given for 2 classes", Error);
}

TEST_CASE("a report names what it refuses") {
  const auto refuses = [](auto change, const char* sentence) {
    TrainingReport r = report();
    change(r);
    CHECK_THROWS_WITH_AS(html(r), sentence, Error);
  };
  refuses([](auto& r) { r.labels = {}; }, "html: it has probabilities without labels; both are needed, or none");
  refuses([](auto& r) { r.classes.pop_back(); }, "html: 2 names are given for 3 classes");
  refuses([](auto& r) { r.numbers = {1}; }, "html: 1 numbers are given for 12 rows");
  refuses([](auto& r) { r.training_counts = {1}; }, "html: 1 counts of training rows are given for 3 classes");
  refuses(
      [](auto& r) {
        r.inputs = zeros({3, 2});
      },
      "html: inputs are f32 [3,2]; [rows, ...] is needed, with the 12 rows of the labels");
  refuses(
      [](auto& r) {
        r.inputs = zeros({12, 2});
        r.features = {"a"};
      },
      "html: 1 names of features are given for inputs f32 [12,2]");
}

}  // namespace logitape::tests
