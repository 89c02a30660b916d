// Softmax cross-entropy over rows, loss and gradient, three ways, with a fault planted where asked: rows.cu.
#pragma once
#include <cstdint>

struct Rows {
  const void* logits;           // [rows, classes], f32 or bf16
  void* gradient;               // of their shape
  const std::int64_t* labels;   // [rows]
  float* loss;                  // [rows]
  unsigned long long* bad_row;  // the first row whose label is no class; begins at ~0
  std::int64_t rows;
  int classes;
  std::int64_t ignore;
  float scale;
  int fault;  // 0: none
};
enum class Way { warp, block, cluster2, cluster4, cluster8 };
constexpr int faults = 10;
const char* name_of_fault(int fault);

bool cross_entropy_rows(const Rows& r, bool bf16, Way way);
