// The HTML parts of the report's page. Not installed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/see/detail/held_out.h"
#include "logitape/train/see/training_report.h"

namespace logitape::inline v0::train {

// The page before its content, and after it. more_style: rules of CSS behind the page's own; above: what stands before
// the content, for whom reads by keyboard or ear.
std::string page_begin(std::string_view title, std::string_view more_style = "", std::string_view above = "");
std::string page_end();

std::string section(std::string_view title, std::string_view content);
// An SVG, and the sentence that explains it.
std::string figure(std::string_view svg, std::string_view caption);
// Several figures, beside each other if there is room.
std::string figures(const std::vector<std::string>& all);
std::string facts_table(const std::vector<TrainingReport::Fact>& facts);
// The first column is text, the others are numbers; the last `averages` rows are set apart.
std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows,
                  std::size_t averages = 0);

// A card for each of the hardest rows: its picture or values, its class, and the probabilities that the model gave it.
std::string hardest_cards(const TrainingReport& report, const HeldOut& held_out);

}  // namespace logitape::inline v0::train
