// Names of tasks, and cells of several labels.
#include "logitape/train/data/task.h"

#include <algorithm>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

constexpr std::string_view task_names[] = {"classes", "multilabel", "regression"};

std::string without_blanks(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, last + 1 - first);
}

}  // namespace

std::string_view name(Task task) { return task_names[static_cast<std::size_t>(task)]; }

Task task_named(std::string_view text) {
  for (const Task task : {Task::classes, Task::multilabel, Task::regression})
    if (name(task) == text) return task;
  fail(ErrorCode::invalid_argument, "task_named", "\"{}\" is no task: classes, multilabel, regression", text);
}

std::vector<std::string> labels_in(std::string_view cell) {
  std::vector<std::string> labels;
  std::string label;
  const auto add = [&] {
    label = without_blanks(label);
    if (!label.empty() && std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
    label.clear();
  };
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const bool escaped = cell[i] == '\\' && i + 1 < cell.size() && (cell[i + 1] == ';' || cell[i + 1] == '\\');
    if (escaped) label += cell[++i];
    else if (cell[i] == ';') add();
    else label += cell[i];
  }
  add();
  return labels;
}

std::string cell_of(std::span<const std::string> labels) {
  std::string cell;
  for (const std::string& label : labels) {
    if (!cell.empty()) cell += ';';
    for (const char c : label) cell += c == ';' || c == '\\' ? std::string{'\\', c} : std::string{c};
  }
  return cell;
}

}  // namespace logitape::inline v0
