// Reads a file of plain numbers, one example a line: the inputs, separated by commas, then a whole number as the label.
#pragma once
#include <logitape.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

// inputs f32 [lines, columns - 1], labels i64 [lines]. Throws std::runtime_error with the file and the line.
inline logitape::Dataset read_csv(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  std::size_t columns = 0;
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error(path + ":" + std::to_string(labels.size() + 1) + ": " + why);
  };

  std::vector<float> row;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    row.clear();
    const char* const end = line.data() + line.size();
    for (const char* at = line.data();; ++at) {
      const auto [rest, error] = std::from_chars(at, end, row.emplace_back());
      if (error != std::errc() || !std::isfinite(row.back()) || (rest != end && *rest != ','))
        refuse("column " + std::to_string(row.size()) + " is not a number");
      at = rest;
      if (at == end) break;
    }
    if (row.size() < 2) refuse("a line needs inputs and a label");
    if (labels.empty()) columns = row.size();
    if (row.size() != columns) refuse(std::to_string(row.size()) + " columns where line 1 has " + std::to_string(columns));
    if (std::trunc(row.back()) != row.back() || std::abs(row.back()) > 0x1p24f) refuse("the label is not a whole number up to 2^24");
    inputs.insert(inputs.end(), row.begin(), row.end() - 1);
    labels.push_back(static_cast<std::int64_t>(row.back()));
  }
  if (labels.empty()) refuse("the file is empty");
  const auto rows = static_cast<std::int64_t>(labels.size());
  return {logitape::from_span(inputs, {rows, static_cast<std::int64_t>(columns) - 1}), logitape::from_span(labels, {rows})};
}
