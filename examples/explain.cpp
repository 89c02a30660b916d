// Explains a loss and its gradients with your numbers, step by step; asks about them; breaks the rule and finds it.
#include <logitape.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "explain_input.h"
#include "explain_options.h"
#include "explain_quiz.h"

namespace lt = logitape;

namespace {

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

int run(int argc, char** argv) {
  ExplainFlags f;
  CLI::App app{about_explain, "explain"};
  app.formatter(std::make_shared<HelpPage>());
  add_input_flags(app, f);
  add_loss_flags(app, f);
  add_show_flags(app, f);
  std::vector<std::string> words = joined_numbers(argc, argv);
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    throw std::invalid_argument(error.what());
  }
  if (f.quiz && (f.json || !f.mistake.empty()))
    throw std::invalid_argument("--quiz asks in a terminal: leave --json and --break out");
  for (const CLI::Option* given : app.get_options())
    for (const std::string& value : given->results())
      if (value.find_first_not_of(" \t\n") == std::string::npos)
        throw std::invalid_argument(given->get_name() +
                                    " is given with nothing in it: leave it out, or say what it is");
  if (!f.page.empty() && (f.quiz || f.json || !f.mistake.empty()))
    throw std::invalid_argument("--html writes the page alone: leave --quiz, --json and --break out");
  return show(f);
}

// What a user of the program reads: the sentence without the function's name.
std::string sentence_of(const lt::Error& error) { return error.what() + error.op().size() + 2; }

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = run(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      std::fputs("explain: the output could not be written\n", stderr);
      return 1;
    }
    return code;
  } catch (const lt::Error& error) {
    std::fprintf(stderr, "explain: %s\n", lt::printable(sentence_of(error)).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "explain: %s\n", lt::printable(error.what()).c_str());
  }
  return 2;
}
