// Checks a hand-written Jacobian of a least-squares cost, as Ceres takes them: a quaternion that moves on its sphere.
#include <logitape/tape.h>

#include <array>
#include <cmath>
#include <iostream>

#include "device_flag.h"

namespace lt = logitape;

namespace {

using In = std::span<const double>;
using Out = std::span<double>;
using Vector = std::array<double, 3>;

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// R(q)*p of a unit quaternion q = (w, v): p + 2w*(v x p) + 2v x (v x p)
Vector rotated(In q, const Vector& p) {
  const Vector v = {q[1], q[2], q[3]}, once = cross(v, p), twice = cross(v, once);
  return {p[0] + 2 * (q[0] * once[0] + twice[0]), p[1] + 2 * (q[0] * once[1] + twice[1]),
          p[2] + 2 * (q[0] * once[2] + twice[2])};
}

// q [+] d = exp(d) * q: three numbers turn four, which stay on the sphere.
void plus(In q, In d, Out moved) {
  const double angle = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const double w = std::cos(angle / 2), part = angle > 1e-9 ? std::sin(angle / 2) / angle : 0.5;
  const Vector e = {part * d[0], part * d[1], part * d[2]};
  moved[0] = w * q[0] - e[0] * q[1] - e[1] * q[2] - e[2] * q[3];
  moved[1] = w * q[1] + e[0] * q[0] + e[1] * q[3] - e[2] * q[2];
  moved[2] = w * q[2] - e[0] * q[3] + e[1] * q[0] + e[2] * q[1];
  moved[3] = w * q[3] + e[0] * q[2] - e[1] * q[1] + e[2] * q[0];
}

// A point of the world, seen from a camera that is turned and moved: x is its rotation, four numbers, and its place.
constexpr Vector point = {0.7, -1.2, 2.5}, seen = {0.1, 0.4, 3.1};

void residuals(In x, Out y) {
  const Vector turned = rotated(x, point);
  for (std::size_t i = 0; i < 3; ++i) y[i] = turned[i] + x[4 + i] - seen[i];
}

// d R(exp(d)*q)p / d d at 0 is -[Rp]x, the matrix of a cross product with Rp; by the place it is the identity.
void jacobian(In x, Out j, double sign) {
  const Vector r = rotated(x, point);
  const double turn[9] = {0, r[2], -r[1], -r[2], 0, r[0], r[1], -r[0], 0};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t k = 0; k < 3; ++k) j[row * 6 + k] = turn[row * 3 + k];
    j[row * 6 + 3 + row] = 1;
  }
  j[1 * 6 + 2] *= sign;
}

int show(lt::Device) {
  const std::array<double, 7> x = {0.8, 0.36, -0.48, 0, 1.5, -0.2, 0.9};  // 0.8^2 + 0.36^2 + 0.48^2 = 1
  const lt::JacobianOptions options = {
      .name = "reprojection",
      .blocks = {{.name = "rotation", .size = 4, .tangent = 3, .plus = plus}, {.name = "place", .size = 3}}};
  const auto check = [&](double sign) {
    return lt::check_jacobian(
        residuals, [sign](In at, Out j) { jacobian(at, j, sign); }, x, 3, options);
  };
  const lt::GradientReport right = check(1), wrong = check(-1);
  std::cout << right << "\nwith a sign that is wrong, it has to fail: " << wrong;
  return right.ok() && !wrong.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return run_on_device(argc, argv, "jacobian_check",
                       "checks a hand-written Jacobian whose quaternion moves on its sphere, and catches a wrong sign.",
                       show);
}
