// Early stopping in a loop of one's own.
#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

// The epoch after which it stops; 0: never.
int stops_after(EarlyStopping& stop, const std::vector<double>& scores) {
  for (const double score : scores)
    if (stop(score)) return stop.state().epochs;
  return 0;
}

}  // namespace

TEST_CASE("it stops after more epochs without a gain than the patience, and tells the best") {
  EarlyStopping stop{{.patience = 2}};
  CHECK(stop.best() == -inf);
  CHECK(stop.best_epoch() == 0);
  CHECK(stops_after(stop, {0.1, 0.5, 0.4, 0.5, 0.3, 0.9}) == 5);  // 0.4, 0.5 and 0.3 are no gains
  CHECK(stop.best() == 0.5);
  CHECK(stop.best_epoch() == 2);
  CHECK(stop.waited() == 3);
}

TEST_CASE("a gain begins the count again, and patience 0 stops at the first epoch without one") {
  EarlyStopping patient{{.patience = 1}}, strict{{.patience = 0}};
  CHECK(stops_after(patient, {1, 0, 2, 1, 3, 2, 4}) == 0);
  CHECK(stops_after(strict, {-3, -2, -2}) == 3);  // minus a loss
  CHECK(strict(-1) == false);                     // it goes on where the caller does
  CHECK(strict.best_epoch() == 4);
}

TEST_CASE("what is within min_delta of the best is no gain, and neither are NaN and minus infinity") {
  EarlyStopping stop{{.patience = 1, .min_delta = 0.1}};
  CHECK(stops_after(stop, {1, 1.05, 1.1}) == 3);
  EarlyStopping other{{.patience = 1}};
  CHECK(stops_after(other, {nan, -inf}) == 2);
  CHECK(other.best_epoch() == 0);
  EarlyStopping best{{.patience = 0}};
  CHECK(stops_after(best, {inf, inf}) == 2);
}

TEST_CASE("another that is given its state goes on as it would") {
  EarlyStopping first{{.patience = 2}}, second{{.patience = 2}};
  CHECK(stops_after(first, {1, 0}) == 0);
  second.set_state(first.state());
  CHECK(stops_after(second, {0, 0}) == 4);
  CHECK(second.best_epoch() == 1);
}

TEST_CASE("options of early stopping outside their ranges are refused") {
  CHECK_THROWS_WITH_AS((EarlyStopping{{.patience = -1}}), "EarlyStopping: patience is -1; at least 0 is needed", Error);
  CHECK_THROWS_AS((EarlyStopping{{.min_delta = -1}}), Error);
  CHECK_THROWS_AS((EarlyStopping{{.min_delta = nan}}), Error);
}

}  // namespace logitape::tests
