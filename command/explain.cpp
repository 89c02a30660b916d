// logitape explain: a loss and its gradients with your numbers, step by step; a quiz; a mistake planted and found.
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "command.h"
#include "explain_input.h"
#include "explain_quiz.h"
#include "flags.h"

namespace command {
namespace {

constexpr const char* about =
    R"(Shows how the loss of a classifier and its gradients come about, with your
numbers: every step computed, and compared with a second way.

  logitape explain
  logitape explain --logits "4 2 1" --labels "1 0 0"
  logitape explain --logits "4 2 1" --class 0 --quiz
  logitape explain --logits "4 2 1; 0 5 1" --class "0 1" --row 1
  logitape explain --file scores.csv --row 3
  logitape explain --logits "4 2 1" --class 0 --break sign
  logitape explain --logits "4 2 1" --class 0 --html loss.html

A logit is the score that a model gives a class: any number. A label is the
probability that the class should get; --class is short for one 1 among 0s.
Numbers have blanks or commas between them, rows a semicolon. -inf is a class
that cannot happen; 1/3 and 50% are numbers, too.

It exits with 0; with 1 if a comparison fails; with 2 where flags or numbers are
wrong, and a sentence that says so.
)";

int show(const ExplainFlags& f) {
  const ExplainInput in = input_of(f);
  lt::Terminal terminal = lt::terminal_of(stdout);
  if (f.width > 0) terminal.columns = f.width;
  if (f.color != "auto") terminal.colour = f.color == "always";
  if (!f.mistake.empty()) {
    const lt::PlantedMistake planted = lt::plant(*lt::mistake_named(f.mistake), in.logits, in.labels, in.options);
    std::fputs((f.json ? lt::planted_json(planted) : lt::planted_text(planted, terminal)).c_str(), stdout);
    return planted.found() ? 0 : 1;
  }
  const lt::Explanation e = lt::explain(in.logits, in.labels, in.options);
  if (!f.page.empty()) {
    require_other_file("--html", f.page, {f.file, f.labels_file});
    lt::check_writable(f.page);  // makes the folders
    lt::write_file(f.page, lt::explanation_page(e));
    std::printf("%s is written: open it in a browser\n", lt::printable(f.page).c_str());
  } else if (f.quiz) {
    run_quiz(e, std::cin, !lt::terminal_of(stdin).interactive, stdout, terminal);
  } else {
    std::fputs((f.json ? lt::explanation_json(e) : lt::explanation_text(e, terminal)).c_str(), stdout);
  }
  return e.ok() ? 0 : 1;
}

void check_flags(const CLI::App& app, const ExplainFlags& f) {
  if (f.quiz && (f.json || !f.mistake.empty()))
    throw std::invalid_argument("--quiz asks in a terminal: leave --json and --break out");
  for (const CLI::Option* given : app.get_options())
    for (const std::string& value : given->results())
      if (value.find_first_not_of(" \t\n") == std::string::npos)
        throw std::invalid_argument(given->get_name() +
                                    " is given with nothing in it: leave it out, or say what it is");
  if (!f.page.empty() && (f.quiz || f.json || !f.mistake.empty()))
    throw std::invalid_argument("--html writes the page alone: leave --quiz, --json and --break out");
}

Work add(CLI::App& app) {
  const auto f = std::make_shared<ExplainFlags>();
  add_explain_flags(app, *f);
  return [f, &app](const Call&) {
    check_flags(app, *f);
    return show(*f);
  };
}

}  // namespace

const Command explain = {.name = "explain",
                         .summary = "a loss and its gradients with your numbers, step by step",
                         .about = about,
                         .add_flags = add,
                         .prepare = joined_numbers};

}  // namespace command
