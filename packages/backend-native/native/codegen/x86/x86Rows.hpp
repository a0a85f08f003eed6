// The common part of the x86-64 targets: general registers, the loop, and the table of operations that are one
// instruction.
#pragma once
#include "codegen/rowTarget.hpp"
#include "codegen/x86/x86Code.hpp"

namespace spikeward {

class X86Rows : public RowTarget {
 public:
  explicit X86Rows(int vectorBytes) : c(bytes), vectorBytes_(vectorBytes) {}

  int pointers() const override { return int(sizeof kPointers / sizeof *kPointers); }
  bool encodes(const Instruction& i) const override;
  void enter(const std::vector<int>& held) override;
  void beginLoop() override;
  void leave() override;

 protected:
  // rdi: the table of places, rsi: bytes, rdx: scratch memory, rcx: loop offset, r10: constants, rax: a temporary
  // pointer.
  static constexpr int kRax = 0, kRcx = 1, kRdx = 2, kRsi = 6, kRdi = 7, kR10 = 10;
  static constexpr int kPointers[] = {8, 9, 11, 3, 5, 12, 13, 14, 15};
  static constexpr size_t kFirstSaved = 3;  // of kPointers

  // The operation as one two-operand instruction that has the same opcode in VEX and EVEX.
  static bool formOf(const Instruction& i, X86Code::Form& form);
  X86Code::Memory memoryOf(const RowAddress& a);
  X86Code::Memory constant(RowConstant which) { return {kR10, -1, int32_t(size_t(which) * kRowConstantBytes)}; }

  X86Code c;

 private:
  const int vectorBytes_;
  size_t saved_ = 0, top_ = 0;
};

}  // namespace spikeward
