// Ops by rising tick are a list in which inputs stand first, so that pieces of the list never depend on each other in a
// circle. Folding cuts the list into fewer pieces.
#include "logitape/autograd/see/detail/tape_fold.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace logitape::inline v0::see {
namespace {

struct Piece {  // of the list of ops
  std::size_t begin, end;
  std::size_t period = 0, repeats = 1;
};

bool is_source(const Node& node) { return node.is_leaf() || node.is_cut(); }

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {  // FNV-1a, by words
  return (hash ^ value) * 1099511628211u;
}

std::uint64_t hash_of(const Tensor& slot) {
  std::uint64_t hash = mixed(14695981039346656037u, static_cast<std::uint64_t>(slot.dtype()));
  for (int i = 0; i < slot.rank(); ++i) hash = mixed(hash, static_cast<std::uint64_t>(slot.shape()[i]));
  return mixed(hash, slot.output_number());
}

class Folding {
 public:
  explicit Folding(const TapeGraph& graph) : graph_(graph), place_(graph.nodes.size(), 0) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      if (is_source(*graph.nodes[n].node)) continue;
      place_[n] = ops_.size();
      pieces_.push_back({ops_.size(), ops_.size() + 1});
      ops_.push_back(n);
    }
  }

  void fold_repeats();
  void fold_layers();
  void join_neighbours(std::size_t most);
  std::vector<Fold> folds(bool join_sources) const;

 private:
  const Node& op(std::size_t k) const { return *graph_.nodes[ops_[k]].node; }
  std::uint64_t token(std::size_t k) const;
  Piece longest_repeat(const std::vector<std::uint64_t>& tokens, std::size_t begin) const;

  const TapeGraph& graph_;
  std::vector<std::size_t> ops_;    // places in graph_.nodes
  std::vector<std::size_t> place_;  // of each node in ops_
  std::vector<Piece> pieces_;
};

// The same for ops that do the same to what stands equally far before them.
std::uint64_t Folding::token(std::size_t k) const {
  const Node& node = op(k);
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : std::string_view(node.op())) hash = mixed(hash, static_cast<unsigned char>(c));
  for (int i = 0; i < node.output_count(); ++i) hash = mixed(hash, hash_of(node.output_slot(i)));
  for (int i = 0; i < node.input_count(); ++i) {
    const Tensor& slot = node.input_slot(i);
    hash = mixed(hash, hash_of(slot));
    if (!slot.node()) hash = mixed(hash, 1);
    else if (is_source(*slot.node())) hash = mixed(hash, slot.node()->is_leaf() ? 2 : 3);
    else hash = mixed(hash, 4 + k - place_[graph_.find(slot.node().get())]);
  }
  return hash;
}

// Of all repeats that begin here, the one that covers most, and of these the shortest.
Piece Folding::longest_repeat(const std::vector<std::uint64_t>& tokens, std::size_t begin) const {
  constexpr std::size_t longest_period = 256, worth_it = 4;
  Piece best{begin, begin + 1};
  for (std::size_t period = 1; period <= std::min(longest_period, (tokens.size() - begin) / 2); ++period) {
    std::size_t end = begin + period;
    while (end < tokens.size() && tokens[end] == tokens[end - period]) ++end;
    const std::size_t repeats = (end - begin) / period;
    const Piece found{begin, begin + repeats * period, period, repeats};
    if (repeats > 1 && found.end - begin >= worth_it && found.end > best.end) best = found;
    if (end == tokens.size()) break;  // a longer period covers no more
  }
  return best;
}

void Folding::fold_repeats() {
  std::vector<std::uint64_t> tokens;
  for (std::size_t k = 0; k < ops_.size(); ++k) tokens.push_back(token(k));
  pieces_.clear();
  for (std::size_t k = 0; k < ops_.size(); k = pieces_.back().end) pieces_.push_back(longest_repeat(tokens, k));
}

