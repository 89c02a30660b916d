// logitape: a program whose first word is a command.
#include "command.h"

int main(int argc, char** argv) { return command::run("logitape", {argv + 1, argv + argc}); }
