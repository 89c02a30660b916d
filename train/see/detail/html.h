// The words of HTML that the report's page is written with. Not installed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/see/detail/held_out.h"
#include "logitape/train/see/training_report.h"

namespace logitape::inline v0::train {

// Everything before the page's content, and after it.
std::string page_begin(std::string_view title);
std::string page_end();

std::string section(std::string_view title, std::string_view content);
// An SVG and the sentence that says how to read it.
std::string figure(std::string_view svg, std::string_view caption);
// Several beside each other where there is room.
std::string figures(const std::vector<std::string>& all);
std::string facts_table(const std::vector<TrainingReport::Fact>& facts);
// The first column is text, the others are numbers; the last `averages` rows stand apart.
std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows,
                  std::size_t averages = 0);

// A card for each of the rows: the picture or the values, what it is, and what the model believed.
std::string hardest_cards(const TrainingReport& report, const HeldOut& held_out);

}  // namespace logitape::inline v0::train
