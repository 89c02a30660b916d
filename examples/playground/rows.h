// New rows like those of the training part: for predictions and for the surface.
#pragma once
#include <string>
#include <vector>

#include "session.h"

// The same columns, no rows.
logitape::Examples without_rows(const logitape::Examples& known);
// `cells`: row by row, as many in each as in a row of `known`.
logitape::Examples with_rows(logitape::Examples empty, const logitape::Examples& known, std::vector<double> cells);
// Of each column the mean of its numbers, or its most frequent text.
std::vector<double> typical_row(const logitape::Examples& known);
// The column of that name, or of that number from 1 where columns have no names. Error: there is none.
std::size_t feature_named(const logitape::Examples& known, const std::string& name);
