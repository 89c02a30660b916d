// must not compile: convert|no matching
#include "logitape/core/shape.h"

#ifndef MISUSE
logitape::Shape s = {2, 3};
#else
logitape::Shape s = {2, 3.0};
#endif
