// What a training is asked besides: how much each column matters, and whether more rows would help.
#pragma once
#include <vector>

#include "judged.h"
#include "training.h"

namespace command {

// Of tables with up to 200 columns, on up to 2000 of the rows held out; else nothing.
std::vector<lt::ColumnImportance> importance_of(const Judged& judged, const lt::Classifier& classifier);

// Trainings with a tenth, a fifth, two fifths and 7 tenths of the rows, each class in its share; the last point is that
// of `whole`. Prints a row each, and what the last step has brought.
std::vector<lt::LearningPoint> learning_curve(const TrainFlags& f, const Parts& parts, const Trained& whole,
                                              lt::Generator& rng);

}  // namespace command
