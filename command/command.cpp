// Which command is meant, its flags, and how it ends: 0, or 2 with one sentence on stderr.
#include "command.h"

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "flags.h"
#include "settings.h"
#include "words.h"

namespace command {
namespace {

const Command* command_named(std::string_view name) {
  for (const Command* c : all())
    if (c->name == name) return c;
  return nullptr;
}

const Command& meant_by(const std::string& word) {
  if (const Command* const found = command_named(word)) return *found;
  std::vector<std::string> names;
  for (const Command* c : all()) names.push_back(c->name);
  const std::string near = meant(word, names);
  throw std::invalid_argument("there is no command \"" + word + "\"" +
                              (near.empty() ? "; logitape --help lists them" : near));
}

void print_help() {
  std::printf("Trains classifiers of your files, uses them, and explains their losses.\n\n  logitape COMMAND ...\n\n");
  for (const Command* c : all()) std::printf("  %-12s%s\n", c->name, c->summary);
  std::printf(
      "\nlogitape COMMAND --help says more. Where a file is asked for, - is standard input.\nlogitape --version: %s\n",
      LOGITAPE_VERSION);
}

int run_command(const Command& c, std::vector<std::string> words, const Call& call) {
  if (!c.shared && !call.world.first()) return 0;
  CLI::App app{c.about, c.name};
  const Work work = c.add_flags(app);
  if (c.prepare) words = c.prepare(std::move(words));
  if (read_flags(app, std::move(words))) return 0;
  read_config(app, c.name);
  return work(call);
}

int run_words(std::vector<std::string> words, const Call& call) {
  const std::string first = words.empty() ? "--help" : words.front();
  if (first == "help" && words.size() > 1) return run_command(meant_by(words[1]), {"--help"}, call);
  if (first == "--help" || first == "-h" || first == "help") return print_help(), 0;
  if (first == "--version" || first == "-V") return std::printf("logitape %s\n", LOGITAPE_VERSION), 0;
  const Command& c = meant_by(first);
  words.erase(words.begin());
  return run_command(c, std::move(words), call);
}

}  // namespace

std::string Call::to_call(const std::string& name) const {
  return program == "logitape" ? "logitape " + name : "./examples/run " + program + " " + name;
}

const std::vector<const Command*>& all() {
  static const std::vector<const Command*> commands = {&train, &predict, &evaluate,   &inspect, &export_model,
                                                       &check, &explain, &completion, &manual};
  return commands;
}

int run(const std::string& program, std::vector<std::string> words) {
#ifdef SIGPIPE
  std::signal(SIGPIPE, SIG_DFL);  // head has read enough: the program ends, without a word
#endif
  std::string who = program;
  if (who == "logitape" && !words.empty() && command_named(words.front())) who += " " + words.front();
  const auto failed = [&](const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", who.c_str(), lt::printable(sentence_of(error)).c_str());
    return 2;
  };
  try {
    lt::distributed::World world;
    if (!world.first() && !std::freopen("/dev/null", "w", stdout))
      throw std::runtime_error("there is no /dev/null to write to");
    return world.run(
        [&] {
          const int code = run_words(std::move(words), {world, program});
          if (std::fflush(stdout) != 0 || std::ferror(stdout))
            throw std::runtime_error("the output could not be written");
          return code;
        },
        [&](const std::exception& error) { return world.first() ? failed(error) : 2; });
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace command
