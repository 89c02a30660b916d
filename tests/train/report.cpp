// Metrics, and what is told of a training in text.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "logitape.h"

namespace logitape::tests {

TEST_CASE("a confusion matrix counts each row at its true class and the class that was named") {
  const Tensor logits = tensor({{3.f, 1.f, 0.f}, {0.f, 1.f, 5.f}, {0.f, 2.f, 1.f}, {1.f, 0.f, 0.f}});
  const Tensor confusion = confusion_matrix(logits, tensor({0, 1, 1, 1}));
  CHECK(confusion.dtype() == DType::i64);
  CHECK(confusion.shape() == Shape{3, 3});
  CHECK(confusion.to_vector<int>() == std::vector<int>{1, 0, 0, 1, 1, 1, 0, 0, 0});
  const std::vector<ClassCounts> classes = class_counts(confusion);
  CHECK(classes[1].members == 3);
  CHECK(classes[1].named == 1);
  CHECK(classes[1].right == 1);
  CHECK(classes[0].named == 2);
  CHECK(classes[2].members == 0);
  CHECK(confusion_matrix(zeros({0, 2}), zeros({0}, DType::i64)).to_vector<int>() == std::vector<int>(4));
}

TEST_CASE("confusion_matrix and class_counts name what they refuse") {
  const Tensor logits = zeros({2, 3});
  CHECK_THROWS_WITH_AS(confusion_matrix(logits, tensor({0, 3})), "confusion_matrix: label 3 at row 1 is outside [0, 3)",
                       Error);
  CHECK_THROWS_WITH_AS(confusion_matrix(logits, tensor({0})),
                       "confusion_matrix: labels [1] are not the shape of logits [2,3] less the last axis", Error);
  CHECK_THROWS_WITH_AS(class_counts(logits), "class_counts: the matrix is f32 [2,3]; i64 [classes, classes] is needed",
                       Error);
}

TEST_CASE("the table of epochs has its columns beneath their names, and fits 80 columns") {
  CHECK(epoch_header("test") == "   epoch       loss    training        test      samples/s         s");
  CHECK(epoch_row(
            {.number = 3, .loss = 0.19934, .accuracy = 0.9513, .samples_per_second = 1234567.4, .seconds = 1.005}) ==
        "       3     0.1993       95.1%           -      1,234,567      1.00");
}

TEST_CASE("of many epochs the first, the last and about as many as asked for are shown; of few, all") {
  const auto shown = [](int epochs, int rows) {
    std::vector<int> all;
    for (int e = 1; e <= epochs; ++e)
      if (epoch_is_shown(e, epochs, rows)) all.push_back(e);
    return all;
  };
  CHECK(shown(30, 10) == std::vector<int>{1, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30});
  CHECK(shown(4, 10) == std::vector<int>{1, 2, 3, 4});
  CHECK(shown(1, 10) == std::vector<int>{1});
  CHECK(shown(5, 5) == std::vector<int>{1, 2, 3, 4, 5});
  CHECK(shown(1001, 10).size() <= 12);
}

TEST_CASE(
    "a confusion matrix keeps to 80 columns: its names are cut, and of very many classes only mistakes are told") {
  std::vector<std::string> names;
  for (const char c : {'a', 'b', 'c', 'd', 'e', 'f'}) names.push_back(std::string(1, c) + std::string(30, 'x'));
  names[1] = "\x1b[2J\xc2\x9b";  // neither a sequence of one byte nor of two reaches the terminal
  std::vector<std::int64_t> counts(36);
  counts[1] = 12345;
  const std::string text = confusion_text(from_span(counts, {6, 6}), Terminal{}, names);
  std::size_t lines = 0;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1, ++lines) {
    end = text.find('\n', at);
    CHECK(end - at <= 80);
  }
  CHECK(lines == 8);
  CHECK(text.find("axxxxxxxx ") != std::string::npos);
  CHECK(text.find(" ?[2J? ") != std::string::npos);

  for (std::size_t i = 0; i < 6; ++i) names[i] = "a common beginning, then " + std::to_string(i);
  CHECK(confusion_text(from_span(std::vector<std::int64_t>(36), {6, 6}), Terminal{}, names)
            .find(" g, then 0 g, then 1 ") != std::string::npos);

  counts.assign(900, 0);
  counts[0] = 7, counts[2] = 3, counts[155] = 1, counts[61] = 4;  // row * 30 + column
  CHECK(confusion_text(from_span(counts, {30, 30}), Terminal{}) ==
        "The most frequent mistakes\n"
        "       4  2 read as 1\n"
        "       3  0 read as 2\n");
  CHECK(confusion_text(zeros({30, 30}, DType::i64), Terminal{}) == "No mistakes\n");
}

TEST_CASE("of more classes than are asked for the scores of the worst are told, last those that do not occur") {
  const ClassScores s = class_scores(tensor({{0, 0, 0, 0}, {0, 8, 0, 0}, {0, 1, 1, 0}, {0, 1, 0, 4}}).to(DType::i64));
  const std::string text = scores_text(s, {}, {}, 2);
  CHECK(text.find("              2     100.0%    50.0%    66.7%        2\n"
                  "              1      80.0%   100.0%    88.9%        8\n"
                  "              2 more classes, none of a lower F1\n") != std::string::npos);
  CHECK(scores_text(s).find("              0          -        -        -        0\n"
                            "              1      80.0%   100.0%    88.9%        8\n") != std::string::npos);
  CHECK(scores_text(s, {}, {}, 4) == scores_text(s));
}

TEST_CASE("a confusion matrix in text is aligned, its zeros are quiet, and what was found stands beside it") {
  const Tensor confusion = from_span(std::vector<std::int64_t>{12, 0, 1, 3}, {2, 2});
  CHECK(confusion_text(confusion, Terminal{}) ==
        "      read as\n"
        "   is   0   1    found\n"
        "    0  12   .   100.0%\n"
        "    1   1   3    75.0%\n");
  const std::vector<std::string> names = {"cat", "mouse"};
  CHECK(confusion_text(confusion, Terminal{.colour = true, .unicode = true}, names) ==
        "        read as\n"
        "     is   cat mouse    found\n"
        "    cat\x1b[1m    12\x1b[0m     \x1b[2m·\x1b[0m   100.0%\n"
        "  mouse\x1b[31m     1\x1b[0m\x1b[1m     3\x1b[0m    75.0%\n");
  CHECK_THROWS_WITH_AS(confusion_text(confusion, Terminal{}, std::span(names).first(1)),
                       "confusion_text: 1 names are given for 2 classes", Error);
}

}  // namespace logitape::tests
