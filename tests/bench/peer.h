// A peer in a process of its own: a question a line on its stdin, an answer a line on its stdout. The answer is a
// number, mostly the seconds of a call; or "no", and why.
#pragma once
#include <string>
#include <vector>

namespace bench {

class Peer {
 public:
  // Error: std::runtime_error if the process cannot be made.
  explicit Peer(const std::vector<std::string>& command);
  ~Peer();
  Peer(const Peer&) = delete;

  // NaN where there is no number; refusal() then says why.
  double ask(const std::string& question);
  const std::string& refusal() const { return refusal_; }

 private:
  int process_ = -1, to_ = -1, from_ = -1;
  std::string refusal_;
};

}  // namespace bench
