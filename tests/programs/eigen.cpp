// <logitape/eigen.h>: matrices as tensors and back, stored either way, and Jacobians that Eigen's functions return.
#include <logitape/eigen.h>
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <logitape/tape.h>

#include <cmath>
#include <string>

namespace lt = logitape;

TEST_CASE("a matrix becomes a tensor with rows and columns where they were, and comes back") {
  Eigen::Matrix<double, 2, 3> columns;
  columns << 1, 2, 3, 4, 5, 6;
  const Eigen::Matrix<double, 2, 3, Eigen::RowMajor> rows = columns;
  const lt::Tensor wanted = lt::tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  CHECK(lt::to_string(lt::from_eigen(columns)) == lt::to_string(wanted));
  CHECK(lt::to_string(lt::from_eigen(rows)) == lt::to_string(wanted));
  CHECK(lt::from_eigen(columns.transpose()).shape() == lt::Shape{3, 2});
  CHECK(lt::from_eigen(columns.transpose()).to_vector<double>() == std::vector<double>{1, 4, 2, 5, 3, 6});
  CHECK(lt::from_eigen(columns.block(0, 1, 2, 2)).to_vector<double>() == std::vector<double>{2, 3, 5, 6});
  CHECK(lt::to_eigen(wanted) == columns);
  const Eigen::VectorXf v = Eigen::VectorXf::LinSpaced(3, 0, 1);
  CHECK(lt::from_eigen(v).shape() == lt::Shape{3});
  CHECK(lt::from_eigen(v).dtype() == lt::DType::f32);
  CHECK(lt::to_eigen<float>(lt::from_eigen(v)) == v);
  CHECK(lt::to_eigen(lt::tensor(2.5))(0, 0) == 2.5);
  CHECK_THROWS_WITH_AS(lt::to_eigen(lt::zeros({1, 2, 3})), "to_eigen: [1,2,3] has more than two axes", lt::Error);
}

TEST_CASE("a Jacobian that Eigen's functions return is checked, whichever way its matrix is stored") {
  const auto f = [](const Eigen::VectorXd& x) -> Eigen::VectorXd {
    return Eigen::Vector2d(x[0] * x[1], std::exp(x[2]));
  };
  const auto jacobian = [](double factor) {
    return [factor](const Eigen::VectorXd& x) -> Eigen::MatrixXd {
      Eigen::MatrixXd j(2, 3);
      j << x[1], x[0] * factor, 0, 0, 0, std::exp(x[2]);
      return j;
    };
  };
  const Eigen::VectorXd x = Eigen::Vector3d(0.5, -2, 1);
  CHECK(lt::check_jacobian(f, jacobian(1), x).ok());
  const lt::GradientReport wrong = lt::check_jacobian(f, jacobian(2), x, {.name = "cost"});
  CHECK(wrong.worst.function == "cost[0]");
  CHECK(wrong.worst.index == std::vector<std::int64_t>{1});
  const auto narrow = [](const Eigen::VectorXd&) -> Eigen::MatrixXd { return Eigen::MatrixXd::Zero(3, 2); };
  CHECK_THROWS_WITH_AS(lt::check_jacobian(f, narrow, x), "check_jacobian: the Jacobian is [3,2]; [2,3] is needed",
                       lt::Error);
}
