// The part of an x86-64 assembler that row operations need: VEX (256 bits) and EVEX (512 bits) encodings, with
// registers by number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace spikeward {

class X86Code {
 public:
  explicit X86Code(std::vector<uint8_t>& bytes) : bytes(bytes) {}

  // Mandatory prefix, opcode map, opcode.
  enum Prefix : uint8_t { NP = 0, P66 = 1, PF3 = 2, PF2 = 3 };
  enum Map : uint8_t { M0F = 1, M0F38 = 2, M0F3A = 3 };
  struct Form {
    Prefix prefix;
    Map map;
    uint8_t opcode;
  };
  // [base + index + displacement]; a negative index means none.
  struct Memory {
    int base, index;
    int32_t displacement;
  };

  void byte(int b) { bytes.push_back(uint8_t(b)); }
  void put(std::initializer_list<int> list) { for (int b : list) byte(b); }
  void put32(uint32_t x) { for (int i = 0; i < 4; i++) byte(int(x >> (8 * i) & 255)); }
  void put64(uint64_t x) { put32(uint32_t(x)), put32(uint32_t(x >> 32)); }

  // VEX.256.W0: reg, vvvv and rm are vector registers.
  void vex(Form f, int reg, int vvvv, int rm) {
    vexPrefix(f, reg, vvvv, 0, rm);
    direct(f, reg, rm);
  }
  void vex(Form f, int reg, int vvvv, const Memory& m) {
    vexPrefix(f, reg, vvvv, m.index < 0 ? 0 : m.index, m.base);
    byte(f.opcode);
    address(reg, m);
  }
  // EVEX.512.W0: registers may also be mask or general registers, if the instruction takes those.
  void evex(Form f, int reg, int vvvv, int rm, int mask = 0, bool zero = false) {
    evexPrefix(f, reg, vvvv, rm >> 4 & 1, rm, mask, zero);
    direct(f, reg, rm);
  }
  void evex(Form f, int reg, int vvvv, const Memory& m, int mask = 0, bool zero = false) {
    evexPrefix(f, reg, vvvv, m.index < 0 ? 0 : m.index >> 3 & 1, m.base, mask, zero);
    byte(f.opcode);
    address(reg, m);
  }

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
  void loadImmediate(int r, uint64_t x) {
    put({r & 8 ? 0x49 : 0x48, 0xb8 | (r & 7)});
    put64(x);
  }
  void clear(int r) { put({r & 8 ? 0x45 : 0x40, 0x31, 0xc0 | (r & 7) << 3 | (r & 7)}); }
  void addImmediate(int r, int32_t x) {
    put({r & 8 ? 0x49 : 0x48, 0x81, 0xc0 | (r & 7)});
    put32(uint32_t(x));
  }
  void compare(int a, int b) { put({0x48 | (b & 8 ? 4 : 0) | (a & 8 ? 1 : 0), 0x39, 0xc0 | (b & 7) << 3 | (a & 7)}); }
  // Jumps back to `target` if the last comparison was below.
  void jumpBelow(size_t target) {
    put({0x0f, 0x82});
    put32(uint32_t(int64_t(target) - int64_t(bytes.size() + 4)));
  }

  std::vector<uint8_t>& bytes;

 private:
  void direct(Form f, int reg, int rm) {
    byte(f.opcode);
    byte(0xc0 | (reg & 7) << 3 | (rm & 7));
  }
  void vexPrefix(Form f, int reg, int vvvv, int x, int b) {
    byte(0xc4);
    byte((reg & 8 ? 0 : 0x80) | (x & 8 ? 0 : 0x40) | (b & 8 ? 0 : 0x20) | int(f.map));
    byte((~vvvv & 15) << 3 | 4 | int(f.prefix));
  }
  void evexPrefix(Form f, int reg, int vvvv, int x, int b, int mask, bool zero) {
    byte(0x62);
    byte((reg & 8 ? 0 : 0x80) | (x ? 0 : 0x40) | (b & 8 ? 0 : 0x20) | (reg & 16 ? 0 : 0x10) | int(f.map));
    byte((~vvvv & 15) << 3 | 4 | int(f.prefix));
    byte(int(zero) << 7 | 2 << 5 | (vvvv & 16 ? 0 : 1) << 3 | mask);
  }
  // An 8-bit displacement counts vectors in EVEX, so only 0 is encoded in that form.
  void address(int reg, const Memory& m) {
    const bool sib = m.index >= 0 || (m.base & 7) == 4, wide = m.displacement != 0, narrow = !wide && (m.base & 7) == 5;
    byte((wide ? 0x80 : narrow ? 0x40 : 0) | (reg & 7) << 3 | (sib ? 4 : m.base & 7));
    if (sib) byte((m.index >= 0 ? (m.index & 7) << 3 : 4 << 3) | (m.base & 7));
    if (wide) put32(uint32_t(m.displacement));
    if (narrow) byte(0);
  }
};

}  // namespace spikeward
