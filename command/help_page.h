// The page of --help of a program whose flags CLI11 reads.
#pragma once
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

// The page, 80 columns wide: for each option its name and its value, then its description, wrapped.
class HelpPage : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_size() == 0 ? "" : " " + option->get_type_name();
    return type.substr(0, type.find(':'));
  }
  std::string make_option(const CLI::Option* option, bool) const override {
    const std::string name = "  " + make_option_name(option, false) + make_option_opts(option);
    const std::string given = option->get_default_str();
    return wrapped(name, option->get_description() + (given.empty() ? "" : " (" + given + ")"));
  }
  std::string make_subcommand(const CLI::App* sub) const override {
    return wrapped("  " + sub->get_name(), sub->get_description());
  }
  std::string make_usage(const CLI::App*, std::string) const override { return ""; }

 private:
  static std::string wrapped(std::string line, const std::string& words) {
    constexpr std::size_t from = 27, columns = 80;
    std::string text;
    const auto next_line = [&] {
      text += line + "\n";
      line.assign(from - 1, ' ');
    };
    if (line.size() >= from - 1) next_line();
    line.resize(from - 1, ' ');
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.find(' ', at), words.size());
      if (line.size() + 1 + end - at > columns) next_line();
      line += " " + words.substr(at, end - at);
      at = end + 1;
    }
    return text + line + "\n";
  }
};
