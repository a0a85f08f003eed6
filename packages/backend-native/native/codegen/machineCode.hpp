// Just as much of an assembler for x86-64 and AVX-512 as fused rows need. Registers by number; all vectors have 512 bits.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

namespace spikeward {

class MachineCode {
 public:
  std::vector<uint8_t> bytes;

  // Opcode maps, mandatory prefixes.
  enum Map : uint8_t { M0F = 1, M0F38 = 2, M0F3A = 3 };
  enum Prefix : uint8_t { NP = 0, P66 = 1, PF3 = 2, PF2 = 3 };
  struct Form {
    Prefix prefix;
    Map map;
    uint8_t opcode;
  };

  void put(std::initializer_list<int> list) { for (int b : list) bytes.push_back(uint8_t(b)); }
  void put32(uint32_t x) { for (int i = 0; i < 4; i++) bytes.push_back(uint8_t(x >> (8 * i))); }

  // EVEX.512.W0: reg, vvvv and rm are vector registers (or mask or general registers where the instruction has those).
  void vector(Form f, int reg, int vvvv, int rm, int mask = 0, bool zero = false) {
    evex(f, reg, vvvv, !(rm & 8), !(rm & 16), mask, zero, false);
    bytes.push_back(f.opcode);
    bytes.push_back(uint8_t(0xc0 | (reg & 7) << 3 | (rm & 7)));
  }
  // The same with memory at [base + index] in the place of rm; index < 0: [base]. Registers below 16.
  void memory(Form f, int reg, int vvvv, int base, int index, bool broadcast = false) {
    evex(f, reg, vvvv, !(base & 8), index < 0 || !(index & 8), 0, false, broadcast, true);
    bytes.push_back(f.opcode);
    address(reg, base, index);
  }
  void byte(int b) { bytes.push_back(uint8_t(b)); }

  // ---- general registers

  void push(int r) {
    if (r & 8) byte(0x41);
    byte(0x50 | (r & 7));
  }
  void pop(int r) {
    if (r & 8) byte(0x41);
    byte(0x58 | (r & 7));
  }
  // r ← 64 bits at [base + displacement].
  void loadPointer(int r, int base, int32_t displacement) {
    put({0x48 | (r & 8 ? 4 : 0) | (base & 8 ? 1 : 0), 0x8b, 0x80 | (r & 7) << 3 | (base & 7)});
    if ((base & 7) == 4) byte(0x24);
    put32(uint32_t(displacement));
  }
  void loadImmediate(int r, uint32_t x) {
    if (r & 8) byte(0x41);
    byte(0xb8 | (r & 7));
    put32(x);
  }
  void clear(int r) { put({r & 8 ? 0x45 : 0x40, 0x31, 0xc0 | (r & 7) << 3 | (r & 7)}); }
  void addImmediate(int r, int32_t x) {
    put({r & 8 ? 0x49 : 0x48, 0x81, 0xc0 | (r & 7)});
    put32(uint32_t(x));
  }
  void compare(int a, int b) { put({0x48 | (b & 8 ? 4 : 0) | (a & 8 ? 1 : 0), 0x39, 0xc0 | (b & 7) << 3 | (a & 7)}); }
  // Jumps back to `target` where the last comparison was below.
  void jumpBelow(size_t target) {
    put({0x0f, 0x82});
    put32(uint32_t(int64_t(target) - int64_t(bytes.size() + 4)));
  }

 private:
  void evex(Form f, int reg, int vvvv, bool b, bool x, int mask, bool zero, bool broadcast, bool = false) {
    const int r = !(reg & 8), r2 = !(reg & 16);
    byte(0x62);
    byte(r << 7 | int(x) << 6 | int(b) << 5 | r2 << 4 | int(f.map));
    byte((~vvvv & 15) << 3 | 4 | int(f.prefix));
    byte(int(zero) << 7 | 2 << 5 | int(broadcast) << 4 | (vvvv & 16 ? 0 : 1) << 3 | mask);
  }
  void address(int reg, int base, int index) {
    // rbp and r13 have no form without a displacement; an index needs a SIB byte, as rsp and r12 do.
    const bool displaced = (base & 7) == 5;
    const bool sib = index >= 0 || (base & 7) == 4;
    byte((displaced ? 0x40 : 0) | (reg & 7) << 3 | (sib ? 4 : base & 7));
    if (sib) byte((index >= 0 ? (index & 7) << 3 : 4 << 3) | (base & 7));
    if (displaced) byte(0);
  }
};

// Memory that the processor may run, written once.
class RunnableCode {
 public:
  // Null where the system gives no such memory.
  static RunnableCode* make(const std::vector<uint8_t>& bytes);
  ~RunnableCode();
  RunnableCode(const RunnableCode&) = delete;
  RunnableCode& operator=(const RunnableCode&) = delete;
  const void* at(size_t offset) const { return static_cast<const char*>(memory_) + offset; }

 private:
  RunnableCode(void* memory, size_t size) : memory_(memory), size_(size) {}
  void* memory_;
  size_t size_;
};

}  // namespace spikeward
