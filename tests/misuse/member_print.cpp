// must not compile: = delete; *// write std::cout << x
#include "logitape/core/tensor.h"

#ifndef MISUSE
std::string show(const logitape::Tensor& x) { return to_string(x); }
#else
void show(const logitape::Tensor& x) { x.print(); }
#endif
