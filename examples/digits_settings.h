// What the digits example can be asked for.
#pragma once
#include <logitape.h>

#include <string>

struct Settings {
  int seed = 7;
  int epochs = 30;
  int threads = 2;
  logitape::Device device;
  std::string out = "runs/digits";
  std::string color = "auto";
};
