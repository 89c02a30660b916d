// The engine as a program: a request a line, an answer a line.
#include <iostream>
#include <string>

#include "playground.h"

int main() {
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) std::cout << logitape_playground(line.c_str()) << std::endl;
}
