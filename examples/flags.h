// Arguments of the examples, "--flag value" or "--flag=value". A wrong argument is a std::invalid_argument with a
// sentence.
#pragma once
#include <logitape/tape.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using FlagNames = std::vector<std::string_view>;

struct Arguments {
  std::vector<std::pair<std::string_view, std::string_view>> flags;  // name and value
  std::vector<std::string_view> words;                               // arguments that are no flags
  bool help = false;
};

// The error for an unknown argument: "the flags are --seed, --out and --help".
inline std::invalid_argument unknown(std::string_view argument, const FlagNames& known) {
  std::string names;
  for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
  return std::invalid_argument("there is no \"" + std::string(argument) + "\": the flags are " + names + " and --help");
}

inline std::invalid_argument unusable(std::string_view flag, const std::string& needs, std::string_view text) {
  return std::invalid_argument(std::string(flag) + " needs " + needs + ", not \"" + std::string(text) + "\"");
}

inline Arguments read_arguments(int argc, const char* const* argv, const FlagNames& known) {
  Arguments read;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string_view flag = argument.substr(0, equals);
    if (argument == "--help" || argument == "-h") {
      read.help = true;
    } else if (!argument.starts_with('-')) {
      read.words.push_back(argument);
    } else {
      if (std::find(known.begin(), known.end(), flag) == known.end()) throw unknown(argument, known);
      if (equals == std::string_view::npos && i + 1 == argc)
        throw std::invalid_argument(std::string(flag) + " needs a value behind it");
      const std::string_view value = equals != std::string_view::npos ? argument.substr(equals + 1) : argv[++i];
      if (flag == "--out" && value.empty()) throw std::invalid_argument("--out needs the name of a folder");
      read.flags.emplace_back(flag, value);
    }
  }
  return read;
}

// A whole number from `least` to `most`.
inline int whole_number(std::string_view flag, std::string_view text, int least, int most) {
  int number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size() || number < least || number > most)
    throw unusable(flag, "a whole number from " + std::to_string(least) + " to " + std::to_string(most), text);
  return number;
}

// The device of --device, once it can be used: before anything is read, written or trained.
inline logitape::Device usable_device(std::string_view name) {
  try {
    const logitape::Device device = logitape::device_named(name);
    const std::string missing = logitape::why_not(device);
    if (missing.empty()) return device;
    throw std::invalid_argument("--device " + std::string(name) + ": " + missing);
  } catch (const logitape::Error& error) {
    throw std::invalid_argument(std::string("--device: ") + (error.what() + error.op().size() + 2));
  }
}

// The device for a program that has no other flag; none if it is asked for help.
inline std::optional<logitape::Device> device_alone(int argc, const char* const* argv) {
  const Arguments given = read_arguments(argc, argv, {"--device"});
  if (!given.words.empty()) throw unknown(given.words.front(), {"--device"});
  if (given.help) return {};
  logitape::Device device;
  for (const auto& [flag, value] : given.flags) device = usable_device(value);
  return device;
}

// main of a program that has no other flag: work(device) returns its exit code; `what` is said where help is asked for.
inline int run_on_device(int argc, const char* const* argv, const char* name, const char* what,
                         int (*work)(logitape::Device)) {
  try {
    if (const auto device = device_alone(argc, argv)) return work(*device);
    std::printf("%s [--device cpu|cuda|cuda:N] %s\n", name, what);
    return 0;
  } catch (const std::invalid_argument& usage) {
    std::fprintf(stderr, "%s: %s\n", name, usage.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 1;
  }
}

// An error as a user of the program reads it: if a file is the cause, without the function's name.
inline const char* sentence(const logitape::Error& error) {
  return error.what() + (error.code() == logitape::ErrorCode::io ? error.op().size() + 2 : 0);
}
