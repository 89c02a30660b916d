// What a model learns of a row: its class, its labels, or its number.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0 {

// Each decides what a target looks like, which loss teaches it (loss_of, train/fit/evaluate.h), and what outputs mean.
enum class Task {
  classes,     // one class of two or more: softmax of [rows, classes], cross_entropy of i64 [rows]
  multilabel,  // any of some labels: a sigmoid each of [rows, labels], binary cross-entropy of f32 [rows, labels], 0 or
               // 1
  regression   // a number: [rows, 1], the squared error of a target that was standardised
};

// "classes", "multilabel", "regression".
std::string_view name(Task task);
// Its inverse. Error invalid_argument: another name; the sentence lists them.
Task task_named(std::string_view text);

// The labels in a cell of text, "a; b" -> {"a", "b"}: parted by ;, without blanks around them, each once, in their
// order; what is empty is no label. \; is a ; within a label, and \\ a backslash.
std::vector<std::string> labels_in(std::string_view cell);
// The cell of these labels, which labels_in reads back: "a;b".
std::string cell_of(std::span<const std::string> labels);

}  // namespace logitape::inline v0
