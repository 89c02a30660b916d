// tape_dot: what it writes is a graph by the grammar of Graphviz' language, whatever names are in it.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine_test.h"
#include "logitape/autograd/inspect.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/ops/cross_entropy.h"
#include "random_graph.h"
#include "tests/support/temporary_folder.h"

using namespace logitape;
using namespace engine_test;

namespace {

// Words, quoted strings and the marks of the language; empty where a string does not end.
std::vector<std::string> tokens_of(const std::string& dot) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < dot.size();) {
    const char c = dot[at];
    std::size_t end = at + 1;
    if (c == '"') {
      while (end < dot.size() && dot[end] != '"') end += dot[end] == '\\' ? 2 : 1;
      if (end >= dot.size()) return {};
      ++end;
    } else if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      while (end < dot.size() && (std::isalnum(static_cast<unsigned char>(dot[end])) || dot[end] == '_')) ++end;
    } else if (c == '-') {
      ++end;
    }
    if (!std::isspace(static_cast<unsigned char>(c))) tokens.push_back(dot.substr(at, end - at));
    at = end;
  }
  return tokens;
}

// The grammar of https://graphviz.org/doc/info/lang.html, as far as it is used.
struct Grammar {
  std::vector<std::string> tokens;
  std::size_t at = 0;
  std::set<std::string> nodes, used;
  int edges = 0;

  std::string peek() const { return at < tokens.size() ? tokens[at] : ""; }
  bool take(const std::string& token) { return peek() == token && ++at; }
  bool id() {
    const std::string t = peek();
    const bool is = !t.empty() && (t[0] == '"' || std::isalnum(static_cast<unsigned char>(t[0])) || t[0] == '_');
    at += is;
    return is;
  }
  bool attributes() {
    while (take("["))
      while (!take("]"))
        if (!id() || !take("=") || !id()) return false;
    return true;
  }
  bool statement() {
    const std::string first = peek();
    if (!id()) return false;
    if (take("=")) return id();
    if (first == "node" || first == "edge") return attributes();
    if (!take("->")) return nodes.insert(first).second && attributes();
    used.insert(first);
    used.insert(peek());
    ++edges;
    return id() && attributes();
  }
  bool graph() {
    if (!take("digraph") || !id() || !take("{")) return false;
    while (!take("}"))
      if (!statement()) return false;
    return at == tokens.size();
  }
};

bool is_graph(const std::string& dot, Grammar& grammar) {
  grammar.tokens = tokens_of(dot);
  return grammar.graph() && std::ranges::includes(grammar.nodes, grammar.used);
}
bool is_graph(const std::string& dot) {
  Grammar grammar;
  return is_graph(dot, grammar);
}

std::vector<std::string> samples() {
  const std::string names[] = {"say \"x\"", "back\\", "a\\\"b", "{a|b}", "line\nbreak", "\xff\x01", "größe", "]; }"};
  std::vector<std::string> dots;
  for (const std::string& name : names) {
    const Tensor x = variable(tensor({1.0, 2.0})), c = tensor({1.0, 3.0});
    const Tensor h = x * c + stop_gradient(x);
    dots.push_back(tape_dot(sum(h), {.names = {{x, name}, {c, name}, {h, name}}, .title = name}));
  }
  dots.push_back(tape_dot(random_graph(4, 150).loss));
  dots.push_back(tape_dot(random_graph(4, 900).loss));
  return dots;
}

}  // namespace

TEST_SUITE("tape_dot") {
  TEST_CASE("the text is a graph whatever names are in it") {
    for (const std::string& dot : samples()) {
      CAPTURE(dot);
      CHECK(is_graph(dot));
      CHECK_FALSE(is_graph(dot.substr(0, dot.size() - 2)));
    }
    CHECK_FALSE(is_graph("digraph tape { \"a\" [label=\"say \"x\"\"] }"));  // the check can fail
    CHECK_FALSE(is_graph("digraph tape { \"a\" -> \"b\" }"));
  }

  TEST_CASE("nodes and edges are those of the tape") {
    const RandomGraph graph = random_graph(2, 60);
    Grammar grammar;
    REQUIRE(is_graph(tape_dot(graph.loss), grammar));
    std::set<std::pair<std::uint64_t, std::uint64_t>> edges;
    for (const Node* node : tape_nodes(graph.loss)) {
      CHECK(grammar.nodes.count("\"" + std::to_string(node->tick()) + "\"") == 1);
      for (int i = 0; i < node->input_count(); ++i)
        if (const auto& of = node->input_slot(i).node()) edges.emplace(of->tick(), node->tick());
    }
    const auto constants =
        static_cast<int>(std::ranges::count_if(grammar.nodes, [](const std::string& id) { return id[1] == 'c'; }));
    CHECK(grammar.edges >= static_cast<int>(edges.size()) + constants);
  }

  TEST_CASE("small tensors show values and gradients") {
    const Tensor x = variable(tensor({1.0, -2.5}));
    const std::string dot = tape_dot(sum(x * x), {.names = {{x, "x"}}});
    CHECK(dot.find("value [1 -2.5]") != std::string::npos);
    CHECK(dot.find("gradient [2 -5]") != std::string::npos);
    CHECK(dot.find("its norm 5.39") != std::string::npos);  // the root of 4 + 25
  }

  TEST_CASE("Graphviz itself reads it") {
    if (std::system("command -v dot >/dev/null 2>&1") != 0) {  // NOLINT(concurrency-mt-unsafe)
      MESSAGE("SKIPPED: dot (graphviz) is not installed");
      return;
    }
    const tests::TemporaryFolder folder;
    for (const std::string& dot : samples()) {
      const std::string file = folder / "tape.dot";
      std::ofstream(file) << dot;
      CAPTURE(dot);
      CHECK(std::system(("dot -Tsvg -o /dev/null '" + file + "' 2>&1").c_str()) == 0);  // NOLINT(concurrency-mt-unsafe)
    }
  }
}
