// Members that models and optimisers of other libraries have: the compiler says what to write.
#include "logitape/train/train.h"

// clang-format off
#ifndef MISUSE
inline auto right(logitape::Sequential& model, const logitape::Tensor& x) { return model(x); }
#else
using namespace logitape;
auto forward(Sequential& m, int x) { return m.forward(x); }  // refused: forward.*// write model\(x\)
void train(Sequential& m) { m.train(); }                     // refused: train.*// leave it out: model\(x\)
void eval(Sequential& m) { m.eval(); }                       // refused: eval.*// write model\(x, evaluation\)
void fit(Sequential& m, int x) { m.fit(x, x); }              // refused: // write Trainer\{model, AdamW
auto said(Sequential& m, int x) { m.predict(x); }            // refused: // write argmax\(model\(x, evaluation\), 1\)
auto state(Sequential& m) { return m.state_dict(); }         // refused: // write save_parameters\(path, model\)
void fresh(Sequential& m) { m.zero_grad(); }                 // refused: // leave it out: a step makes new leaves
void step(AdamW& adam) { adam.step(); }                      // refused: // write step\(model, grad
void step(SGD& sgd) { sgd.step(); }                          // refused: // write step\(model, grad
auto sure(Classifier& c) { return c.predict_proba(1); }      // refused: // write predict\(rows\).probabilities
auto score(Classifier& c) { return c.score(1, 2); }          // refused: score.*// write accuracy
void learn(Classifier& c) { c.fit(1); }                      // refused: // write Trainer\{classifier, AdamW
bool passed(const GradientReport& r) { return r.passed(); }  // refused: passed.*// write ok\(\)
#endif
// clang-format on