// A layer begins at an op that is the first to read a variable.
void Folding::fold_layers() {
  std::vector<bool> seen(graph_.nodes.size(), false);
  std::vector<Piece> layers;
  for (const Piece& piece : pieces_) {
    bool begins = layers.empty() || piece.repeats > 1 || layers.back().repeats > 1;
    for (std::size_t k = piece.begin; k < piece.end; ++k)
      for (int i = 0; i < op(k).input_count(); ++i) {
        const Tensor& slot = op(k).input_slot(i);
        if (!slot.node() || !slot.node()->is_leaf()) continue;
        const std::size_t leaf = graph_.find(slot.node().get());
        begins = begins || !seen[leaf];
        seen[leaf] = true;
      }
    if (begins) layers.push_back(piece);
    else layers.back().end = piece.end;
  }
  pieces_ = std::move(layers);
}

void Folding::join_neighbours(std::size_t most) {
  const std::size_t step = (pieces_.size() + most - 1) / most;
  std::vector<Piece> joined;
  for (std::size_t p = 0; p < pieces_.size(); p += step)
    joined.push_back(step == 1 ? pieces_[p]
                               : Piece{pieces_[p].begin, pieces_[std::min(p + step, pieces_.size()) - 1].end});
  pieces_ = std::move(joined);
}

std::vector<Fold> Folding::folds(bool join_sources) const {
  std::vector<std::size_t> piece_of(ops_.size());
  for (std::size_t p = 0; p < pieces_.size(); ++p)
    for (std::size_t k = pieces_[p].begin; k < pieces_[p].end; ++k) piece_of[k] = p;
  std::vector<std::vector<std::size_t>> readers(graph_.nodes.size());  // of sources: pieces, each once
  for (std::size_t k = 0; k < ops_.size(); ++k)
    for (int i = 0; i < op(k).input_count(); ++i) {
      const Tensor& slot = op(k).input_slot(i);
      if (!slot.node() || !is_source(*slot.node())) continue;
      auto& of = readers[graph_.find(slot.node().get())];
      if (of.empty() || of.back() != piece_of[k]) of.push_back(piece_of[k]);
    }
  std::vector<Fold> all(pieces_.size());
  std::map<std::pair<bool, std::vector<std::size_t>>, std::size_t> joined;  // by readers: their place in `all`
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    const Node& node = *graph_.nodes[n].node;
    if (!is_source(node)) {
      all[piece_of[place_[n]]].nodes.push_back(n);
      continue;
    }
    const auto& of = readers[n];
    if (of.size() == 1 && pieces_[of[0]].end - pieces_[of[0]].begin > 1) {
      all[of[0]].nodes.push_back(n);
      continue;
    }
    const auto [at, is_new] = joined.emplace(std::pair(node.is_leaf(), of), all.size());
    if (!join_sources || is_new) {
      at->second = all.size();
      all.emplace_back();
    }
    all[at->second].nodes.push_back(n);
  }
  for (std::size_t p = 0; p < pieces_.size(); ++p) {
    all[p].period = pieces_[p].repeats > 1 ? pieces_[p].period : 0;
    all[p].repeats = pieces_[p].repeats;
  }
  return all;
}

}  // namespace

std::vector<Fold> folded(const TapeGraph& graph, std::size_t most) {
  Folding folding(graph);
  std::vector<Fold> folds = folding.folds(false);
  if (folds.size() <= most) return folds;
  folding.fold_repeats();
  folds = folding.folds(false);
  if (folds.size() <= most) return folds;
  folding.fold_layers();
  folds = folding.folds(false);
  if (folds.size() <= most) return folds;
  folds = folding.folds(true);
  for (std::size_t pieces = most; folds.size() > most && pieces > 0; pieces /= 2) {
    folding.join_neighbours(pieces);
    folds = folding.folds(true);
  }
  return folds;
}

}  // namespace logitape::inline v0::see
