// must not compile: = delete; *// write x.item\(\); for a truth all\(x\) or any\(x\) first
#include "logitape/core/tensor.h"

#ifndef MISUSE
bool present(const logitape::Tensor& a) { return a.defined(); }
#else
bool present(const logitape::Tensor& a) { return a ? true : false; }
#endif
