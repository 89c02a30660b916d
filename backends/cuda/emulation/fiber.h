// A stack for device threads: those that never wait share one, each that waits keeps its own.
#pragma once

namespace emu {

struct Fiber {
  void* sp = nullptr;
  char* stack = nullptr;
};

// One that will enter run_threads(), or go on in its loop.
Fiber* take_fiber();
void give_back(Fiber* fiber);
void reset_fibers();  // after a failed launch: whatever they were in is forgotten

}  // namespace emu

// Saves on the stack what a call must keep, leaves the stack in *from, and goes on on `to`.
extern "C" void logitape_emu_switch(void** from, void* to);
