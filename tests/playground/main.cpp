// The tests of the playground's engine.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "ask.h"

std::string circle_csv(int rows) {
  std::string text = "x,y,where\n";
  for (int i = 0; i < rows; ++i) {
    const int a = i * 37 % 101 - 50, b = i * 53 % 97 - 48;  // all over the square, no two alike
    text += std::to_string(a) + "," + std::to_string(b) + "," + (a * a + b * b < 1500 ? "in" : "out") + "\n";
  }
  return text;
}
