// loss THREADS: a server of one measure. A line on stdin is answered by a line on stdout:
//   time KIND ROWS CLASSES              -> seconds a call of softmax cross entropy, its mean's gradient included
//   rows LOGITS LABELS OUT ROWS CLASSES -> OUT: the loss of each row, then the gradient of their sum; raw f32, labels
//   i32
// KIND: index, dense, labels (dense, with the labels' gradient too).
#include <logitape.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>

#include "stopwatch.h"

namespace lt = logitape;

namespace {

double seconds_a_call(const std::string& kind, std::int64_t rows, std::int64_t classes) {
  lt::Generator rng{1};
  const lt::Tensor logits = lt::variable(lt::randn({rows, classes}, rng));
  const lt::Tensor dense = lt::variable(lt::softmax(lt::randn({rows, classes}, rng)));
  std::vector<std::int64_t> index;
  for (std::int64_t r = 0; r < rows; ++r) index.push_back(r * 7 % classes);
  const lt::Tensor labels = kind == "index"   ? lt::from_span(index, {rows})
                            : kind == "dense" ? lt::stop_gradient(dense)
                                              : dense;
  std::vector<lt::Tensor> wanted{logits};
  if (kind == "labels") wanted.push_back(dense);

  const auto run = [&](double least) {  // median of as many calls as fill that many seconds, three at least
    std::vector<double> calls;
    for (const Stopwatch all(2); calls.size() < 3 || all.seconds() < least;) {
      const Stopwatch watch(lt::num_threads());
      lt::grad(lt::cross_entropy(logits, labels), wanted);
      calls.push_back(watch.seconds());
    }
    std::ranges::sort(calls);
    return calls[calls.size() / 2];
  };
  run(0.01);
  return run(0.05);
}

template <class T>
std::vector<T> read(const std::string& path, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

void write_rows(const std::string& logits_file, const std::string& labels_file, const std::string& out,
                std::int64_t rows, std::int64_t classes) {
  const lt::Tensor logits = lt::variable(lt::from_span(read<float>(logits_file, rows * classes), {rows, classes}));
  const lt::Tensor labels = lt::from_span(read<std::int32_t>(labels_file, rows), {rows});
  const lt::Tensor loss = lt::cross_entropy(logits, labels, {.reduction = lt::Reduction::none});
  const lt::Tensor gradient = lt::grad(lt::sum(loss), {logits})[0];
  std::ofstream file(out, std::ios::binary);
  for (const lt::Tensor& t : {loss, gradient})
    file.write(static_cast<const char*>(t.data()),
               static_cast<std::streamsize>(static_cast<std::size_t>(t.size()) * sizeof(float)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  lt::set_num_threads(std::stoi(argv[1]));
  for (std::string command; std::cin >> command;) {
    std::int64_t rows = 0, classes = 0;
    if (command == "time") {
      std::string kind;
      std::cin >> kind >> rows >> classes;
      std::cout << seconds_a_call(kind, rows, classes) << std::endl;
    } else {
      std::string logits, labels, out;
      std::cin >> logits >> labels >> out >> rows >> classes;
      write_rows(logits, labels, out, rows, classes);
      std::cout << "written" << std::endl;
    }
  }
}
