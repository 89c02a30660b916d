// Questions about an explanation, to be answered before its numbers are seen.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0 {

// What an answer is.
enum class Answer {
  number,   // within `tolerance`
  sign,     // +, -, or 0
  a_class,  // its name or number
  classes,  // several, in order
};

// A question about an explanation that has not been shown yet, its answers, and why they are so.
struct QuizQuestion {
  std::string step = {};      // of the explanation, that tells the answer
  std::string question = {};  // names the tolerance, or how to write the answer
  Answer kind = Answer::number;
  double number = 0, tolerance = 0;        // number, and sign: its sign
  std::vector<std::int64_t> classes = {};  // a_class: those that are right; classes: the order
  std::string answer = {};                 // in words
  std::string why = {};                    // a sentence for who was wrong
};

// About ten, in the order of the steps, of the classes that are shown.
std::vector<QuizQuestion> quiz_of(const Explanation& explanation);

enum class Mark { right, wrong, unclear };
// What a learner wrote. Numbers may be 0.5, .5, 1/2, 50% or have a decimal comma; signs may be words. unclear: it is
// not the kind of answer that is asked for.
Mark mark(const QuizQuestion& question, std::string_view written, const Explanation& explanation);

}  // namespace logitape::inline v0
