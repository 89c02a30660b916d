// The parts of an exported header's text. Not installed.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/preprocessing.h"
#include "logitape/train/export/detail/plan.h"

namespace logitape::inline v0::train {

// The shortest literal that gives the same value again.
std::string literal(float value);
std::string literal(double value);

// A C++11 literal of the bytes.
std::string quoted(const std::string& text);

// Whether C++, or what <cmath> declares, already uses the name: a keyword, std, main, sin, linux.
bool is_taken_name(std::string_view name);

// Error: a name that no program may give, or that is taken.
void require_name(const char* op, const std::string& name);
std::string in_capitals(std::string text);

// As comment lines; none of them joins the next line to itself.
std::string commented(const std::string& text);

// "{1, 2}", broken into lines. write(value) gives the text of one value.
template <class Values, class Write>
std::string listed(const Values& values, Write write) {
  std::string text = "{", line = "\n   ";
  for (const auto& value : values) {
    const std::string one = fmt::format(" {},", write(value));
    if (line.size() + one.size() > 120) text += std::exchange(line, "\n   ");
    line += one;
  }
  return text + line.substr(0, line.size() - 1) + "}";
}

// The functions that the plan's steps call. fused: with std::fma.
std::string header_functions(const HeaderPlan& plan, bool fused);

// The place of a missing text among the categories; -1: training had none.
std::ptrdiff_t missing_place(const PreparedColumn& column);

// The preparation of a raw row, with the names of its columns and categories, and predict_raw and classify_raw.
std::string header_preprocessing(const Preprocessing& preprocessing);

}  // namespace logitape::inline v0::train
