// What people type first for vectors, matrices and linear systems; this file must go on compiling as it stands.
#include <doctest/doctest.h>
#include <logitape.h>

#include <vector>

namespace lt = logitape;

namespace {

using Values = std::vector<double>;

TEST_CASE("products of matrices and vectors are NumPy's @") {
  const lt::Tensor a = lt::tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}), v = lt::tensor({1.0, 0.0, -1.0}),
                   w = lt::tensor({1.0, 2.0});
  CHECK(lt::matmul(a, v).to_vector<double>() == Values{-2, -2});
  CHECK(lt::matmul(w, a).to_vector<double>() == Values{9, 12, 15});
  CHECK(lt::matmul(a, w, {.transpose_a = true}).to_vector<double>() == Values{9, 12, 15});
  CHECK(lt::matmul(v, v).item<double>() == 2);
  CHECK(lt::matmul(v, v).rank() == 0);
  CHECK(lt::dot(v, v).item<double>() == 2);
  CHECK(lt::outer(w, v).shape() == lt::Shape{2, 3});
  CHECK(lt::matmul(lt::ones({5, 2, 3}), lt::ones({3})).shape() == lt::Shape{5, 2});
  CHECK(lt::matmul(lt::ones({2}), lt::ones({5, 2, 3})).shape() == lt::Shape{5, 3});
}

TEST_CASE("eye, trace, diagonal, tril and triu go by NumPy's names") {
  CHECK(lt::eye(2).dtype() == lt::DType::f32);
  CHECK(lt::eye(2, lt::DType::f64).to_vector<double>() == Values{1, 0, 0, 1});
  CHECK(lt::eye(2, 3).shape() == lt::Shape{2, 3});
  CHECK(lt::trace(lt::eye(4)).item<float>() == 4);
  CHECK(lt::diagonal(lt::eye(3)).shape() == lt::Shape{3});
  CHECK(lt::tril(lt::ones({2, 2})).to_vector<double>() == Values{1, 0, 1, 1});
  CHECK(lt::triu(lt::ones({2, 2}), 1).to_vector<double>() == Values{0, 1, 0, 0});
}

TEST_CASE("linear systems are solved, and differentiated") {
  const lt::Tensor a = lt::variable(lt::tensor({{4.0, 2.0}, {2.0, 3.0}})), b = lt::variable(lt::tensor({2.0, 5.0}));
  const lt::Tensor x = lt::solve(a, b);  // [-0.5, 2]: every number on the way is a sum of powers of two
  CHECK(x.to_vector<double>() == Values{-0.5, 2});
  CHECK(lt::solve(a, lt::eye(2, lt::DType::f64)).shape() == lt::Shape{2, 2});
  CHECK(lt::solve(a, b, {.transpose_a = true}).shape() == lt::Shape{2});
  CHECK(lt::grad(lt::sum(x), {a, b}).size() == 2);
  const lt::Tensor l = lt::cholesky(a);
  CHECK(lt::solve_triangular(l, b, {.upper = false}).shape() == lt::Shape{2});
  CHECK(lt::solve_triangular(l, b, {.upper = false, .transpose_a = true}).shape() == lt::Shape{2});
  CHECK(lt::check_gradients([](lt::TensorList in) { return lt::solve(in[0], in[1]); }, {a, b}).ok());
  const auto of_symmetric = [](lt::TensorList in) {
    return lt::cholesky(lt::matmul(in[0], in[0], {.transpose_b = true}));
  };
  CHECK(lt::check_gradients(of_symmetric, {a}).ok());
  CHECK_THROWS_AS(lt::solve(lt::ones({2, 2}), lt::ones({2})), lt::Error);
  CHECK_THROWS_AS(lt::cholesky(lt::zeros({2, 2})), lt::Error);
}

}  // namespace
