// Every wrong flag is a std::invalid_argument.
#include "flags.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "help_page.h"
#include "words.h"

namespace command {
namespace {

std::string needed(const std::string& what, const std::string& text) {
  return what + " is needed, not \"" + text + "\"";
}

}  // namespace

CLI::Validator number_from_0(bool itself) {
  return {[itself](const std::string& text) {
            const double number = number_in<double>(text).value_or(-1);
            if (std::isfinite(number) && (number > 0 || (itself && number == 0))) return std::string();
            return needed(itself ? "a finite number of at least 0" : "a finite number above 0", text);
          },
          "", ""};
}

CLI::Validator whole_number(long least, long most) {
  return {[least, most](const std::string& text) {
            const auto number = number_in<long>(text);
            if (number && *number >= least && *number <= most) return std::string();
            return needed("a whole number from " + std::to_string(least) + " to " + std::to_string(most), text);
          },
          "", ""};
}

CLI::Validator seed_number() {
  return {[](const std::string& text) {
            if (number_in<std::uint64_t>(text)) return std::string();
            return needed("a whole number from 0 to " + std::to_string(std::numeric_limits<std::uint64_t>::max()),
                          text);
          },
          "", ""};
}

lt::Device usable_device(const std::string& name) {
  try {
    const lt::Device device = lt::device_named(name);
    const std::string missing = lt::why_not(device);
    if (missing.empty()) return device;
    throw std::invalid_argument("--device " + name + ": " + missing);
  } catch (const lt::Error& error) {
    throw std::invalid_argument("--device: " + sentence_of(error));
  }
}

void add_device_flag(CLI::App& app, lt::Device& device, const char* group) {
  app.add_option_function<std::string>(
         "--device", [&device](const std::string& name) { device = usable_device(name); },
         "cpu, cuda or cuda:1: where it is computed")
      ->default_str("cpu")
      ->type_name("DEVICE")
      ->group(group);
}

void add_color_flag(CLI::App& app, std::string& color) {
  app.add_option("--color", color, "auto, always or never; auto: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->group("Output");
}

bool read_flags(CLI::App& app, std::vector<std::string> words) {
  app.formatter(std::make_shared<HelpPage>());
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> unknown = app.remaining();
    std::vector<std::string> flags;
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    const std::string& word = unknown.front();
    if (!word.starts_with('-')) throw std::invalid_argument("\"" + word + "\" is one word too many; --help says more");
    const std::string flag = word.substr(0, word.find('='));
    const std::string near = meant(flag, flags);
    throw std::invalid_argument("there is no " + flag + (near.empty() ? "; --help names the flags" : near));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw std::invalid_argument(error.what());
    app.exit(error);
    return true;
  }
  return false;
}

}  // namespace command
