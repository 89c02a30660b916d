// The table that is printed, the JSON that is kept, and the run that is compared with.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace bench {

// Of the rounds: their median, and the quartiles around it.
struct Spread {
  double median = 0, low = 0, high = 0;
};
Spread spread_of(std::vector<double> rounds);

struct Ratio {
  std::string name;
  Spread value;  // theirs over ours
  double goal = 0;
};

// "1.23 ms", three digits.
std::string time_text(double seconds);

class Report {
 public:
  // against: a file that write() made, or empty.
  Report(std::string target, int threads, const std::string& against);
  const std::string& target() const { return target_; }
  void area(const std::string& name);
  void row(const std::string& name, const Spread& seconds, const std::vector<Ratio>& ratios);
  void figure(const std::string& name, double value, const std::string& unit, const std::string& goal);
  // An array of objects, a line each.
  void write(const std::string& path) const;

 private:
  std::string key(const std::string& name, const std::string& other) const;
  std::string before(const std::string& name, const std::string& other, double now) const;
  void print(const std::vector<std::string>& cells) const;

  std::string target_, area_;
  int threads_;
  bool compares_;
  std::map<std::string, double> before_;  // by key
  std::vector<std::string> lines_;
};

}  // namespace bench
