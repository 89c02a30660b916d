// CLI11 reads the TOML; a flag takes its values as if they had been typed.
#include "settings.h"

#include <logitape.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "words.h"

namespace command {
namespace {

constexpr const char* config_flag = "--config";

bool is_kept(const CLI::Option& option) {
  const auto& names = option.get_lnames();
  return !names.empty() && names.front() != "config" && names.front() != "resume" && names.front() != "help";
}

// A text that has both kinds of quotes, or a line's end, is no value that CLI11 reads back.
bool is_readable(const std::string& value) {
  const bool literal = value.find_first_of("\"\\") != std::string::npos;
  return value.find_first_of("\r\n") == std::string::npos && !(literal && value.find('\'') != std::string::npos);
}

// As TOML: numbers and truths stand bare, texts in quotes.
std::string toml_value(const std::string& value) {
  const bool plain = number_in<double>(value) && value.find_first_not_of("0123456789.-e") == std::string::npos &&
                     (value.size() == 1 || value[0] != '0' || value[1] == '.');
  if (plain || value == "true" || value == "false") return value;
  const bool literal = value.find_first_of("\"\\") != std::string::npos;
  return literal ? "'" + value + "'" : "\"" + value + "\"";
}

std::string toml_list(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + toml_value(value);
  return values.size() == 1 ? text : "[" + text + "]";
}

}  // namespace

void add_config_flag(CLI::App& app) {
  app.add_option(config_flag, "more flags, in a file: epochs = 20; the run.toml beside a model repeats its training")
      ->type_name("FILE")
      ->group("Settings");
}

void read_config(CLI::App& app, const std::string& command) {
  const CLI::Option* const config = app.get_option_no_throw(config_flag);
  if (!config || config->count() == 0) return;
  const std::string path = config->results().front(), where = "--config \"" + path + "\"";
  std::ifstream file(path);
  std::error_code error;
  if (!file || !std::filesystem::is_regular_file(path, error))
    throw std::invalid_argument(where + " cannot be read: " + (errno ? std::strerror(errno) : "it is no file"));
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    if (is_kept(*option)) names.push_back(option->get_lnames().front());
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(file)) {
    if (item.name == "++" || item.name == "--") continue;  // where a section begins and ends
    if (!item.parents.empty() && (item.parents.size() > 1 || item.parents.front() != command)) continue;
    CLI::Option* const option = app.get_option_no_throw("--" + item.name);
    if (!option || !is_kept(*option))
      throw std::invalid_argument(where + ": \"" + item.name + "\" is no setting of " + command +
                                  meant(item.name, names));
    if (option->count() > 0) continue;  // it was typed
    try {
      const bool is_switch = option->get_type_size() == 0;
      if (is_switch && item.inputs != std::vector<std::string>{"true"} &&
          item.inputs != std::vector<std::string>{"false"})
        throw std::invalid_argument("true or false is needed");
      if (is_switch && item.inputs.front() == "false") continue;
      option->add_result(item.inputs);
      option->run_callback();
    } catch (const std::exception& wrong) {
      throw std::invalid_argument(where + ", " + item.name + ": " + wrong.what());
    }
  }
}

std::string settings_text(const CLI::App& app, const std::string& command) {
  std::string text =
      "# logitape " LOGITAPE_VERSION ": logitape " + command + " --config FILE does this again\n[" + command + "]\n";
  for (const CLI::Option* option : app.get_options()) {
    if (!is_kept(*option)) continue;
    const std::string name = option->get_lnames().front() + " = ";
    if (!std::ranges::all_of(option->results(), is_readable)) {
      text += "# --" + option->get_lnames().front() + " has to be typed again: its quotes cannot be written here\n";
      continue;
    }
    if (option->count() > 0)
      text += name + (option->get_type_size() == 0 ? "true" : toml_list(option->results())) + "\n";
    else if (const std::string usual = option->get_default_str(); !usual.empty())
      text += name + toml_value(usual) + "\n";
  }
  return text;
}

}  // namespace command
