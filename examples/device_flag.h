// main of a program whose only flag is --device.
#pragma once
#include <logitape/tape.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

// work(device) returns the exit code; `what` is said where help is asked for. A flag that is wrong, and a device that
// cannot be used, end with 2 and a sentence, before anything is computed.
inline int run_on_device(int argc, const char* const* argv, const char* name, const char* what,
                         int (*work)(logitape::Device)) {
  const auto failed = [name](const std::string& sentence, int code) {
    std::fprintf(stderr, "%s: %s\n", name, sentence.c_str());
    return code;
  };
  CLI::App app{what, name};
  std::string where = "cpu";
  app.add_option("--device", where, "cpu, cuda or cuda:1")->capture_default_str()->type_name("DEVICE");
  try {
    app.parse(argc, argv);
    const logitape::Device device = logitape::device_named(where);
    if (const std::string missing = logitape::why_not(device); !missing.empty())
      return failed("--device " + where + ": " + missing, 2);
    return work(device);
  } catch (const CLI::ParseError& usage) {
    return usage.get_exit_code() == 0 ? app.exit(usage) : failed(usage.what(), 2);
  } catch (const logitape::Error& error) {
    const bool named = error.op() == "device_named";
    return failed((named ? "--device: " : "") + std::string(error.what() + (named ? error.op().size() + 2 : 0)),
                  named ? 2 : 1);
  } catch (const std::exception& error) {
    return failed(error.what(), 1);
  }
}
