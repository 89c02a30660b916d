// The header's text, from its top: the comment, the constants, the weights, the functions that it needs, and what it is for.
#include "logitape/train/export_header.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "logitape/core/require.h"
#include "logitape/core/version.h"
#include "logitape/train/file.h"
#include "logitape/train/header_plan.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "export_header";

// Shortest, and exact when read back; "f" needs a point or an exponent before it.
std::string literal(float value) {
  const std::string digits = fmt::format("{}", value);
  return digits + (digits.find_first_of(".e") == std::string::npos ? ".0f" : "f");
}

// A C++11 literal of the bytes; a question mark could begin a trigraph.
std::string quoted(const std::string& text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '?') literal += {'\\', c};
    else if (c >= 0x20 && c < 0x7f) literal += c;
    else literal += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return literal + "\"";
}

// As comment lines; none ends in a backslash, which would draw the next line in.
std::string commented(const std::string& text) {
  std::string lines, line;
  const auto end_line = [&] {
    while (!line.empty() && (line.back() == '\\' || line.back() == ' ' || line.back() == '/')) line.pop_back();
    lines += line.empty() ? "//\n" : "// " + line + "\n";
    line.clear();
  };
  for (const char c : text) {
    if (c == '\n') end_line();
    else line += std::iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  }
  end_line();
  return lines;
}

template <class Values, class Write>
std::string list(const Values& values, Write write) {
  std::string text = "{", line = "\n   ";
  for (const auto& value : values) {
    const std::string one = fmt::format(" {},", write(value));
    if (line.size() + one.size() > 120) text += std::exchange(line, "\n   ");
    line += one;
  }
  return text + line.substr(0, line.size() - 1) + "}";
}

std::string array(const std::string& name, const std::vector<float>& values) {
  return fmt::format("static const float {}[{}] = {};\n", name, values.size(), list(values, literal));
}

// The kernels' order: a chain of fused multiply-adds over 4,096 inputs at a time, those sums added, then the bias.
constexpr std::string_view linear_text = R"(
// y[out] = x[in] * weight[in, out] + bias[out]; bias may be null
inline void linear(const float* x, int in, int out, const float* weight, const float* bias, float* y) {{
  const int tile = 16, block = 4096;
  for (int o = 0; o < out; o += tile) {{
    const int some = out - o < tile ? out - o : tile;
    float total[tile] = {{0}};
    for (int begin = 0; begin < in; begin += block) {{
      const int end = in - begin < block ? in : begin + block;
      float sum[tile] = {{0}};
      for (int i = begin; i < end; ++i)
        for (int j = 0; j < some; ++j) sum[j] = {};
      for (int j = 0; j < some; ++j) total[j] += sum[j];
    }}
    for (int j = 0; j < some; ++j) y[o + j] = bias ? total[j] + bias[o + j] : total[j];
  }}
}}
)";

struct Activation {
  std::string_view name, formula;
};
constexpr Activation activations[] = {
    {"relu", "x[i] < 0 ? 0 : x[i]"},
    {"tanh", "static_cast<float>(std::tanh(static_cast<double>(x[i])))"},
    {"sigmoid", "static_cast<float>(1 / (1 + std::exp(-static_cast<double>(x[i]))))"},
    {"silu", "static_cast<float>(x[i] / (1 + std::exp(-static_cast<double>(x[i]))))"},
    {"gelu", "static_cast<float>(0.5 * x[i] * std::erfc(-0.70710678118654752440 * x[i]))"},
};

std::string functions(const train::HeaderPlan& plan, const HeaderOptions& options) {
  const std::string_view sum =
      options.fused ? "std::fma(x[i], weight[i * out + o + j], sum[j])" : "sum[j] + x[i] * weight[i * out + o + j]";
  std::string text = fmt::format(fmt::runtime(linear_text), sum);
  for (const Activation& a : activations)
    if (std::any_of(plan.steps.begin(), plan.steps.end(), [&](const train::HeaderStep& s) { return s.call == a.name; }))
      text += fmt::format("\ninline void {}(float* x, int size) {{\n  for (int i = 0; i < size; ++i) x[i] = {};\n}}\n", a.name, a.formula);
  return text;
}

