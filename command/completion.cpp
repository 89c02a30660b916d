// logitape completion: what a shell needs to complete commands, flags and their values.
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "command.h"
#include "flags.h"
#include "manual.h"

namespace command {
namespace {

constexpr const char* about = R"(Prints a script by which a shell completes commands, flags and their values.

  logitape completion bash > /etc/bash_completion.d/logitape
  logitape completion zsh  > "${fpath[1]}/_logitape"
  logitape completion fish > ~/.config/fish/completions/logitape.fish

or for one shell alone: source <(logitape completion bash)
)";

// Within '...': no quote may stand in it.
std::string quoted(std::string text) {
  std::string safe;
  for (const char c : text) c == '\'' ? safe += "'\\''" : safe += c;
  return "'" + safe + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void print_bash(const std::vector<CommandPage>& pages) {
  std::vector<std::string> names;
  for (const CommandPage& page : pages) names.push_back(page.name);
  std::printf(
      "# logitape's completion for bash\n_logitape() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words=%s\n"
      "  else\n    case ${COMP_WORDS[1]}:$before in\n",
      quoted(joined(names) + " help --help --version").c_str());
  for (const CommandPage& page : pages)
    for (const Flag& flag : page.flags) {
      if (!flag.choices.empty())
        std::printf("      %s:%s) words=%s ;;\n", page.name.c_str(), flag.name.c_str(),
                    quoted(joined(flag.choices)).c_str());
    }
  std::printf("      *) [[ $word == -* ]] && case ${COMP_WORDS[1]} in\n");
  for (const CommandPage& page : pages) {
    std::vector<std::string> flags = {"--help"};
    for (const Flag& flag : page.flags) flags.push_back(flag.name);
    std::printf("        %s) words=%s ;;\n", page.name.c_str(), quoted(joined(flags)).c_str());
  }
  std::printf(
      "      esac ;;\n    esac\n  fi\n"
      "  if [ -n \"$words\" ]; then mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "  else mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); compopt -o filenames 2>/dev/null; fi\n}\n"
      "complete -F _logitape logitape\n");
}

void print_zsh(const std::vector<CommandPage>& pages) {
  std::printf("#compdef logitape\n_logitape() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n");
  for (const CommandPage& page : pages) std::printf("      %s\n", quoted(page.name + ":" + page.summary).c_str());
  std::printf("    )\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n");
  for (const CommandPage& page : pages) {
    std::printf("    %s)\n      _arguments", page.name.c_str());
    for (const Flag& flag : page.flags) {
      std::string what;  // ] and : end a description
      for (const char c : flag.what)
        what += c == ']' || c == '[' || c == ':' ? std::string("\\") + c : std::string(1, c);
      std::string action = flag.type.empty() ? "" : ":" + flag.type + ":";
      if (!flag.choices.empty()) action += "(" + joined(flag.choices) + ")";
      else if (flag.takes_file()) action += "_files";
      std::printf(" \\\n        %s", quoted(flag.name + "[" + what + "]" + action).c_str());
    }
    std::printf(" \\\n        '*:file:_files' ;;\n");
  }
  std::printf("  esac\n}\n_logitape \"$@\"\n");
}

void print_fish(const std::vector<CommandPage>& pages) {
  std::printf("# logitape's completion for fish\n");
  for (const CommandPage& page : pages)
    std::printf("complete -c logitape -n __fish_use_subcommand -f -a %s -d %s\n", page.name.c_str(),
                quoted(page.summary).c_str());
  for (const CommandPage& page : pages)
    for (const Flag& flag : page.flags) {
      std::string rest = flag.type.empty() ? "" : " -r";
      if (!flag.choices.empty()) rest += " -f -a " + quoted(joined(flag.choices));
      std::printf("complete -c logitape -n '__fish_seen_subcommand_from %s' -l %s%s -d %s\n", page.name.c_str(),
                  flag.name.substr(2).c_str(), rest.c_str(), quoted(flag.what).c_str());
    }
}

int print(const std::string& shell) {
  const std::vector<CommandPage> pages = command_pages();
  if (shell == "bash") print_bash(pages);
  else if (shell == "zsh") print_zsh(pages);
  else if (shell == "fish") print_fish(pages);
  else
    throw std::invalid_argument(shell.empty() ? "name the shell: logitape completion bash, zsh or fish"
                                              : "there is no completion for \"" + shell + "\": bash, zsh and fish");
  return 0;
}

Work add(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  app.add_option("shell", *shell, "bash, zsh or fish")->type_name("SHELL");
  return [shell](const Call&) { return print(*shell); };
}

}  // namespace

const Command completion = {.name = "completion",
                            .summary = "a script by which a shell completes all of this",
                            .about = about,
                            .add_flags = add};

}  // namespace command
