#!/usr/bin/env bash
# What check_gradients, PyTorch's gradcheck and JAX's check_grads say of every planted wrong rule and of right
# functions; then of functions that all have, at points where checks go wrong, under known errors of their gradients.
# Takes some minutes, and 8 GB once for the peers; fails where check_gradients is wrong. The tables are left in
# build/gradcheck-peers.md.
set -euo pipefail
TABLES=build/gradcheck-peers.md exec bash tests/suites/peers.sh planted sweep
