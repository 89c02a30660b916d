// tape_table: its rows against what grad, the graph and the memory say.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>

#include "engine_test.h"
#include "logitape/autograd/inspect.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/softmax.h"
#include "logitape/ops/tensorflow.h"
#include "random_graph.h"
#include "tests/devices/device.h"

using namespace logitape;
using namespace engine_test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The row that begins with this tick; empty: there is none.
std::string row_of(const std::string& table, const Tensor& made) {
  const std::string tick = std::to_string(made.node()->tick()) + "  ";
  for (const std::string& line : lines_of(table))
    if (line.substr(line.find_first_not_of(' ')).rfind(tick, 0) == 0) return line;
  return {};
}

std::string last_word(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

std::string three_digits(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}

// "1,234" behind the words.
std::int64_t number_behind(const std::string& text, const std::string& words) {
  std::string digits;
  for (std::size_t at = text.find(words) + words.size(); at < text.size() && text[at] != ' '; ++at)
    if (text[at] != ',') digits += text[at];
  return std::stoll(digits);
}
std::int64_t kept(const Tensor& y) { return number_behind(tape_table(y, {.gradients = false}), "The rules keep "); }

std::string refusal(const Tensor& y, const TapeOptions& options = {}) {
  const auto error = error_of([&] { tape_table(y, options); });
  return error ? error->what() : "";
}

}  // namespace

