// bench [AREA...] [--OPTION VALUE...]: measures logitape beside its peers, in turn in this process and its children.
// ./tests/run bench runs it for each SIMD target and number of threads; README.md says what the options are.
#include <logitape.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include "tests/bench/bench.h"

namespace {

struct Area {
  const char* name;
  void (*measure)(bench::Session&);
};
constexpr Area areas[] = {{"loss", bench::loss},       {"matmul", bench::matmul}, {"conv", bench::conv},
                          {"tape", bench::tape},       {"steps", bench::steps},   {"large", bench::large},
                          {"threads", bench::threads}, {"start", bench::start},   {"predict", bench::predict}};

constexpr std::string_view known_peers[] = {"PyTorch", "torch.compile", "JAX", "TensorFlow", "libtorch", "none"};

double number(const std::string& option, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value > 0 && value < 1e6))
    throw std::invalid_argument(option + " needs a number above 0, not '" + text + "'");
  return value;
}

std::regex pattern(const std::string& text) try { return std::regex(text); } catch (const std::regex_error&) {
  throw std::invalid_argument("--only needs a regular expression, not '" + text + "'");
}

// Names separated by commas; "none" is none of them.
std::string peers(const std::string& text) {
  std::stringstream names(text);
  for (std::string name; std::getline(names, name, ',');)
    if (std::ranges::find(known_peers, name) == std::end(known_peers))
      throw std::invalid_argument("there is no peer '" + name +
                                  "'; there are PyTorch, torch.compile, JAX, TensorFlow, libtorch, none");
  return text;
}

bench::Options read(int argc, char** argv) {
  bench::Options o;
  o.threads = logitape::num_threads();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      if (std::ranges::none_of(areas, [&](const Area& a) { return word == a.name; }))
        throw std::invalid_argument("there is no area '" + word + "'");
      o.areas.push_back(word);
      continue;
    }
    if (i + 1 == argc) throw std::invalid_argument(word + " needs a value");
    const std::string value = argv[++i];
    if (word == "--rounds") o.rounds = std::max(1, static_cast<int>(number(word, value)));
    else if (word == "--milliseconds") o.milliseconds = number(word, value);
    else if (word == "--only") o.only = pattern(value);
    else if (word == "--json") o.json = value;
    else if (word == "--against") o.against = value;
    else if (word == "--python") o.python = value;
    else if (word == "--libtorch") o.libtorch = value;
    else if (word == "--peers") o.peers = peers(value);
    else if (word == "--start") o.start_program = value;
    else if (word == "--compiler") o.compiler = value;
    else throw std::invalid_argument("there is no option '" + word + "'");
  }
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bench::Options options = read(argc, argv);
    bench::Session session(options);
    for (const Area& area : areas) {
      if (!options.areas.empty() && std::ranges::find(options.areas, area.name) == options.areas.end()) continue;
      session.area(area.name);
      area.measure(session);
    }
    session.finish();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return 2;
  }
}
