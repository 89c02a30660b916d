// What the page may ask, a function each: a JSON object in, a JSON object out. Wrong requests are exceptions, whose
// sentence the page shows.
#pragma once
#include "request.h"

Json answer_loss(const Json& asked);
Json answer_simplex(const Json& asked);
Json answer_check(const Json& asked);

// One data set and one training at a time.
Json answer_load(const Json& asked);
Json answer_forget(const Json& asked);
Json answer_start(const Json& asked);
Json answer_train(const Json& asked);
Json answer_stop(const Json& asked);
Json answer_evaluate(const Json& asked);
Json answer_predict(const Json& asked);
Json answer_surface(const Json& asked);
Json answer_landscape(const Json& asked);
Json answer_weights(const Json& asked);

// The C++ program that computes what the page shows.
Json answer_program(const Json& asked);
