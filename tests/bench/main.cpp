// bench [AREA...] [--OPTION VALUE...]: measures logitape beside its peers, in turn in this process and its children.
// ./tests/run bench runs it for each SIMD target and number of threads; README.md says what the options are.
#include <logitape.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

#include "tests/bench/bench.h"

namespace {

struct Area {
  const char* name;
  void (*measure)(bench::Session&);
};
constexpr Area areas[] = {{"loss", bench::loss},       {"matmul", bench::matmul}, {"conv", bench::conv},
                          {"tape", bench::tape},       {"steps", bench::steps},   {"large", bench::large},
                          {"threads", bench::threads}, {"start", bench::start}};

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
    if (word == "--rounds") o.rounds = std::max(1, std::stoi(value));
    else if (word == "--milliseconds") o.milliseconds = std::stod(value);
    else if (word == "--only") o.only = std::regex(value);
    else if (word == "--json") o.json = value;
    else if (word == "--against") o.against = value;
    else if (word == "--python") o.python = value;
    else if (word == "--libtorch") o.libtorch = value;
    else if (word == "--peers") o.peers = value;
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
