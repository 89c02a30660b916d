// What others call the parts of train/: none of these compiles, and the compiler prints the line, whose comment says
// what to write.
#pragma once

namespace logitape::inline v0 {

// clang-format off
struct ReLU { ReLU(const auto&...) = delete; };                          // write Relu{}
struct GELU { GELU(const auto&...) = delete; };                          // write Gelu{}
struct SiLU { SiLU(const auto&...) = delete; };                          // write Silu{}
struct Dense { Dense(const auto&...) = delete; };                        // write Linear{in, out}
struct Conv2D { Conv2D(const auto&...) = delete; };                      // write Conv2d{in, out, size}
struct MaxPool2D { MaxPool2D(const auto&...) = delete; };                // write MaxPool2d{}
struct BatchNorm1d { BatchNorm1d(const auto&...) = delete; };            // write BatchNorm{features}
struct BatchNorm2d { BatchNorm2d(const auto&...) = delete; };            // write BatchNorm{channels}
struct CrossEntropyLoss { CrossEntropyLoss(const auto&...) = delete; };  // write cross_entropy(logits, labels)
struct MSELoss { MSELoss(const auto&...) = delete; };                    // write mse_loss(predictions, targets)
struct Sgd { Sgd(const auto&...) = delete; };                            // write SGD{{.learning_rate = 0.1}}
struct DataLoader { DataLoader(const auto&...) = delete; };              // write Batches{data, {.size = 64}}
void train_test_split(const auto&...) = delete;                          // write split({inputs, labels}, 0.25, rng)
void clip_grad_norm_(const auto&...) = delete;                           // write clip_by_global_norm(gradients, 1)
// clang-format on

}  // namespace logitape::inline v0
