// The part of an assembler for 64-bit Arm that row operations need: vectors of four elements of 32 bits, registers by
// number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spikeward {

class ArmCode {
 public:
  explicit ArmCode(std::vector<uint8_t>& bytes) : bytes(bytes) {}

  // Instructions with two source registers and with one; the register fields are zero.
  enum Form : uint32_t {
    FADD = 0x4e20d400, FSUB = 0x4ea0d400, FMUL = 0x6e20dc00, FDIV = 0x6e20fc00,
    FCMEQ = 0x4e20e400, FCMGE = 0x6e20e400, FCMGT = 0x6ea0e400,
    ADD = 0x4ea08400, SUB = 0x6ea08400, MUL = 0x4ea09c00,
    CMEQ = 0x6ea08c00, CMGE = 0x4ea03c00, CMGT = 0x4ea03400, CMHS = 0x6ea03c00, CMHI = 0x6ea03400, CMTST = 0x4ea08c00,
    SMAX = 0x4ea06400, SMIN = 0x4ea06c00, UMAX = 0x6ea06400, UMIN = 0x6ea06c00, SSHL = 0x4ea04400, USHL = 0x6ea04400,
    AND = 0x4e201c00, ORR = 0x4ea01c00, ORN = 0x4ee01c00, EOR = 0x6e201c00, BSL = 0x6e601c00, BIT = 0x6ea01c00, BIF = 0x6ee01c00,
    FNEG = 0x6ea0f800, FABS = 0x4ea0f800, FSQRT = 0x6ea1f800, SCVTF = 0x4e21d800, UCVTF = 0x6e21d800,
    NEG = 0x6ea0b800, NOT = 0x6e205800, CMEQ0 = 0x4ea09800
  };

  void word(uint32_t w) { for (int i = 0; i < 4; i++) bytes.push_back(uint8_t(w >> (8 * i))); }

  void vector(Form f, int d, int n, int m) { word(f | reg(m) << 16 | reg(n) << 5 | reg(d)); }
  void vector(Form f, int d, int n) { word(f | reg(n) << 5 | reg(d)); }
  void shiftRight(int d, int n, uint32_t by) { word(0x6f000400u | (64 - by) << 16 | reg(n) << 5 | reg(d)); }
  void shiftLeft(int d, int n, uint32_t by) { word(0x4f005400u | (32 + by) << 16 | reg(n) << 5 | reg(d)); }

  // A vector at [base + offset], where the offset is a multiple of 16, or at [base + index].
  static bool isNear(int32_t offset) { return offset >= 0 && offset < 4096 * 16 && offset % 16 == 0; }
  void loadVector(int t, int base, int32_t offset) { word(0x3dc00000u | uint32_t(offset / 16) << 10 | reg(base) << 5 | reg(t)); }
  void storeVector(int t, int base, int32_t offset) { word(0x3d800000u | uint32_t(offset / 16) << 10 | reg(base) << 5 | reg(t)); }
  void loadVectorAt(int t, int base, int index) { word(0x3ce06800u | reg(index) << 16 | reg(base) << 5 | reg(t)); }
  void storeVectorAt(int t, int base, int index) { word(0x3ca06800u | reg(index) << 16 | reg(base) << 5 | reg(t)); }
  // Pushes the low halves of vector registers first to first + 7 to the stack, or pops them.
  void pushEight(int first) {
    word(0x6d800000u | uint32_t(-8 & 127) << 15 | reg(first + 1) << 10 | kStack << 5 | reg(first));
    for (int i = 2; i < 8; i += 2) word(0x6d000000u | uint32_t(i) << 15 | reg(first + i + 1) << 10 | kStack << 5 | reg(first + i));
  }
  void popEight(int first) {
    for (int i = 2; i < 8; i += 2) word(0x6d400000u | uint32_t(i) << 15 | reg(first + i + 1) << 10 | kStack << 5 | reg(first + i));
    word(0x6cc00000u | 8u << 15 | reg(first + 1) << 10 | kStack << 5 | reg(first));
  }

  // ---- general registers

  void loadPointerAt(int t, int base, int index) { word(0xf8606800u | reg(index) << 16 | reg(base) << 5 | reg(t)); }
  void loadImmediate(int d, uint32_t x) {
    word(0xd2800000u | (x & 0xffff) << 5 | reg(d));
    if (x >> 16 != 0) word(0xf2a00000u | (x >> 16) << 5 | reg(d));
  }
  void move(int d, int n) { word(0xaa0003e0u | reg(n) << 16 | reg(d)); }
  void addImmediate(int d, uint32_t x) { word(0x91000000u | x << 10 | reg(d) << 5 | reg(d)); }
  void compare(int n, int m) { word(0xeb00001fu | reg(m) << 16 | reg(n) << 5); }
  // Jumps back to `target` if the last comparison was below.
  void jumpBelow(size_t target) {
    const int64_t words = (int64_t(target) - int64_t(bytes.size())) / 4;
    word(0x54000003u | (uint32_t(words) & 0x7ffff) << 5);
  }
  void ret() { word(0xd65f03c0u); }

  std::vector<uint8_t>& bytes;

 private:
  static constexpr uint32_t kStack = 31;
  static uint32_t reg(int r) { return uint32_t(r); }
};

}  // namespace spikeward
