// Fibers: stacks, and the switch from one to another. aarch64's has been compiled by nobody yet.
#include "logitape/backends/cuda/emulation/fiber.h"

#include <sys/mman.h>

#include <deque>
#include <new>
#include <vector>

#include "logitape/backends/cuda/emulation/machine.h"

// clang-format off
#if defined(__x86_64__)
asm(R"(
.pushsection .text
.hidden logitape_emu_switch
.globl logitape_emu_switch
.type logitape_emu_switch,@function
logitape_emu_switch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp,(%rdi)
  mov %rsi,%rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size logitape_emu_switch,.-logitape_emu_switch
.popsection
)");
#elif defined(__aarch64__)
asm(R"(
.pushsection .text
.hidden logitape_emu_switch
.globl logitape_emu_switch
.type logitape_emu_switch,%function
logitape_emu_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size logitape_emu_switch,.-logitape_emu_switch
.popsection
)");
#else
#error "the emulated device needs a logitape_emu_switch for this processor: some 30 lines of assembly"
#endif
// clang-format on

namespace emu {
namespace {

constexpr std::size_t stack_bytes = 128 << 10;
std::deque<Fiber> fibers;
std::vector<Fiber*> idle;

// The stack of a fiber that is about to enter run_threads(): what the switch takes from it.
void prepare(Fiber& f) {
  void** top = reinterpret_cast<void**>(f.stack + stack_bytes);
#if defined(__x86_64__)
  top -= 2;  // above the address that ret takes the stack is aligned to 16, as behind a call
  top[0] = reinterpret_cast<void*>(&run_threads);
  f.sp = top - 6;
#else
  top -= 20;
  top[11] = reinterpret_cast<void*>(&run_threads);  // x30
  f.sp = top;
#endif
}

}  // namespace

Fiber* take_fiber() {
  if (idle.empty()) {
    void* stack =
        mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) return nullptr;
    fibers.push_back({nullptr, static_cast<char*>(stack)});
    prepare(fibers.back());
    return &fibers.back();
  }
  Fiber* fiber = idle.back();
  idle.pop_back();
  return fiber;
}

void give_back(Fiber* fiber) { idle.push_back(fiber); }

void reset_fibers() {
  idle.clear();
  for (Fiber& f : fibers) {
    prepare(f);
    idle.push_back(&f);
  }
}

}  // namespace emu
