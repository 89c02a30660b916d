// must not compile: deleted|implicitly-deleted|call to
#include <utility>

#include "logitape/autograd/record.h"

// a guard is for one scope: it is neither copied nor moved out of it
#ifndef MISUSE
void quiet() { const logitape::NoGrad guard; }
#else
void quiet() {
  const logitape::NoGrad guard;
  const logitape::NoGrad other = std::move(guard);
}
#endif
