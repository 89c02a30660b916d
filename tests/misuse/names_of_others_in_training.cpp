// Names and members of other libraries that a training loop meets: the compiler says what to write.
#include "logitape/train/train.h"

// clang-format off
#ifndef MISUSE
void right(logitape::Sequential& model, const logitape::Tensor& x) { model(x, logitape::evaluation); }
#else
using namespace logitape;
auto relu_layer = ReLU{};                                // refused: ReLU.*// write Relu\{\}
auto gelu_layer = GELU{};                                // refused: GELU.*// write Gelu\{\}
auto silu_layer = SiLU{};                                // refused: SiLU.*// write Silu\{\}
auto dense = Dense(3, 4);                                // refused: Dense.*// write Linear\{in, out\}
auto conv = Conv2D{3, 8, 3};                             // refused: Conv2D.*// write Conv2d\{in, out, size\}
auto pool = MaxPool2D{2};                                // refused: MaxPool2D.*// write MaxPool2d\{\}
auto norm1 = BatchNorm1d{8};                             // refused: BatchNorm1d.*// write BatchNorm\{features\}
auto norm2 = BatchNorm2d{8};                             // refused: BatchNorm2d.*// write BatchNorm\{channels\}
auto criterion = CrossEntropyLoss{};                     // refused: CrossEntropyLoss.*// write cross_entropy
auto distance = MSELoss();                               // refused: MSELoss.*// write mse_loss
auto sgd = Sgd{};                                        // refused: Sgd.*// write SGD
auto loader(int d) { return DataLoader(d, 64); }         // refused: DataLoader.*// write Batches
auto parts(int x) { return train_test_split(x, x); }     // refused: // write split\(\{inputs, labels\}
auto clipped(int g) { return clip_grad_norm_(g, 1.0); }  // refused: // write clip_by_global_norm
#endif
// clang-format on
