// logitape manual: the page for man, made of the texts that --help shows.
#include "manual.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "command.h"
#include "flags.h"

namespace command {
namespace {

constexpr const char* about = R"(Prints the manual, in the form that man reads.

  logitape manual | man -l -
)";

// "WHEN:{always,auto,never}", as CLI11 calls a flag's type, in two.
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> choices;
  const std::size_t open = type.find(":{"), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return choices;
  choices.emplace_back();
  for (const char c : type.substr(open + 2, close - open - 2)) {
    if (c == ',') choices.emplace_back();
    else choices.back() += c;
  }
  std::sort(choices.begin(), choices.end());
  return choices;
}

// A line of text for troff: no backslash, no dot at its beginning, hyphens that can be copied.
std::string troff(const std::string& line) {
  std::string text = line.starts_with('.') || line.starts_with('\'') ? "\\&" : "";
  for (const char c : line) text += c == '\\' ? std::string("\\e") : c == '-' ? std::string("\\-") : std::string(1, c);
  return text;
}

// Its layout is kept: what --help shows is laid out by hand.
void print_text(const std::string& text) {
  std::printf(".nf\n");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::printf("%s\n", troff(text.substr(at, end - at)).c_str());
    at = end + 1;
  }
  std::printf(".fi\n");
}

int print() {
  std::printf(
      ".TH LOGITAPE 1 \"\" \"logitape %s\" \"User Commands\"\n.SH NAME\nlogitape \\- train classifiers of your "
      "files, use them, explain their losses\n.SH SYNOPSIS\n",
      LOGITAPE_VERSION);
  const std::vector<CommandPage> pages = command_pages();
  for (const CommandPage& page : pages) {
    std::printf(".B logitape %s\n", page.name.c_str());
    for (const std::string& place : page.places) std::printf(".I %s\n", place.c_str());
    std::printf(".RI [ flags ]\n.br\n");
  }
  std::printf(
      ".SH DESCRIPTION\nWhere a file is asked for, \\- is standard input. A wrong flag, file or disk ends a "
      "command with a sentence and the exit code 2, and nothing is written.\n.SH COMMANDS\n");
  for (const CommandPage& page : pages) {
    std::printf(".SS logitape %s \\- %s\n", page.name.c_str(), troff(page.summary).c_str());
    print_text(page.about);
    for (const Flag& flag : page.flags)
      std::printf(".TP\n.B %s\n.I %s\n%s%s\n", troff(flag.name).c_str(), troff(flag.type).c_str(),
                  troff(flag.what).c_str(), flag.usual.empty() ? "" : troff(" (" + flag.usual + ")").c_str());
  }
  std::printf(".SH SEE ALSO\nmpirun(1)\n");
  return 0;
}

Work add(CLI::App&) {
  return [](const Call&) { return print(); };
}

}  // namespace

std::vector<CommandPage> command_pages() {
  std::vector<CommandPage> pages;
  for (const Command* c : all()) {
    CLI::App app{c->about, c->name};
    const Work work = c->add_flags(app);
    CommandPage page{c->name, c->summary, c->about, {}, {}};
    for (const CLI::Option* option : app.get_options()) {
      const std::string type = option->get_type_size() == 0 ? "" : option->get_type_name();
      const std::string shown = type.substr(0, type.find(':'));
      if (option->get_positional()) page.places.push_back(shown);
      for (const std::string& name : option->get_lnames())
        if (name != "help")
          page.flags.push_back({"--" + name, shown, option->get_description(), option->get_default_str(),
                                option->get_group(), choices_in(type)});
    }
    pages.push_back(std::move(page));
  }
  return pages;
}

const Command manual = {.name = "manual", .summary = "all of this as a page for man", .about = about, .add_flags = add};

}  // namespace command
