// NCCL for ranks that are threads of this process and share one device, so that its engine can be tested anywhere.
#pragma once
#include "logitape/train/distributed/engine.h"

namespace fake_nccl {

// What goes wrong, in rank 1 alone: it cannot join; its communicator fails after some groups.
enum class Fault { none, cannot_join, fails };
void set_fault(Fault fault);
// Communicators, streams and events that were made and have not been given back.
int alive();

}  // namespace fake_nccl

// The function of engines/nccl.c, compiled against these headers.
extern "C" const lt_engine* logitape_engine_of_nccl(void);
