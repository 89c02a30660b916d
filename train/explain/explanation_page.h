// An explanation as one page of HTML: every step with its figure, and the tape of the loss.
#pragma once
#include <string>

#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0 {

// A page that needs nothing else, of the same hand as html(TrainingReport): figures as SVG, light or dark as its reader
// likes, for screens from 320 pixels on and for paper, by keyboard and by ear. All of it is there without scripts; a
// short one within it adds buttons that show the gradient's way along the tape node by node. Names are escaped. It
// shows each step's formula, sentences, numbers and comparisons; the forces on the logits; the simplex, if there are
// three classes; the matrices J, H and M; the error of differences by their step; the tape, as one op and as many.
std::string explanation_page(const Explanation& explanation);

}  // namespace logitape::inline v0
