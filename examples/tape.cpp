// Shows the tape of a loss: ops, bytes kept, gradients, and a picture.
#include <logitape.h>

#include <charconv>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "tape_options.h"

namespace lt = logitape;

namespace {

struct Example {
  lt::Tensor logits, labels;

  explicit Example(lt::Device device)
      : logits(lt::variable(lt::tensor({{4.0, 2.0, 1.0}, {0.0, 5.0, 1.0}}).to(device))),
        labels(lt::variable(lt::tensor({{1.0, 0.0, 0.0}, {0.0, 0.8, 0.2}}).to(device))) {}

  lt::Tensor by_one_op() const {
    return lt::sum(lt::nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits}));
  }
  // p = exp(x) / sum(exp(x)), loss = -sum(t * log(p))
  lt::Tensor from_parts() const {
    const lt::Tensor e = lt::exp(logits);
    const lt::Tensor p = e / lt::sum(e, {.axes = {-1}, .keep_dims = true});
    return -lt::sum(labels * lt::log(p));
  }
  std::vector<lt::TensorName> names() const { return {{logits, "logits"}, {labels, "labels"}}; }
};

lt::TapeOptions options_of(const TapeSettings& s, std::vector<lt::TensorName> names, std::string title) {
  const lt::Terminal terminal = lt::terminal_of(stdout);
  const int columns = s.columns > 0 ? s.columns : terminal.interactive ? std::max(terminal.columns, 40) : 110;
  return {.names = std::move(names), .most = s.most, .columns = columns, .title = std::move(title)};
}

// FILE.svg and FILE.dot
void write_pictures(const std::string& file, const lt::Tensor& loss, const lt::TapeOptions& options) {
  lt::write_file(file + ".svg", lt::tape_svg(loss, options));
  lt::write_file(file + ".dot", lt::tape_dot(loss, options));
  std::cout << file << ".svg, " << file << ".dot\n";
}

// Numbers of a small tensor in one line.
std::string in_a_line(const lt::Tensor& t) {
  std::string line;
  for (const char c : to_string(t))
    if (c != '\n') line += c;
    else line += ' ';
  return line;
}

// A line at each node, as what flows back reaches it.
void watch_it(const lt::Tensor& loss) {
  lt::watch(loss, [n = 0](const lt::Node& node, const lt::Cotangents& cotangents) mutable {
    const char* what = node.is_leaf() ? ", its gradient" : "";
    std::cout << "  " << ++n << ". #" << node.tick() << " " << node.op() << what << "\n";
    for (int i = 0; i < node.output_count(); ++i)
      if (cotangents.has(i)) std::cout << "       " << in_a_line(cotangents[i]) << "\n";
  });
}

void show_loss(const TapeSettings& s) {
  for (const char* name : {"/fused.svg", "/parts.svg"}) lt::check_writable(s.out + name);
  const Example of(s.device);
  const lt::Tensor one_op = of.by_one_op(), parts = of.from_parts();
  const lt::TapeOptions fused = options_of(s, of.names(), "The loss by one op");
  const lt::TapeOptions apart = options_of(s, of.names(), "The same loss from parts");
  std::cout << "The loss by one op: " << one_op << "\n\n"
            << lt::tape_table(one_op, fused)
            << "\nThe same from parts, p = exp(x) / sum(exp(x)) and -sum(t * log(p)): " << parts << "\n\n"
            << lt::tape_table(parts, apart)
            << "\nHow the gradient flows back through the parts, with what reaches each op:\n";
  watch_it(parts);
  std::cout << "\nPictures: ";
  write_pictures(s.out + "/fused", one_op, fused);
  std::cout << "          ";
  write_pictures(s.out + "/parts", parts, apart);
}

// The whole numbers of a SPEC between its colon and its options.
std::vector<std::int64_t> sizes_of(std::string_view spec) {
  std::vector<std::int64_t> sizes;
  spec = spec.substr(0, spec.find(';'));
  while (!spec.empty()) {
    spec.remove_prefix(std::min(spec.find_first_of(":,"), spec.size() - 1) + 1);
    std::int64_t size = 0;
    if (std::from_chars(spec.data(), spec.data() + spec.size(), size).ec == std::errc()) sizes.push_back(size);
    if (spec.find_first_of(":,") == std::string_view::npos) break;
  }
  return sizes;
}

// Eight random examples for the model.
lt::Tensor inputs_for(std::string_view spec, const std::vector<std::int64_t>& sizes, lt::Generator& rng) {
  const auto begins = [&](std::string_view name) { return spec.substr(0, spec.find(':')) == name; };
  if (begins("lenet") || begins("small_resnet")) return lt::randn({8, sizes[0], sizes[1], sizes[2]}, rng);
  if (begins("text")) return (lt::uniform({8, 5}, rng) * static_cast<double>(sizes[0])).to(lt::DType::i64);
  return lt::randn({8, sizes[0]}, rng);
}

void show_model(const TapeSettings& s) {
  constexpr double most_weights = 2e7, most_inputs = 4e6;
  if (lt::least_weights(s.model) > most_weights)
    throw std::invalid_argument("--model " + s.model + " has more than 20 million weights: give smaller sizes");
  lt::Generator rng{7};
  lt::Sequential model = lt::build_model(s.model);
  model.initialise(rng);
  lt::move_to(model, s.device);
  const std::vector<std::int64_t> sizes = sizes_of(s.model);
  double values = 1;  // of an input
  for (std::size_t i = 0; i + 1 < sizes.size() && sizes.size() == 4; ++i) values *= static_cast<double>(sizes[i]);
  if (values > most_inputs)
    throw std::invalid_argument("--model " + s.model +
                                " reads images of more than 4 million values: give smaller ones");
  const lt::Tensor inputs = inputs_for(s.model, sizes, rng).to(s.device);
  const lt::Tensor labels = (lt::uniform({8}, rng) * static_cast<double>(sizes.back())).to(lt::DType::i64).to(s.device);
  lt::check_writable(s.out + "/model.svg");
  const lt::Tensor logits = model(inputs);
  const lt::Tensor loss = lt::cross_entropy(logits, labels);
  std::vector<lt::TensorName> names{{inputs, "inputs"}, {labels, "labels"}, {logits, "logits"}};
  for (const lt::Parameter& p : model.named_parameters()) names.push_back({p.value, p.name});
  const lt::TapeOptions options = options_of(s, std::move(names), "A training step of " + s.model);
  std::cout << "A training step of " << s.model << " on 8 random examples; loss " << loss << "\n\n"
            << lt::tape_table(loss, options) << "\nPictures: ";
  write_pictures(s.out + "/model", loss, options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    TapeSettings s;
    if (parse_tape(argc, argv, s)) s.model.empty() ? show_loss(s) : show_model(s);
    if (std::fflush(stdout) == 0 && std::cout.flush()) return 0;
    std::fputs("tape: its output cannot be written\n", stderr);
    return 1;
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "tape: %s\n", e.what());
    return 2;
  } catch (const lt::Error& e) {
    std::fprintf(stderr, "tape: %s\n", command::sentence_of(e).c_str());
    return e.code() == lt::ErrorCode::io ? 1 : 2;
  }
}