TEST_SUITE("tape_table") {
  TEST_CASE("a row says tick, op, name, inputs, output, bytes kept and gradient") {
    const Tensor logits = variable(tensor({{4.0, 2.0, 1.0}, {0.0, 5.0, 1.0}}));
    const Tensor labels = variable(tensor({{1.0, 0.0, 0.0}, {0.0, 0.8, 0.2}}));
    const Tensor rows = nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits});
    const Tensor loss = sum(rows);
    const std::string table = tape_table(loss, {.names = {{logits, "logits"}, {labels, "labels"}}});
    CAPTURE(table);
    double squares = 0;
    for (const double g : values(grad(loss, logits))) squares += g * g;
    CHECK(last_word(row_of(table, logits)) == three_digits(std::sqrt(squares)));
    CHECK(row_of(table, logits).find("variable (logits)  ") != std::string::npos);
    CHECK(row_of(table, logits).find("(48)") != std::string::npos);
    CHECK(row_of(table, rows).find("logits, labels  f64 [2], f64 [2,3]") != std::string::npos);
    CHECK(last_word(row_of(table, rows)) == three_digits(std::sqrt(2.0)));
    CHECK(row_of(table, loss).find(" " + std::to_string(rows.node()->tick()) + " ") != std::string::npos);
    CHECK(lines_of(table).size() == 6);
    CHECK(table.find("4 nodes, 2 of them variables") != std::string::npos);
  }

  TEST_CASE("gradients are those of grad at every node of random graphs; what nothing comes into has none") {
    for (int seed = 1; seed <= 10; ++seed) {
      const RandomGraph graph = random_graph(seed, 30);
      const std::string table = tape_table(graph.loss);
      for (const Tensor& t : graph.tensors) {
        if (!t.requires_grad() || row_of(table, t).empty()) continue;
        double squares = 0;
        for (const double g : values(grad(graph.loss, t, {.unreached = Unreached::zero}))) squares += g * g;
        const std::string shown = last_word(row_of(table, t));
        CHECK((shown == three_digits(std::sqrt(squares)) || (shown == "-" && squares == 0)));
      }
      CHECK(tape_table(graph.loss, {.gradients = false}).find(" gradient\n") == std::string::npos);
    }
  }

  TEST_CASE("the bytes kept are those that memory holds because of the tape") {
    const std::function<Tensor(const Tensor&)> losses[] = {
        [](const Tensor& x) { return sum(exp(x)); },
        [](const Tensor& x) { return sum(tanh(exp(x)) * exp(x)); },
        [](const Tensor& x) {
          const Tensor e = relu(x * 2);  // shared by several rules, and under another shape
          return sum(e * e) + sum(matmul(reshape(e, {e.size(), 1}), ones({1, 1}, DType::f64)) * 3);
        },
        [](const Tensor& x) {
          return sum(nn::softmax_cross_entropy_with_logits({.labels = softmax(x * 0), .logits = x * 1}));
        },
        [](const Tensor& x) { return cross_entropy(x * 1, softmax(stop_gradient(x))); },
        [](const Tensor& x) {
          const Tensor first = sum(exp(x) * x);
          return sum(grad(first * first, x, {.create_graph = true}));  // of second order
        },
    };
    const auto held = [](const std::function<Tensor(const Tensor&)>& f, std::int64_t rows) {
      const Tensor x = variable(ones({rows, 7}, DType::f64));
      Tensor loss = f(x);
      const std::int64_t by_table = kept(loss), before = memory::counts().live_bytes;
      loss = Tensor();
      return std::pair(by_table, before - memory::counts().live_bytes);
    };
    for (const auto& f : losses) {  // what nodes take themselves is the same for all sizes
      const auto [small, small_freed] = held(f, 40);
      const auto [large, large_freed] = held(f, 90);
      CHECK(large - small == large_freed - small_freed);
      CHECK(large > small);
    }
  }

  TEST_CASE("borrowed bytes that overlap count once; a variable's own bytes count for no rule") {
    std::vector<double> numbers(30, 1.0);
    const auto part = [&](std::size_t begin, std::int64_t count) {
      return Tensor::borrowed(
          numbers.data() + begin, {count}, DType::f64, [](void*) noexcept {}, nullptr);
    };
    const Tensor w = variable(tensor(2.0));
    CHECK(kept(sum(w * part(0, 20)) + sum(w * part(10, 20)) + sum(w * part(5, 5))) == 30 * 8);
    const Tensor a = variable(ones({10}, DType::f64)), b = variable(ones({10}, DType::f64));
    CHECK(kept(sum(a * b)) == 0);
    CHECK(tape_table(sum(a * b)).find("own values are 160 more") != std::string::npos);
  }

  TEST_CASE("names reach variables, constants and what lies between; those that are not met are told") {
    const Tensor x = variable(tensor({1.0, 2.0})), c = tensor({3.0, 4.0}), lost = tensor({5.0, 6.0});
    const Tensor h = x * c, cut = stop_gradient(h);
    const Tensor loss = sum(h * cut + lost);
    const std::string table = tape_table(
        loss, {.names = {{x, "x"}, {c, "c"}, {h, "h"}, {cut, "fixed"}, {lost, "lost"}, {variable(c), "other"}}});
    CAPTURE(table);
    CHECK(row_of(table, h).find("mul (h)                x, c") != std::string::npos);
    CHECK(row_of(table, cut).find("stop_gradient (fixed)  cut: no gradient passes") != std::string::npos);
    CHECK(last_word(row_of(table, cut)) == "-");
    CHECK(table.find("h, fixed") != std::string::npos);
    CHECK(table.find("\"lost\", \"other\" are not seen on this tape") != std::string::npos);
    CHECK(tape_table(loss).find("constant") != std::string::npos);
    const Tensor behind = exp(cut);  // nothing is recorded: it stands on the cut's node too
    const std::string two = tape_table(sum(h * cut) + sum(h * behind), {.names = {{cut, "cut"}, {behind, "behind"}}});
    CHECK(two.find(", cut ") != std::string::npos);
    CHECK(two.find(", behind ") != std::string::npos);
  }

  TEST_CASE("no name breaks a row, and rows are as wide as asked") {
    const Tensor x = variable(tensor({1.0, 2.0}));
    const std::string name = "a\nb\tc\x1b[31m \xff größe 名前 " + std::string(200, 'w');
    const Tensor y = sum(exp(x) * x);
    const TapeOptions options{.names = {{x, name}}, .columns = 60};
    for (const std::string& line : lines_of(tape_table(y, options))) {
      std::size_t columns = 0;
      for (const char c : line) {
        columns += (c & 0xc0) != 0x80;
        CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
      }
      CHECK((columns <= 60 || line.find("nodes, ") != std::string::npos));
    }
    CHECK(lines_of(tape_table(y, options)).size() == 6);
    CHECK(tape_table(y, {.names = options.names, .columns = 0}).find(std::string(200, 'w')) != std::string::npos);
  }

  TEST_CASE("of a long tape the middle is told in one line, and every byte is counted") {
    const Tensor x = variable(tensor({0.5, 1.0}));
    Tensor y = x;
    for (int i = 0; i < 50000; ++i) y = i % 2 ? tanh(y) : -y;
    const std::string table = tape_table(sum(y), {.most = 9});
    CAPTURE(table);
    CHECK(lines_of(table).size() == 1 + 9 + 1 + 1);
    CHECK(table.find("... 49,993 nodes left out: ") != std::string::npos);
    CHECK(table.find("50,002 nodes, 1 of them variables. The rules keep 400,000 bytes") != std::string::npos);
    const std::vector<Tensor> many(1000, x * 2);
    CHECK(tape_table(sum(concat(many, 0))).find(" (1,000 inputs)") != std::string::npos);
  }

  TEST_CASE("halves, integers, nan and huge cotangents, no elements, several outputs") {
    const Tensor h = variable(tensor({1.f, 2.f}).to(DType::f16));
    const std::string halves = tape_table(sum(h.to(DType::f32)));
    CHECK(row_of(halves, h).find("f16 [2]") != std::string::npos);
    CHECK(row_of(halves, h).find("(4)") != std::string::npos);
    CHECK(last_word(row_of(halves, h)) == "1.41");
    const Tensor x = variable(tensor({3.0, 4.0}));
    const auto shown = [&](double a, double b) {
      return last_word(row_of(tape_table(x * 1, {.seed = tensor({a, b})}), x));
    };
    CHECK(shown(3, 4) == "5");
    CHECK(shown(3e200, 4e200) == "5e+200");  // whose squares overflow
    CHECK(shown(3e-200, 4e-200) == "5e-200");
    CHECK(shown(-std::numeric_limits<double>::quiet_NaN(), 1) == "nan");
    CHECK(shown(1, std::numeric_limits<double>::quiet_NaN()) == "nan");
    CHECK(shown(1, std::numeric_limits<double>::infinity()) == "inf");
    CHECK(shown(0, 0) == "0");
    const Tensor none = variable(zeros({0, 3}, DType::f64));
    CHECK(last_word(row_of(tape_table(sum(none)), none)) == "0");
    const Tensor loss = cross_entropy(variable(tensor({{1.0, 2.0}})), tensor({1}));
    CHECK(tape_table(loss).find("constant") != std::string::npos);
    CHECK(lines_of(tape_table(x, {.seed = x})).size() == 3);
  }

  TEST_CASE("tensors on a device are told as those of the cpu are") {
    if (!tests::has_cuda()) return;
    const auto table = [](Device device) {
      const Tensor x = variable(tensor({{4.0, 2.0}, {1.0, 3.0}}).to(device));
      const std::string text = tape_table(sum(exp(x) * x));
      return text.substr(text.find("variable"));
    };
    const std::string here = table(Device::cpu()), there = table(Device::cuda());
    CHECK(number_behind(here, "The rules keep ") == number_behind(there, "The rules keep "));
    CHECK(here.substr(0, here.find('\n')) == there.substr(0, there.find('\n')));
  }

  TEST_CASE("what has no tape is refused with what to do") {
    const Tensor x = variable(tensor({1.0, 2.0}));
    const auto refused = [](const std::string& why, const std::string& says) {
      CAPTURE(why);
      CHECK(why.find(says) != std::string::npos);
    };
    refused(refusal(Tensor()), "tape_table: the tensor is empty");
    refused(refusal(sum(stop_gradient(x))), "stop_gradient cuts its path");
    refused(refusal(tensor(1.0)), "Make one of what it is computed from, x = variable(x)");
    refused(refusal(x * 2), "has 2 elements: give a .seed of its shape");
    refused(refusal(x * 2, {.seed = tensor(1.0)}), "the seed is f64 []");
    refused(refusal(sum(x), {.names = {{Tensor(), "x"}}}), "the name \"x\" is given to an empty tensor");
    refused(refusal(sum(x), {.most = 1}), "most is 1: at least 2");
    refused(refusal(sum(x), {.columns = 3}), "columns is 3: a table needs 40");
    CHECK(refusal(x * 2, {.gradients = false}).empty());
  }
}
