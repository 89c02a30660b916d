// The HTML parts of an explanation's page, beside those of train/see/detail/html.h. Not installed.
#pragma once
#include <string>
#include <string_view>

#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0::lesson {

// Rules of CSS behind those of the report's page; the script of the buttons; what stands before the content.
extern const std::string_view page_rules, page_script, skip_link;

// A table with a caption; its head's cells say whether they name a row or a column.
std::string number_table(const NamedNumbers& numbers);
// What agrees and what does not, in words too.
std::string comparison_list(const std::vector<Comparison>& comparisons);
std::string formulas(std::string_view lines);
std::string paragraph(std::string_view text);
// An SVG that scrolls in its own box where the screen is too narrow to read it, and the sentence that explains it.
std::string drawing(std::string_view svg, std::string_view name, std::string_view caption);

// The section of the tape: the loss as one op, and as the ops of the steps, each with the gradient's way back.
std::string tapes(const Explanation& e);

}  // namespace logitape::inline v0::lesson
