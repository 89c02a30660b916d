// Optional: Eigen's vectors and matrices as tensors and back, and its functions for check_jacobian. Needs Eigen 3.3 or
// newer; nothing else in the library's headers does. For users it is <logitape/eigen.h>.
#pragma once
#include <Eigen/Core>
#include <span>
#include <type_traits>

#include "logitape/autograd/check/jacobian.h"
#include "logitape/core/error.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// A copy: [rows, columns], of a vector [rows]; of float, double or integers, whichever way it is stored.
template <class Derived>
Tensor from_eigen(const Eigen::DenseBase<Derived>& m) {
  using T = typename Derived::Scalar;
  const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = m.derived().array();
  const std::span<const T> numbers(rows.data(), static_cast<std::size_t>(rows.size()));
  if constexpr (Derived::ColsAtCompileTime == 1) return from_span(numbers, {rows.rows()});
  else return from_span(numbers, {rows.rows(), rows.cols()});
}

// A copy: [n] becomes a column. Error: more than two axes.
template <class T = double>
Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> to_eigen(const Tensor& x) {
  if (x.rank() > 2)
    throw Error(ErrorCode::invalid_argument, "to_eigen", to_string(x.shape()) + " has more than two axes");
  const auto values = x.template to_vector<T>();
  const Eigen::Index rows = x.rank() == 0 ? 1 : x.shape()[0], columns = x.rank() == 2 ? x.shape()[1] : 1;
  return Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(values.data(), rows,
                                                                                             columns);
}

// check_jacobian for f(x), a vector, and jacobian(x), a matrix [outputs, columns], of an Eigen vector x of double.
// Error: a matrix of another shape; those of check_jacobian.
template <class F, class G>
requires std::is_invocable_v<const F&, const Eigen::VectorXd&> && std::is_invocable_v<const G&, const Eigen::VectorXd&>
    GradientReport check_jacobian(const F& f, const G& jacobian, const Eigen::VectorXd& x,
                                  const JacobianOptions& options = {}) {
  const auto vector_of = [](std::span<const double> v) -> Eigen::VectorXd {
    return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  const Eigen::VectorXd y = f(x);
  const auto residuals = [&](std::span<const double> at, std::span<double> out) {
    Eigen::Map<Eigen::VectorXd>(out.data(), static_cast<Eigen::Index>(out.size())) = f(vector_of(at));
  };
  const auto rows = [&](std::span<const double> at, std::span<double> out) {
    const Eigen::MatrixXd j = jacobian(vector_of(at));
    const auto columns = static_cast<Eigen::Index>(out.size()) / y.size();
    if (j.rows() != y.size() || j.cols() != columns)
      throw Error(ErrorCode::invalid_argument, "check_jacobian",
                  "the Jacobian is [" + std::to_string(j.rows()) + "," + std::to_string(j.cols()) + "]; [" +
                      std::to_string(y.size()) + "," + std::to_string(columns) + "] is needed");
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(out.data(), j.rows(), j.cols()) =
        j;
  };
  return check_jacobian(PlainResiduals(residuals), PlainJacobian(rows), {x.data(), static_cast<std::size_t>(x.size())},
                        y.size(), options);
}

}  // namespace logitape::inline v0
