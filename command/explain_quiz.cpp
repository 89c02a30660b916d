// A question, an answer, a mark, the reason.
#include "explain_quiz.h"

#include <string>

namespace command {
namespace {

// One line, wrapped to the terminal's columns.
void say(std::FILE* out, const lt::Terminal& terminal, const std::string& text) {
  std::fputs(lt::wrapped_text(text, terminal).c_str(), out);
}

}  // namespace

void run_quiz(const lt::Explanation& e, std::istream& in, bool echo, std::FILE* out, const lt::Terminal& terminal) {
  const auto quiz = lt::quiz_of(e);
  std::fputs(lt::explanation_inputs_text(e, terminal).c_str(), out);
  say(out, terminal,
      std::to_string(quiz.size()) + " questions. Say what you expect, then see. An empty line passes, q ends.");
  int right = 0, asked = 0;
  bool open = true;
  for (std::size_t i = 0; i < quiz.size() && open; ++i) {
    const lt::QuizQuestion& q = quiz[i];
    std::fputs("\n", out);
    say(out, terminal, std::to_string(i + 1) + ". " + q.question);
    for (;;) {
      std::fputs("> ", out);
      std::fflush(out);
      std::string line;
      const bool ended = !std::getline(in, line);
      if (ended) line = "q";
      if (echo || ended) std::fprintf(out, "%s\n", ended ? "" : lt::printable(line).c_str());
      if (line == "q" || line == "q\r") {
        open = false;
        break;
      }
      if (line.find_first_not_of(" \t\r") == std::string::npos) {
        ++asked;
        say(out, terminal, "It is " + q.answer + ". " + q.why);
        break;
      }
      const lt::Mark m = lt::mark(q, line, e);
      if (m == lt::Mark::unclear) {
        const char* const wanted[] = {"a number, as 0.5", "+, - or 0", "a class, by its name or number",
                                      "each class once, as 0 2 1"};
        say(out, terminal, std::string("Please write ") + wanted[static_cast<int>(q.kind)] + ".");
        continue;
      }
      ++asked;
      right += m == lt::Mark::right;
      if (m == lt::Mark::right)
        say(out, terminal, terminal.styled(lt::Terminal::green, "Right") + ": " + q.answer + ".");
      else say(out, terminal, terminal.styled(lt::Terminal::red, "No") + ", it is " + q.answer + ". " + q.why);
      break;
    }
  }
  std::fputs("\n", out);
  const auto left = static_cast<int>(quiz.size()) - asked;
  say(out, terminal,
      std::to_string(right) + " of " + std::to_string(asked) + " right" +
          (left > 0 ? ", " + std::to_string(left) + " not asked" : "") + ". Without --quiz all steps are shown.");
}

}  // namespace command
