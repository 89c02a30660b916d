// What a report says where the task is not one class of several: a file for each task. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/see/training_report.h"

namespace logitape::inline v0::train {

// The result in a few numbers, the sections of the page, and the same as text.
struct TaskParts {
  std::vector<TrainingReport::Fact> headline = {};
  std::string html = {}, text = {};
};

// Errors: as for html.
TaskParts parts_of_labels(const char* op, const TrainingReport& report);
TaskParts parts_of_numbers(const char* op, const TrainingReport& report, const Terminal& terminal);

}  // namespace logitape::inline v0::train
