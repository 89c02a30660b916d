// Members that tensors of other libraries have: the compiler says what to write.
#include "logitape/core/tensor.h"

// clang-format off
#ifndef MISUSE
double right(const logitape::Tensor& x) { return x.item() + x.rank(); }
#else
using T = const logitape::Tensor&;
auto values(T x) { return x.numpy(); }             // refused: numpy.*// write x.to_vector<float>\(\)
auto list(T x) { return x.tolist(); }              // refused: tolist.*// write x.to_vector<float>\(\)
auto whole(T x) { return x.astype(1); }            // refused: astype.*// write x.to\(DType::i64\)
auto axes(T x) { return x.ndim(); }                // refused: ndim.*// write x.rank\(\)
auto rank(T x) { return x.dim(); }                 // refused: dim.*// write x.rank\(\)
auto flat(T x) { return x.flatten(); }             // refused: flatten.*// write flatten\(x\)
auto thin(T x) { return x.squeeze(1); }            // refused: squeeze.*// write squeeze\(x\)
auto thick(T x) { return x.unsqueeze(0); }         // refused: unsqueeze.*// write unsqueeze\(x, 0\)
auto turned(T x) { return x.permute(1, 0); }       // refused: permute.*// write permute\(x, \{1, 0\}\)
auto squared(T x) { return x.pow(2); }             // refused: pow.*// write pow\(x, 2\)
auto product(T x) { return x.matmul(x); }          // refused: matmul.*// write matmul\(x, y\)
auto some(T x) { return x.any(); }                 // refused: any.*// write any\(x\)
auto each(T x) { return x.all(1); }                // refused: all.*// write all\(x\)
void leaf(T x) { x.requires_grad_(true); }         // refused: requires_grad_.*// write variable\(x\)
void rows(T x) { for (auto row : x) (void)row; }   // refused: begin.*// write for \(int i = 0
double number(T x) { return double(x); }           // refused: explicit operator N.*// write x.item\(\)
int chosen(T x) { if (x[0]) return 1; return 0; }  // refused: for a truth all\(x\) or any\(x\) first
#endif
// clang-format on
