// Figures of an explanation as SVG text: the forces on the logits, the descent on the simplex of three classes, and
// matrices whose entries have signs. As those of train/see/figure.h they have no scripts and no fonts, and follow the
// reader's light or dark colour scheme. A number that is not finite is written as a word.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "logitape/autograd/tensor_function.h"
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Bars of what the model says and of what the label says, one pair a class; below them arrows: where descent pushes
// each logit. Of more than 20 classes the 16 with the largest numbers are drawn, and the sums of the others.
struct Forces {
  std::string title = {};
  std::vector<std::string> classes = {};   // their names; cut to 16 characters
  std::vector<double> probabilities = {};  // one a class, as large as the labels can pull: S*p
  std::vector<double> labels = {};         // t
  std::vector<double> gradient = {};       // of the loss by the logits; an arrow shows minus this
  std::string probability_name = "p", label_name = "t", push_name = "push t - p";
};

// A point for each way to share 1 among three classes. At points of a grid arrows show where a small step of descent
// on the logits moves the probabilities; a line shows some steps from where they are now.
struct Simplex {
  using Point = std::array<double, 3>;  // a probability a class

  std::string title = {};
  std::array<std::string, 3> classes = {};  // at the corners; cut to 16 characters
  std::vector<Point> places = {};           // where the arrows begin
  std::vector<Point> moves = {};            // one a place, their sum is 0; lengths are drawn as square roots
  std::vector<Point> path = {};             // the first is where the model is now
  Point label = {};                         // t / S; NaN: there is none
  double step = 1;                          // the learning rate of the path, for the legend
};

// How descend_on_simplex draws its grid and its path.
struct SimplexOptions {
  NamedOnly named_only = NamedOnly();
  double step = 1;  // the learning rate of the path
  int steps = 40;   // of the path; at least 0
  int grid = 12;    // parts of an edge; from 3 to 40
};

// Places, moves and path for a loss of logits [3], whose probabilities are their softmax: every gradient is the
// library's, and a move is the softmax Jacobian (by jvp) times minus the gradient. A class whose logit is -inf stays at
// 0, so the places lie on the edge of the others. A path ends where a number is not finite. Errors: logits are not [3]
// of f32 or f64; a step that is not above 0; steps below 0, a grid below 3 or above 40.
Simplex descend_on_simplex(const TensorFunction& loss, const Tensor& logits, const SimplexOptions& options = {});

// A matrix with a colour for each sign, the stronger the larger; a number in each cell, or in none if there are more
// than 24 rows or columns; zeros are faint.
struct SignedMap {
  std::string title = {};
  std::string rows_label = {}, columns_label = {};
  std::vector<std::string> rows = {}, columns = {};  // the names along the edges; cut to 12 characters
  std::vector<double> values = {};                   // [rows, columns], row-major
};

// Errors: as many values as classes are needed, in each of the three; at least one class.
std::string svg(const Forces& forces);
// Errors: as many moves as places are needed, and a path of at least one point.
std::string svg(const Simplex& simplex);
// Errors: other than rows*columns values; more than 64 rows or columns.
std::string svg(const SignedMap& map);

}  // namespace logitape::inline v0