// The steps, each from one row of numbers into the other; the last Linear writes into the logits where nothing follows it.
std::string score_text(const train::HeaderPlan& plan) {
  std::string text = "// input[inputs] -> logits[classes]\ninline void score(const float* input, float* logits) {\n";
  std::size_t linears = 0, last = 0;
  for (const train::HeaderStep& s : plan.steps) linears += s.call == std::string_view("linear");
  const bool copied = plan.steps.front().call != std::string_view("linear");  // activations work in place
  if (linears > 1 || copied)
    text += fmt::format("  float a[{}]{};\n", plan.widest, linears + copied > 2 ? fmt::format(", b[{}]", plan.widest) : "");
  std::string_view at = "input";
  if (copied) {
    text += "  for (int i = 0; i < inputs; ++i) a[i] = input[i];\n";
    at = "a";
  }
  for (const train::HeaderStep& s : plan.steps) {
    if (s.call != std::string_view("linear")) {
      text += fmt::format("  detail::{}({}, {});\n", s.call, at, s.out);
      continue;
    }
    const std::string_view to = last + 1 == linears ? "logits" : at == "a" ? "b" : "a";
    text += fmt::format("  detail::linear({}, {}, {}, detail::weight_{}, {}, {});\n", at, s.in, s.out, last,
                        s.bias.empty() ? "nullptr" : fmt::format("detail::bias_{}", last), to);
    at = to;
    ++last;
  }
  return text + "}\n";
}

constexpr std::string_view uses_text = R"(
// input[inputs] -> probabilities[classes], which add up to 1
inline void predict(const float* input, float* probabilities) {{
  score(input, probabilities);
{}  float most = probabilities[0];
  for (int c = 1; c < classes; ++c) most = probabilities[c] > most ? probabilities[c] : most;
  double sum = 0;
  for (int c = 0; c < classes; ++c) {{
    const double e = std::exp(static_cast<double>(probabilities[c]) - most);
    probabilities[c] = static_cast<float>(e);
    sum += e;
  }}
  for (int c = 0; c < classes; ++c) probabilities[c] = static_cast<float>(probabilities[c] / sum);
}}

// The most probable class; class_names has its name
inline int classify(const float* input) {{
  float logits[classes];
  score(input, logits);
  int best = 0;
  for (int c = 1; c < classes; ++c) best = logits[c] > logits[best] ? c : best;
  return best;
}}
)";

void check(const HeaderOptions& options, const train::HeaderPlan& plan) {
  const std::string& name = options.name;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  require(!name.empty() && std::all_of(name.begin(), name.end(), plain) && !(name[0] >= '0' && name[0] <= '9') && name[0] != '_' &&
              name.find("__") == std::string::npos,
          op, "the name \"{}\" is none that a C++ program may give: letters, digits and single _, a letter first", name);
  require(options.classes.empty() || options.classes.size() == static_cast<std::size_t>(plan.classes), op,
          "{} names are given for {} classes", options.classes.size(), plan.classes);
  const auto temperature = static_cast<float>(options.temperature);
  require(temperature > 0 && std::isfinite(temperature), op, "the temperature is {}; a finite one above 0 is needed", options.temperature);
}

}  // namespace

std::string header_text(const Sequential& model, const HeaderOptions& options) {
  const train::HeaderPlan plan = train::header_plan(model);
  check(options, plan);
  std::vector<std::string> names = options.classes;
  for (std::int64_t c = 0; options.classes.empty() && c < plan.classes; ++c) names.push_back(std::to_string(c));
  std::string guard = options.name + "_H", layers, weights;
  std::transform(guard.begin(), guard.end(), guard.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::size_t linears = 0;
  for (const train::HeaderStep& s : plan.steps) {
    layers += (layers.empty() ? "" : ", ") + s.layer;
    if (s.weight.empty()) continue;
    weights += array(fmt::format("weight_{}", linears), s.weight);
    if (!s.bias.empty()) weights += array(fmt::format("bias_{}", linears), s.bias);
    ++linears;
  }
  std::string text = commented(fmt::format("A trained classifier: {} inputs, {} classes. {}.", plan.inputs, plan.classes, layers));
  if (!options.about.empty()) text += commented(options.about);
  if (options.fused)
    text += "// Compile it for a processor with fused multiply-adds, on x86-64 by -mfma: without, std::fma is slow, though as right.\n";
  text += fmt::format(
      "// {0}::predict(input, probabilities) is all it takes; C++11, no library, nothing allocated. Written by logitape {1}.\n"
      "#ifndef {2}\n#define {2}\n#include <cmath>\n\nnamespace {0} {{\n\nstatic const int inputs = {3}, classes = {4};\n"
      "static const char* const class_names[classes] = {5};\n\nnamespace detail {{\n\n{6}{7}\n}}  // namespace detail\n\n",
      options.name, LOGITAPE_VERSION, guard, plan.inputs, plan.classes, list(names, quoted), weights, functions(plan, options));
  const auto temperature = static_cast<float>(options.temperature);
  const std::string division =
      temperature == 1 ? "" : fmt::format("  for (int c = 0; c < classes; ++c) probabilities[c] /= {};\n", literal(temperature));
  return text + score_text(plan) + fmt::format(fmt::runtime(uses_text), division) +
         fmt::format("\n}}  // namespace {}\n#endif  // {}\n", options.name, guard);
}

void export_header(const std::string& path, const Sequential& model, const HeaderOptions& options) {
  write_file(path, header_text(model, options));
}

}  // namespace logitape::inline v0
