// Lesson 2: a tape, without the library. Nothing but C++: g++ -std=c++20 2_tape.cpp && ./a.out
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

// Change these, and run again: any number of classes, and as many labels in each row.
const std::vector<double> logits = {4, 2, 1};
const std::vector<std::vector<double>> rows_of_labels = {{1, 0, 0}, {0.7, 0.2, 0.1}, {1, 1, 0}};

struct Line {
  const char* op;
  double value;
  std::vector<std::pair<int, double>> inputs;  // an earlier line, and the slope: how fast value grows with it
  double gradient = 0;                         // how fast the last value of the tape grows with this one
};
std::vector<Line> tape;

int write(const char* op, double value, const std::vector<std::pair<int, double>>& inputs) {
  tape.push_back({op, value, inputs});
  return static_cast<int>(tape.size()) - 1;  // the number of the new line
}
double value(int line) { return tape[line].value; }

// The ops. Each knows its own value and slopes, and nothing of the others.
int number(double v) { return write("number", v, {}); }
int shift(int a, double by) { return write("shift", value(a) + by, {{a, 1}}); }
int add(int a, int b) { return write("add", value(a) + value(b), {{a, 1}, {b, 1}}); }
int subtract(int a, int b) { return write("subtract", value(a) - value(b), {{a, 1}, {b, -1}}); }
int multiply(int a, int b) { return write("multiply", value(a) * value(b), {{a, value(b)}, {b, value(a)}}); }
int exp(int a) { return write("exp", std::exp(value(a)), {{a, std::exp(value(a))}}); }
int log(int a) { return write("log", std::log(value(a)), {{a, 1 / value(a)}}); }

// The replay, from the last line to the first: each line hands its gradient, times the slope, to its inputs.
void replay() {
  tape.back().gradient = 1;
  for (int i = static_cast<int>(tape.size()) - 1; i >= 0; --i)
    for (const auto& [input, slope] : tape[i].inputs) tape[input].gradient += tape[i].gradient * slope;
}

// Begins a new tape: the logits are its first lines, log(exp(x0) + exp(x1) + ...) its last.
int log_sum_exp() {
  tape.clear();
  for (const double logit : logits) number(logit);
  const double largest = *std::max_element(logits.begin(), logits.end());
  int sum = exp(shift(0, -largest));
  for (int x = 1; x < std::ssize(logits); ++x) sum = add(sum, exp(shift(x, -largest)));
  return shift(log(sum), largest);
}

void print_gradients(const char* name, int first) {
  std::printf("%-15s", name);
  for (int i = 0; i < std::ssize(logits); ++i) std::printf("%9.4f", tape[first + i].gradient);
  std::printf("\n");
}

int main() {
  for (const auto& labels : rows_of_labels) {
    if (labels.size() == logits.size() && !labels.empty()) continue;
    std::fprintf(stderr, "%zu labels for %zu logits: each logit needs one label\n", labels.size(), logits.size());
    return 2;
  }
  log_sum_exp();
  replay();
  for (int i = 0; i < std::ssize(tape); ++i) {
    std::printf("line %2d  %-7s%9.4f  gradient %7.4f", i, tape[i].op, tape[i].value, tape[i].gradient);
    for (const auto& [input, slope] : tape[i].inputs) std::printf("   line %d, slope %.4f", input, slope);
    std::printf("\n");
  }
  for (const auto& labels : rows_of_labels) {
    const int lse = log_sum_exp(), first_label = lse + 1;
    for (const double label : labels) number(label);
    int loss = number(0);
    for (int x = 0; x < std::ssize(labels); ++x) loss = add(loss, multiply(first_label + x, subtract(lse, x)));
    replay();
    std::printf("\nloss %19.4f   (line %d)\n", value(loss), loss);
    print_gradients("into the logits", 0);
    print_gradients("into the labels", first_label);
  }
}
