// bench.h: rounds. In each, every contender is timed once, in an order that turns.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "logitape/backends/cpu/cpu.h"
#include "tests/bench/bench.h"

namespace bench {
namespace {

// Keeps what google-benchmark says in place of printing it.
class Kept : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    seconds = runs[0].real_accumulated_time / static_cast<double>(runs[0].iterations);
  }
  double seconds = 0;
};

std::string name_of(std::size_t contender) { return fmt::format("contender_{:02}", contender); }

void enter(std::size_t i, const Contender& c, double milliseconds) {
  if (c.seconds) {  // it has made its calls when it answers
    benchmark::RegisterBenchmark(name_of(i).c_str(),
                                 [&c](benchmark::State& state) {
                                   for (auto _ : state) state.SetIterationTime(c.seconds());
                                 })
        ->UseManualTime()
        ->Iterations(1);
    return;
  }
  benchmark::RegisterBenchmark(name_of(i).c_str(),
                               [&c](benchmark::State& state) {
                                 for (auto _ : state) c.call();
                               })
      ->UseRealTime()
      ->MinTime(milliseconds / 1000);
}

double seconds_of(std::size_t contender) {
  Kept kept;
  benchmark::RunSpecifiedBenchmarks(&kept, name_of(contender));
  // threads that wait for more work spin for a while: not at the next one's expense
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return kept.seconds;
}

}  // namespace

Session::Session(const Options& options)
    : options_(options), report_(logitape::cpu::target_name(), options.threads, options.against) {}

bool Session::has(const std::string& simd_target) const { return report_.target() == simd_target; }

bool Session::wants(const std::string& row) const { return std::regex_search(row, options_.only); }

void Session::area(const std::string& name) { report_.area(name); }

void Session::finish() {
  if (!options_.json.empty()) report_.write(options_.json);
}

double Session::row(const std::string& name, const std::vector<Contender>& contenders) {
  const std::size_t count = contenders.size();
  for (std::size_t i = 0; i < count; ++i) enter(i, contenders[i], options_.milliseconds);
  for (const Contender& c : contenders)
    if (c.call) c.call();  // what is made by the first call counts for nobody
  std::vector<std::vector<double>> seconds(count);
  for (std::size_t round = 0; round < static_cast<std::size_t>(options_.rounds); ++round)
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t turn = (i + round) % count;
      seconds[turn].push_back(seconds_of(turn));
    }
  benchmark::ClearRegisteredBenchmarks();
  std::vector<Ratio> ratios;
  for (std::size_t i = 1; i < count; ++i) {
    std::vector<double> of_rounds;
    for (std::size_t round = 0; round < seconds[i].size(); ++round)
      of_rounds.push_back(seconds[i][round] / seconds[0][round]);
    ratios.push_back({contenders[i].name, spread_of(of_rounds), contenders[i].goal});
  }
  const Spread ours = spread_of(seconds[0]);
  report_.row(name, ours, ratios);
  return ours.median;
}

void Session::figure(const std::string& name, double value, const std::string& unit, const std::string& goal) {
  report_.figure(name, value, unit, goal);
}

// A peer is started when it is first asked, and named once where it is not there.
Peer* Session::peer(const std::string& name) {
  if (const auto known = peers_.find(name); known != peers_.end()) return known->second.get();
  std::unique_ptr<Peer>& p = peers_[name];
  if (!options_.peers.empty() &&
      ("," + options_.peers + ",").find("," + name.substr(0, name.find(',')) + ",") == std::string::npos)
    return {};
  const bool cpp = name == "libtorch";
  if (cpp ? options_.libtorch.empty() : options_.python.empty()) return {};
  const std::string threads = std::to_string(options_.threads), time = fmt::format("{}", options_.milliseconds);
  std::vector<std::string> command;
  if (cpp) command = {options_.libtorch, threads, time};
  else command = {options_.python, LOGITAPE_SOURCE_DIR "/tests/bench/peers.py", name, threads, time};
  if (name == memory_kept) {
    command[2] = "PyTorch";
    const char* const kept = "GLIBC_TUNABLES=glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=8589934590";
    command.insert(command.begin(), {"env", kept});
  }
  p = std::make_unique<Peer>(command);
  if (std::isnan(p->ask("hello"))) {
    std::fprintf(stderr, "without %s: %s\n", name.c_str(), p->refusal().c_str());
    p = nullptr;
  }
  return p.get();
}

double Session::ask(const std::string& name, const std::string& question) {
  Peer* const asked = peer(name);
  return asked ? asked->ask(question) : std::nan("");
}

void Session::add_peers(std::vector<Contender>& contenders, const std::string& question,
                        const std::vector<PeerGoal>& peers) {
  for (const PeerGoal& p : peers) {
    if (std::isnan(ask(p.peer, question))) continue;
    contenders.push_back(
        {.name = p.peer, .seconds = [this, p, question] { return ask(p.peer, question); }, .goal = p.goal});
  }
}

}  // namespace bench
