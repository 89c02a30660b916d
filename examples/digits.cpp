// Trains a classifier of handwritten digits; shows its mistakes.
#include <logitape.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "digits_options.h"
#include "digits_report.h"

namespace lt = logitape;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One pass over the training set: for every batch the loss, its gradients, and a step.
lt::Epoch train_epoch(lt::Sequential& model, lt::AdamW& adam, const lt::Dataset& train_set, lt::Generator& rng,
                      lt::Progress& bar) {
  const auto start = std::chrono::steady_clock::now();
  double loss_sum = 0, right = 0, seen = 0;
  for (auto [inputs, labels] : lt::Batches{train_set, {.size = 64, .shuffle = &rng}}) {
    const lt::Tensor logits = model(inputs);
    const lt::Tensor loss = lt::cross_entropy(logits, labels);
    adam.step(model, lt::grad(loss, model.parameters()));

    const auto rows = static_cast<double>(labels.size());
    loss_sum += loss.item<double>() * rows;
    right += lt::accuracy(logits, labels) * rows;
    seen += rows;
    bar.advance(labels.size(), loss_sum / seen, right / seen);
  }
  return {.loss = loss_sum / seen, .accuracy = right / seen, .samples_per_second = seen / seconds_since(start)};
}

void train(const Settings& settings) {
  const std::string loss_file = settings.out + "/loss.svg", confusion_file = settings.out + "/confusion.svg",
                    weights_file = settings.out + "/weights.safetensors", report_file = settings.out + "/report.html";
  for (const std::string& file : {loss_file, confusion_file, weights_file, report_file}) lt::check_writable(file);
  lt::Terminal terminal = lt::terminal_of(stdout);
  if (settings.color != "auto") terminal.colour = settings.color == "always";
  lt::set_num_threads(settings.threads);
  lt::Generator rng{static_cast<std::uint64_t>(settings.seed)};

  const lt::Dataset digits = lt::dataset_of(lt::load_examples(LOGITAPE_EXAMPLE_DATA "/digits.csv"));
  const auto [train_set, test_set] = lt::split({digits.inputs / 16, digits.labels}, 0.2, rng);  // pixels are 0 to 16
  const lt::Dataset train_there = train_set.to(settings.device);

  lt::Sequential model{lt::Linear{64, 512}, lt::Relu{}, lt::Linear{512, 10}};
  model.initialise(rng);
  lt::move_to(model, settings.device);
  lt::AdamW adam{{.learning_rate = 2e-3}};

  std::printf("%d digits to learn from, %d to be tested on; layers of 64, 512 and 10 units\ncomputed on %s\n\n",
              static_cast<int>(train_set.size()), static_cast<int>(test_set.size()),
              lt::kind_of(settings.device).c_str());
  lt::Progress bar(stdout, terminal, {.total = settings.epochs * train_set.size()});
  bar.line(lt::epoch_header("test"));
  const int rows = terminal.interactive ? 10 : settings.epochs;  // a screen shows some epochs, a log all of them
  const auto start = std::chrono::steady_clock::now();
  std::vector<lt::Epoch> history;
  for (int epoch = 1; epoch <= settings.epochs; ++epoch) {
    bar.label("epoch " + std::to_string(epoch) + "/" + std::to_string(settings.epochs));
    lt::Epoch e = train_epoch(model, adam, train_there, rng, bar);
    e.number = epoch;
    const lt::Tensor logits = lt::outputs_of(model, test_set.inputs);
    e.held_out_loss = lt::cross_entropy(logits, test_set.labels).item<double>();
    e.held_out_accuracy = lt::accuracy(logits, test_set.labels);
    e.seconds = seconds_since(start);
    if (lt::epoch_is_shown(epoch, settings.epochs, rows)) bar.line(lt::epoch_row(e));
    history.push_back(e);
  }
  bar.finish();

  const lt::Tensor logits = lt::outputs_of(model, test_set.inputs);
  const lt::Tensor confusion = lt::confusion_matrix(logits, test_set.labels);
  std::printf("\ntest accuracy %.1f%%\n\n", 100 * lt::accuracy(logits, test_set.labels));
  std::fputs(lt::confusion_text(confusion, terminal).c_str(), stdout);
  const std::vector<Mistake> mistakes = worst_mistakes(logits, test_set.labels, 5);
  if (!mistakes.empty()) std::printf("\nThe worst mistakes, and how sure the network was:\n");
  print_mistakes(stdout, test_set.inputs, mistakes, terminal.unicode);

  const std::string name = "digits, seed " + std::to_string(settings.seed);
  lt::write_file(loss_file, lt::svg(training_chart(history, name)));
  lt::write_file(confusion_file, lt::svg(lt::confusion_map(confusion, name + ": which are read as which")));
  lt::save_parameters(weights_file, model, {{"example", "digits"}, {"seed", std::to_string(settings.seed)}});
  lt::write_file(report_file, lt::html(digits_report(name, history, logits, test_set, settings)));
  std::printf("\nwritten: %s\n         %s\n         %s\n         %s\n", report_file.c_str(), loss_file.c_str(),
              confusion_file.c_str(), weights_file.c_str());
  std::printf("\nnext:    ./examples/run digits --seed 1 --epochs 5   a new split, fewer epochs\n");
  std::printf("         ./examples/run digits --help                what the numbers mean\n");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Settings settings;
    if (parse(argc, argv, settings)) train(settings);
    if (std::fflush(stdout) != 0 || std::ferror(stdout)) throw std::runtime_error("the output could not be written");
  } catch (const std::invalid_argument& usage) {
    std::fprintf(stderr, "digits: %s\n", usage.what());
    return 2;
  } catch (const lt::Error& error) {
    std::fprintf(stderr, "digits: %s\n", command::sentence_of(error).c_str());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
