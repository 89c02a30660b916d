// What a row is made of: contenders that take turns, round after round. google-benchmark times each call, and a ratio
// is the median of the rounds' ratios, theirs over ours: above 1 where ours takes less time. A goal stands beside it;
// nothing is asserted.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/peer.h"
#include "tests/bench/report.h"

namespace bench {

struct Contender {
  std::string name;
  std::function<void()> call = {};       // is timed; or
  std::function<double()> seconds = {};  // says what a call took: a peer in a process of its own
  double goal = 0;                       // its time over ours, at least; 0: none
};

// PyTorch asks the system for each block above 32 MB, and most of its time is then page faults: this one keeps them.
inline constexpr const char* memory_kept = "PyTorch, memory kept";

struct PeerGoal {
  std::string peer;
  double goal = 0;
};

class Session {
 public:
  explicit Session(const Options& options);

  int threads() const { return options_.threads; }
  const Options& options() const { return options_; }
  double by_threads(double one, double two) const { return threads() == 1 ? one : two; }
  bool has(const std::string& simd_target) const;

  // Whether a row of this name is asked for (--only); what it needs is not made otherwise.
  bool wants(const std::string& row) const;
  // Times them in turn; the first is ours. Returns the median of our seconds.
  double row(const std::string& name, const std::vector<Contender>& contenders);
  // A number that is not a ratio, and what it should be.
  void figure(const std::string& name, double value, const std::string& unit, const std::string& goal);
  // Adds the peers that are here and know this question (tests/bench/peers.py), compiled and warm.
  void add_peers(std::vector<Contender>& contenders, const std::string& question, const std::vector<PeerGoal>& peers);
  // What a peer answers; NaN where there is no answer.
  double ask(const std::string& peer, const std::string& question);

  void area(const std::string& name);
  void finish();

 private:
  Peer* peer(const std::string& name);

  Options options_;
  Report report_;
  std::map<std::string, std::unique_ptr<Peer>> peers_;
};

// The areas, a file each.
void loss(Session& s);
void matmul(Session& s);
void conv(Session& s);
void tape(Session& s);
void steps(Session& s);
void large(Session& s);
void threads(Session& s);
void start(Session& s);
void predict(Session& s);

}  // namespace bench
