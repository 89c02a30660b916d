// Writes what ./tests/run tensorboard reads back: two lines and a histogram, into the folder it is given, by a clock
// that counts from 1700000000 by quarters of a second.
#include <logitape.h>

#include <cmath>
#include <limits>

int main(int, char** argv) {
  double now = 1700000000;
  logitape::EventWriter events(argv[1], {.clock = [&] { return now += 0.25; }});
  for (int step = 1; step <= 100; ++step) {
    events.scalar("loss/training", step, 1.0 / step);
    events.scalar("accuracy/held out, é", step * 1000000000LL,
                  step == 50 ? std::numeric_limits<double>::quiet_NaN() : step / 100.0);
  }
  events.histogram("weights/0.weight", 7, logitape::arange(-30, 31, 1));
}
