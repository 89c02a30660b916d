// pictures FOLDER SIZE CHANNELS THREADS OUT: the pictures of a folder as OUT.npy, their files and labels as OUT.txt;
// prints how long that took, and the most memory that the process has had. SIZE 0, CHANNELS 0: seen from the pictures.
#include <logitape.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace lt = logitape;

namespace {

// Of this program alone: getrusage counts what its parent had when it started it.
double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:" && status >> word) return std::atof(word.c_str()) * 1024 / 1e6;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  try {
    const auto start = std::chrono::steady_clock::now();
    const lt::Examples e = lt::load_images(
        argv[1], {.size = std::atoi(argv[2]), .channels = std::atoi(argv[3]), .threads = std::atoi(argv[4])});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%lld pictures, %.1f MB, by %s threads: %.2f s, at most %.1f MB\n", static_cast<long long>(e.size()),
                static_cast<double>(e.inputs.size()) / 1e6, argv[4], seconds, peak_megabytes());
    const std::string out = argv[5];
    lt::save_npy(out + ".npy", e.inputs);
    const std::vector<std::int64_t> labels = e.labels.to_vector<std::int64_t>();
    std::string lines;
    for (std::size_t i = 0; i < e.files.size(); ++i) lines += std::to_string(labels[i]) + " " + e.files[i] + "\n";
    lt::write_file(out + ".txt", lines);
    for (const std::string& note : e.notes) std::printf("note: %s\n", note.c_str());
  } catch (const lt::Error& error) {
    std::fprintf(stderr, "pictures: %s\n", error.what());
    return 1;
  }
}
