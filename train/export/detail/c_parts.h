// The text of exported C. In it "@" is the name that begins every name, and "%" the same in capitals; "@@" and "%%" are
// the signs themselves. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/classify/classifier.h"
#include "logitape/train/export/c.h"
#include "logitape/train/export/detail/plan.h"
#include "logitape/train/export/detail/quantised.h"

namespace logitape::inline v0::train {

inline constexpr const char* c_op = "export_c";

// The text with the name in its places. Error: a name that C cannot have.
std::string named_text(std::string_view text, const std::string& name);
// Somebody's text, whose signs stay what they are.
std::string kept(const std::string& text);

// "raw[2], colour: 0 \"red\", 1 \"blue\"": the columns of a raw row as comment lines.
std::string column_comments(const Preprocessing& preprocessing);

// Errors: a task without classes; free text.
void require_numbers(const Classifier& classifier);
// The columns of a raw row; without a preprocessing one that leaves numbers as they are.
std::vector<PreparedColumn> columns_of(const Classifier& classifier);
// Bytes.
struct CMemory {
  std::int64_t flash, stack;
};
// The comment at the top, and the guard's beginning. raw: how many numbers a raw row has.
std::string c_top(const Classifier& classifier, const COptions& options, const std::vector<std::string>& layers,
                  std::int64_t raw, const CMemory& memory, const std::string& kind);

// The functions that the plan's steps call, in floats.
std::string c_functions(const HeaderPlan& plan);

// The constants and functions of the layers, up to score.
struct Int8Text {
  std::string text;
  std::int64_t flash = 0;  // bytes of constants
  std::int64_t stack = 0;  // bytes of arrays in a call of score
};
Int8Text int8_score_text(const Int8Plan& plan);

// Of 256 differences from the largest logit, exp(-d * step) in 65,535ths.
std::string exponentials(double step);

// The least difference of the second logit from the first at which the second class has that probability; 256: none.
int least_difference(double threshold, double step);

}  // namespace logitape::inline v0::train
