// report.h: a row is printed as soon as it is measured, a line for each ratio.
#include "tests/bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bench {

Spread spread_of(std::vector<double> rounds) {
  std::sort(rounds.begin(), rounds.end());
  const double last = static_cast<double>(rounds.size() - 1);
  const auto at = [&](double place) { return rounds[static_cast<std::size_t>(place)]; };
  return {at(std::round(0.5 * last)), at(std::floor(0.25 * last)), at(std::ceil(0.75 * last))};
}

namespace {

// Which copy was the best differs from run to run: "copy: memcpy" is compared with "copy: plain".
std::string without_kind(const std::string& other) { return other.substr(0, other.find(':')); }

}  // namespace

std::string time_text(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.3g} ns", 1e9 * seconds);
  if (seconds < 1e-3) return fmt::format("{:.3g} us", 1e6 * seconds);
  return seconds < 1 ? fmt::format("{:.3g} ms", 1e3 * seconds) : fmt::format("{:.2f} s", seconds);
}

Report::Report(std::string target, int threads, const std::string& against)
    : target_(std::move(target)), threads_(threads), compares_(!against.empty()) {
  if (!compares_) return;
  std::ifstream file(against);
  if (!file) throw std::runtime_error("--against " + against + ": there is no such file");
  const nlohmann::json rows = nlohmann::json::parse(file, nullptr, false);
  if (!rows.is_array()) throw std::runtime_error("--against " + against + ": it was not written by --json");
  for (const auto& row : rows)
    before_[fmt::format("{}/{}/{}/{}/{}", row.value("target", ""), row.value("threads", 0), row.value("area", ""),
                        row.value("row", ""), row.value("against", ""))] = row.value("value", 0.0);
}

std::string Report::key(const std::string& name, const std::string& other) const {
  return fmt::format("{}/{}/{}/{}/{}", target_, threads_, area_, name, without_kind(other));
}

std::string Report::before(const std::string& name, const std::string& other, double now) const {
  const auto found = before_.find(key(name, other));
  if (found == before_.end() || found->second == 0) return "";
  return fmt::format("{:.3g} (now {:.2f} of it)", found->second, now / found->second);
}

void Report::print(const std::vector<std::string>& cells) const {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  std::puts(line.c_str());
  std::fflush(stdout);
}

void Report::area(const std::string& name) {
  area_ = name;
  fmt::print("\n{}: SIMD target {}, {} thread{}; theirs / ours, medians and quartiles of rounds in turn\n\n", name,
             target_, threads_, threads_ == 1 ? "" : "s");
  std::vector<std::string> head{"", "ours", "beside", "theirs / ours", "goal"};
  if (compares_) head.emplace_back("before");
  print(head);
  std::puts(compares_ ? "|---|---|---|---|---|---|" : "|---|---|---|---|---|");
}

void Report::row(const std::string& name, const Spread& seconds, const std::vector<Ratio>& ratios) {
  const auto keep = [&](const std::string& other, const Spread& value, double goal) {
    lines_.push_back(nlohmann::json{
        {"target", target_},
        {"threads", threads_},
        {"area", area_},
        {"row", name},
        {"against", without_kind(other)},
        {"value", value.median},
        {"low", value.low},
        {"high", value.high},
        {"goal", goal}}.dump());
  };
  const std::string ours =
      fmt::format("{} ({} to {})", time_text(seconds.median), time_text(seconds.low), time_text(seconds.high));
  keep("seconds", seconds, 0);
  std::vector<std::string> cells{name, ours, "", "", ""};
  if (compares_) cells.push_back(before(name, "seconds", seconds.median));
  if (compares_ || ratios.empty()) print(cells);
  bool first = !compares_;
  for (const Ratio& r : ratios) {
    keep(r.name, r.value, r.goal);
    cells = {first ? name : "", first ? ours : "", r.name,
             fmt::format("{:.2f} ({:.2f} to {:.2f})", r.value.median, r.value.low, r.value.high),
             r.goal == 0 ? "" : fmt::format("{:.2f}{}", r.goal, r.value.median < r.goal ? ", short" : "")};
    if (compares_) cells.push_back(before(name, r.name, r.value.median));
    print(cells);
    first = false;
  }
}

void Report::figure(const std::string& name, double value, const std::string& unit, const std::string& goal) {
  lines_.push_back(nlohmann::json{
      {"target", target_},
      {"threads", threads_},
      {"area", area_},
      {"row", name},
      {"against", unit},
      {"value", value},
      {"goal", goal}}.dump());
  std::vector<std::string> cells{name, fmt::format("{:.3g} {}", value, unit), "", "", goal};
  if (compares_) cells.push_back(before(name, unit, value));
  print(cells);
}

void Report::write(const std::string& path) const {
  std::ofstream file(path);
  for (std::size_t i = 0; i < lines_.size(); ++i) file << (i == 0 ? "[\n" : ",\n") << lines_[i];
  file << (lines_.empty() ? "[]\n" : "\n]\n");
  if (!file.flush()) throw std::runtime_error("--json " + path + ": it cannot be written");
}

}  // namespace bench
